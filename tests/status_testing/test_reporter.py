"""What reporters print, hand on, and write."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from piped.status_testing.case import StatusTestCase
from piped.status_testing.junit import JUnitReporter
from piped.status_testing.loading import StatusTestLoader, cases_within
from piped.status_testing.processor_reporter import ProcessorReporter
from piped.status_testing.reporter import StatusReporter
from piped.status_testing.running import run_tests


class Cases:
    class Good(StatusTestCase):
        def statustest_it(self) -> None:
            pass

        class Within(StatusTestCase):
            def statustest_deep(self) -> None:
                pass

    class Mixed(StatusTestCase):
        def statustest_fails(self) -> None:
            self.fail("no \x00 good")

        def statustest_skips(self) -> None:
            self.skipTest("not here")

        def statustest_todo(self) -> None:
            raise LookupError

        statustest_todo.todo = "soon"  # type: ignore[attr-defined]


async def run(reporter: StatusReporter, *cases: type[StatusTestCase]) -> None:
    for case in cases or tuple(cases_within(Cases)):
        await run_tests(StatusTestLoader().tests_of(case), {}, reporter)


def test_classes_are_found_within_each_other() -> None:
    assert [case.__name__ for case in cases_within(Cases)] == ["Good", "Within", "Mixed"]


async def test_the_report_is_a_tree_with_a_summary() -> None:
    stream = io.StringIO()
    times = iter(range(100))
    reporter = StatusReporter(stream, now=lambda: float(next(times)))
    await run(reporter, Cases.Good)
    reporter.done()
    assert stream.getvalue() == (
        f"{__name__}\n"
        "  Good\n"
        f"    statustest_it ...{'[OK]'.rjust(58)}\n"
        "\n"
        f"{'-' * 79}\n"
        "Ran 1 test in 2.000s\n"
        "\n"
        "PASSED (successes=1)\n"
    )


async def test_what_is_wrong_is_told_at_length_behind_the_tree() -> None:
    stream = io.StringIO()
    reporter = StatusReporter(stream)
    await run(reporter)
    reporter.done()
    report = stream.getvalue()
    assert report.endswith("FAILED (skips=1, expectedFailures=1, failures=1, successes=2)\n")
    tree, *told = report.split("=" * 79)
    assert [line.split()[-1] for line in tree.splitlines() if "..." in line] == [
        "[OK]",
        "[OK]",
        "[FAIL]",
        "[SKIPPED]",
        "[TODO]",
    ]
    assert [each.split()[0] for each in told] == ["[FAIL]", "[SKIPPED]", "[TODO]"]
    assert "AssertionError: no" in told[0]
    assert f"{__name__}.Cases.Mixed.statustest_fails" in told[0]
    assert "not here" in told[1]
    assert "soon" in told[2]


async def test_without_a_stream_each_line_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    reporter = StatusReporter()
    await run(reporter, Cases.Good)
    reporter.done()
    lines = [record.getMessage() for record in caplog.records if record.name == "status_test"]
    assert lines[:2] == [__name__, "  Good"]
    assert lines[-1] == "PASSED (successes=1)"


async def test_a_stream_of_bytes_gets_bytes() -> None:
    class Request:
        def __init__(self) -> None:
            self.written: list[bytes] = []

        def write(self, data: bytes) -> None:
            self.written.append(data)

    request = Request()
    reporter = StatusReporter(request)
    await run(reporter, Cases.Good)
    assert b"".join(request.written).startswith(__name__.encode())


class Dependency:
    """A processor that is there."""

    provider = "pipeline.results"

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    async def wait_for_resource(self) -> Any:
        return self._processor


async def test_each_result_is_a_baton() -> None:
    batons: list[Any] = []
    reporter = ProcessorReporter(Dependency(batons.append), stream=io.StringIO())
    await run(reporter, Cases.Mixed)
    await reporter.wait()
    assert [baton["status"] for baton in batons] == ["failure", "skipped", "expected_failure"]
    assert batons[0]["failure"].check(AssertionError)
    assert batons[1]["failure"] == "not here"
    assert batons[2]["failure"].check(LookupError)
    assert batons[2]["todo"].reason == "soon"
    assert all(baton["reporter"] is reporter for baton in batons)


async def test_a_processor_that_fails_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail(baton: Any) -> None:
        raise LookupError("burst")

    reporter = ProcessorReporter(Dependency(fail), stream=io.StringIO())
    await run(reporter, Cases.Good)
    await reporter.wait()
    assert "pipeline.results failed with a result" in caplog.text
    assert reporter.wasSuccessful()


async def test_a_file_for_servers_of_continuous_integration(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    reporter = JUnitReporter(file, stream=io.StringIO())
    await run(reporter)
    reporter.done()
    suite = ET.parse(file).getroot()[0]
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "1", "errors": "0", "skipped": "2"}
    names = [case.get("name") for case in suite]
    assert names[:2] == ["statustest_it", "statustest_deep"]
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "no \N{REPLACEMENT CHARACTER} good"
