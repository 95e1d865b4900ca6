"""Reporters: each hears of all tests, and says what became of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from piped.status_testing.marks import Todo
from piped.status_testing.results import Result, Results, Status
from piped.status_testing.stream import LogLines, TextStream

__all__ = ["StatusReporter", "full_name_of", "name_of", "trace_of"]

_WIDTH = 79
_OURS = str(Path(__file__).parents[1])


class StatusReporter:
    """Prints a tree of modules, classes and tests, and a summary when all is done.

    Several test processors may use one reporter. Derive from it, and extend `told`, to do more with
    a result.
    """

    shouldStop = False  # noqa: N815 - the name of unittest

    def __init__(self, stream: Any = None, *, now: Callable[[], float] = time.monotonic) -> None:
        """
        stream: where to write, anything with `write`; the log
        now: the clock
        """
        self.results = Results()
        self._stream = TextStream(LogLines() if stream is None else stream)
        self._now = now
        self._branch: tuple[str, ...] = ()
        self._began = self._started = now()

    def stop(self) -> None:
        """Let no more tests begin."""
        self.shouldStop = True

    def wasSuccessful(self) -> bool:  # noqa: N802 - the name of unittest
        return self.results.succeeded

    async def wait(self) -> None:
        """Wait for what is still to be done with the results."""

    def done(self) -> None:
        """All tests have run: say what was wrong, and how many there were."""
        for status in Status:
            for each in self.results.of(status):
                if status is not Status.SUCCESS:
                    self._write(*_told_at_length(each))
        ran = f"Ran {self.results.tests} test{'s' * (self.results.tests != 1)}"
        seconds = self.results.seconds
        self._write("", "-" * _WIDTH, f"{ran} in {seconds:.3f}s", "", self.results.summary())

    # What the runner calls.

    def startTest(self, test: Any) -> None:  # noqa: N802
        self._started = self._now()
        self.results.tests += 1
        branch = (type(test).__module__, type(test).__qualname__)
        names = (branch[0], type(test).__name__)
        for depth, name in enumerate(names):
            if self._branch[: depth + 1] != branch[: depth + 1]:
                self._write("  " * depth + name)
                self._branch = branch[: depth + 1]

    def stopTest(self, test: Any) -> None:  # noqa: N802
        del test
        self.results.seconds += self._now() - self._started

    def addSuccess(self, test: Any) -> None:  # noqa: N802
        self._add(test, Status.SUCCESS)

    def addFailure(self, test: Any, failure: BaseException) -> None:  # noqa: N802
        self._add(test, Status.FAILURE, failure)

    def addError(self, test: Any, failure: BaseException) -> None:  # noqa: N802
        self._add(test, Status.ERROR, failure)

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        self._add(test, Status.SKIPPED, reason=reason)

    def addExpectedFailure(self, test: Any, failure: BaseException, todo: Todo) -> None:  # noqa: N802
        self._add(test, Status.EXPECTED_FAILURE, failure, todo.reason)

    def addUnexpectedSuccess(self, test: Any, todo: Todo) -> None:  # noqa: N802
        self._add(test, Status.TODONE, reason=todo.reason)

    def told(self, result: Result) -> None:
        """Called with each result: prints its line."""
        name = f"    {name_of(result.test)} ..."
        label = result.status.label
        self._write(name + label.rjust(max(_WIDTH - len(name), len(label) + 1)))

    def _add(
        self, test: Any, status: Status, failure: BaseException | None = None, reason: str = ""
    ) -> None:
        result = Result(test, status, failure, reason, self._now() - self._started)
        self.results.told.append(result)
        self.told(result)

    def _write(self, *lines: str) -> None:
        self._stream.write("".join(f"{line}\n" for line in lines))
        self._stream.flush()


def name_of(test: Any) -> str:
    """The method of a test."""
    return str(getattr(test, "method_name", test))


def full_name_of(test: Any) -> str:
    """The dotted name of a test."""
    return f"{type(test).__module__}.{type(test).__qualname__}.{name_of(test)}"


def trace_of(failure: BaseException) -> str:
    """The traceback of what went wrong, from the test on: how it was called is of no interest."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    shown = trace or failure.__traceback__
    return "".join(traceback.format_exception(type(failure), failure, shown))


def _told_at_length(result: Result) -> list[str]:
    lines = ["", "=" * _WIDTH, result.status.label]
    if result.reason:
        lines.append(result.reason)
    if result.failure is not None:
        lines += trace_of(result.failure).rstrip().split("\n")
    return [*lines, "", full_name_of(result.test)]
