"""Cases, loaders and reporters of status tests."""

from __future__ import annotations

from unittest import SkipTest

from piped.status_testing.case import StatusTestCase
from piped.status_testing.junit import JUnitReporter
from piped.status_testing.loading import StatusTestLoader
from piped.status_testing.processor_reporter import ProcessorReporter
from piped.status_testing.reporter import StatusReporter

__all__ = [
    "JUnitReporter",
    "ProcessorReporter",
    "SkipTest",
    "StatusReporter",
    "StatusTestCase",
    "StatusTestLoader",
]
