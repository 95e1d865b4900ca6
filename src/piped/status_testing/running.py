"""How a test runs.

1. A test that is skipped does not run at all; what a test says is skipped while it runs, is.
2. `setUp` gets the namespace. If it fails, neither the test nor `tearDown` runs.
3. `tearDown` runs if `setUp` did not fail, and the clean-ups always, the last one first; also
   when the run is cancelled, as it is over HTTP when the client leaves.
4. Each of them may come later, and has the test's time.
5. A wrong assertion is a failure, anything else an error. All that went wrong is told.
6. A test that is not done yet and fails as expected is neither; one that succeeds is told.
"""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from piped import exceptions
from piped.interop import settled
from piped.status_testing.case import StatusTestCase
from piped.status_testing.marks import Todo, seconds_of, skip_of, todo_of

__all__ = ["Reporter", "run_test", "run_tests"]


class Reporter(Protocol):
    """Hears of each test."""

    shouldStop: bool  # noqa: N815 - the names are those of unittest

    def startTest(self, test: Any) -> None: ...  # noqa: N802
    def stopTest(self, test: Any) -> None: ...  # noqa: N802
    def addSuccess(self, test: Any) -> None: ...  # noqa: N802
    def addFailure(self, test: Any, failure: BaseException) -> None: ...  # noqa: N802
    def addError(self, test: Any, failure: BaseException) -> None: ...  # noqa: N802
    def addSkip(self, test: Any, reason: str) -> None: ...  # noqa: N802
    def addExpectedFailure(self, test: Any, failure: BaseException, todo: Todo) -> None: ...  # noqa: N802
    def addUnexpectedSuccess(self, test: Any, todo: Todo) -> None: ...  # noqa: N802


async def run_tests(
    tests: Iterable[StatusTestCase], namespace: Mapping[str, Any], reporter: Reporter
) -> None:
    """Run tests one after the other, until all have run or the reporter wants no more."""
    for test in tests:
        if reporter.shouldStop:
            return
        await run_test(test, namespace, reporter)


async def run_test(test: StatusTestCase, namespace: Mapping[str, Any], reporter: Reporter) -> None:
    """Run one test."""
    reporter.startTest(test)
    try:
        reason = skip_of(test)
        if reason is not None:
            reporter.addSkip(test, reason)
        else:
            await _Run(test, reporter).go(dict(namespace))
    finally:
        reporter.stopTest(test)


class _Run:
    """One test, while it runs."""

    def __init__(self, test: StatusTestCase, reporter: Reporter) -> None:
        self._test = test
        self._reporter = reporter
        self._wrong: list[BaseException] = test.failures
        self._skipped: list[str] = []

    async def go(self, namespace: dict[str, Any]) -> None:
        test = self._test
        try:
            if await self._attempt(lambda: test.setUp(**namespace)):
                await self._test_and_tear_down()
        finally:
            while test.cleanups:
                await self._attempt(test.cleanups.pop())
        self._tell()

    async def _test_and_tear_down(self) -> None:
        try:
            await self._attempt(getattr(self._test, self._test.method_name))
        finally:
            await self._attempt(self._test.tearDown)

    async def _attempt(self, function: Callable[[], Any]) -> bool:
        """Whether it neither failed nor was skipped."""
        try:
            await self._in_time(function)
        except unittest.SkipTest as skipped:
            self._skipped.append(str(skipped))
        except Exception as failure:  # noqa: BLE001 - it is told
            self._wrong.append(failure)
        else:
            return True
        return False

    async def _in_time(self, function: Callable[[], Any]) -> None:
        seconds = seconds_of(self._test)
        try:
            async with asyncio.timeout(seconds) as bound:
                await settled(function())
        except TimeoutError as late:
            if not bound.expired():
                raise
            raise exceptions.TimeoutError(f"it took longer than {seconds:g} s") from late

    def _tell(self) -> None:
        test, reporter, todo = self._test, self._reporter, todo_of(self._test)
        if self._wrong and todo is not None and all(map(todo.expects, self._wrong)):
            reporter.addExpectedFailure(test, self._wrong[0], todo)
        elif self._wrong:
            for each in self._wrong:
                is_failure = isinstance(each, test.failureException)
                (reporter.addFailure if is_failure else reporter.addError)(test, each)
        elif self._skipped:
            reporter.addSkip(test, self._skipped[0])
        elif todo is not None:
            reporter.addUnexpectedSuccess(test, todo)
        else:
            reporter.addSuccess(test)
