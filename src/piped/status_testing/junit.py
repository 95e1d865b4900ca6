"""A reporter that writes a file in the form of JUnit, which is read by many servers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from piped import durable
from piped.status_testing.processor_reporter import ProcessorReporter
from piped.status_testing.reporter import name_of, trace_of
from piped.status_testing.results import Result, Results, Status

__all__ = ["JUnitReporter", "junit_of"]

# What XML has no form for.
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnitReporter(ProcessorReporter):
    """Prints and hands on as `ProcessorReporter` does, and writes the file when all is done."""

    def __init__(self, file: str | Path, **options: Any) -> None:
        """file: the name of the file"""
        super().__init__(**options)
        self._file = Path(file)

    def done(self) -> None:
        super().done()
        durable.write(self._file, junit_of(self.results))


def junit_of(results: Results) -> bytes:
    """The results as XML."""
    suite = Element(
        "testsuite",
        name="piped",
        tests=str(results.tests),
        failures=str(len(results.of(Status.FAILURE)) + len(results.of(Status.TODONE))),
        errors=str(len(results.of(Status.ERROR))),
        skipped=str(len(results.of(Status.SKIPPED)) + len(results.of(Status.EXPECTED_FAILURE))),
        time=f"{results.seconds:.3f}",
    )
    for each in results.told:
        _add(suite, each)
    root = Element("testsuites")
    root.append(suite)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(suite: Element, result: Result) -> None:
    test = type(result.test)
    case = SubElement(
        suite,
        "testcase",
        classname=_text(f"{test.__module__}.{test.__qualname__}"),
        name=_text(name_of(result.test)),
        time=f"{result.seconds:.3f}",
    )
    if result.status in {Status.FAILURE, Status.ERROR} and result.failure is not None:
        kind = type(result.failure).__name__
        told = SubElement(case, result.status.value, type=kind, message=_text(str(result.failure)))
        told.text = _text(trace_of(result.failure))
    elif result.status is Status.TODONE:
        SubElement(case, "failure", message=_text(f"unexpected success: {result.reason}"))
    elif result.status in {Status.SKIPPED, Status.EXPECTED_FAILURE}:
        SubElement(case, "skipped", message=_text(result.reason))


def _text(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
