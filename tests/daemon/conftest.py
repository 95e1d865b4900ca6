"""Each test gives the logging of the process back as it was."""

from __future__ import annotations

from tests.logging_state import logging_as_it_was

__all__ = ["logging_as_it_was"]
