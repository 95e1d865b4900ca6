"""The processors of status tests."""

from __future__ import annotations

from piped.processors.status_tests import (
    CreateStatustestReporter,
    StatusTestProcessor,
    WaitForStatustestReporter,
)

__all__ = ["CreateStatustestReporter", "StatusTestProcessor", "WaitForStatustestReporter"]
