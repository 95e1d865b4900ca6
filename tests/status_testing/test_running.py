"""How status tests run: the rules of `piped.status_testing.running`."""

from __future__ import annotations

import asyncio
import io
import unittest
from typing import Any

import pytest
from twisted.internet.defer import Deferred, inlineCallbacks

from piped.status_testing.case import StatusTestCase
from piped.status_testing.loading import StatusTestLoader
from piped.status_testing.reporter import StatusReporter
from piped.status_testing.results import Status
from piped.status_testing.running import run_tests


async def reported(case: type[StatusTestCase], **namespace: Any) -> StatusReporter:
    reporter = StatusReporter(io.StringIO())
    await run_tests(StatusTestLoader().tests_of(case), namespace, reporter)
    return reporter


async def statuses(case: type[StatusTestCase], **namespace: Any) -> list[tuple[str, str]]:
    reporter = await reported(case, **namespace)
    return [(each.test.method_name[11:], each.status.value) for each in reporter.results.told]


async def test_methods_run_in_the_order_of_their_names_whatever_they_are() -> None:
    class Case(StatusTestCase):
        def statustest_plain(self) -> None:
            self.assertEqual(1, 1)

        async def statustest_coroutine(self) -> None:
            await asyncio.sleep(0)

        def statustest_deferred(self) -> Deferred[None]:
            deferred: Deferred[None] = Deferred()
            asyncio.get_running_loop().call_soon(deferred.callback, None)
            return deferred

        @inlineCallbacks
        def statustest_generator(self) -> Any:
            yield self.statustest_deferred()

        def test_of_unittest(self) -> None:
            raise AssertionError("no status test")

    names = ["coroutine", "deferred", "generator", "plain"]
    assert await statuses(Case) == [(name, "success") for name in names]


async def test_a_wrong_assertion_is_a_failure_and_anything_else_an_error() -> None:
    class Case(StatusTestCase):
        def statustest_failure(self) -> None:
            self.assertIn(1, [])

        async def statustest_later(self) -> None:
            await asyncio.sleep(0)
            self.fail("later")

        def statustest_other(self) -> None:
            raise LookupError

    told = [("failure", "failure"), ("later", "failure"), ("other", "error")]
    assert await statuses(Case) == told
    assert not (await reported(Case)).wasSuccessful()


async def test_the_namespace_goes_to_the_set_up() -> None:
    class Case(StatusTestCase):
        async def setUp(self, a: int, b: int) -> None:  # type: ignore[override]
            await asyncio.sleep(0)
            self.sum = a + b

        def statustest_it(self) -> None:
            self.assertEqual(self.sum, 3)

    assert await statuses(Case, a=1, b=2) == [("it", "success")]


async def test_a_set_up_that_fails_keeps_the_test_and_the_tear_down_from_running() -> None:
    ran: list[str] = []

    class Case(StatusTestCase):
        def setUp(self) -> None:  # type: ignore[override]
            self.addCleanup(ran.append, "clean-up")
            raise LookupError

        def statustest_it(self) -> None:
            ran.append("test")

        def tearDown(self) -> None:
            ran.append("tear-down")

    assert await statuses(Case) == [("it", "error")]
    assert ran == ["clean-up"]


async def test_clean_ups_run_last_first_whatever_happens_and_all_that_failed_is_told() -> None:
    ran: list[str] = []

    async def later(what: str) -> None:
        await asyncio.sleep(0)
        ran.append(what)

    class Case(StatusTestCase):
        def statustest_it(self) -> None:
            self.addCleanup(later, "first")
            self.addCleanup(self.fail, "second")
            raise LookupError

        def tearDown(self) -> None:
            ran.append("tear-down")
            raise KeyError

    assert await statuses(Case) == [("it", "error"), ("it", "error"), ("it", "failure")]
    assert ran == ["tear-down", "first"]


async def test_a_test_may_be_skipped_in_every_way() -> None:
    class Case(StatusTestCase):
        def statustest_attribute(self) -> None:
            raise AssertionError

        statustest_attribute.skip = "not here"  # type: ignore[attr-defined]

        @unittest.skip("not now")
        def statustest_decorator(self) -> None:
            raise AssertionError

        def statustest_raised(self) -> None:
            raise unittest.SkipTest("not today")

    reporter = await reported(Case)
    assert [each.reason for each in reporter.results.of(Status.SKIPPED)] == [
        "not here",
        "not now",
        "not today",
    ]
    assert reporter.wasSuccessful()


async def test_all_tests_of_a_class_may_be_skipped_or_not_be_done_yet() -> None:
    class Skipped(StatusTestCase):
        skip = "all of it"

        def statustest_it(self) -> None:
            raise AssertionError

    class Todo(StatusTestCase):
        todo = "all of it"

        def statustest_it(self) -> None:
            raise AssertionError

    assert await statuses(Skipped) == [("it", "skipped")]
    assert await statuses(Todo) == [("it", "expected_failure")]


async def test_a_test_that_is_not_done_yet_is_expected_to_fail_in_that_way() -> None:
    class Case(StatusTestCase):
        def statustest_fails(self) -> None:
            raise LookupError

        def statustest_other(self) -> None:
            raise ValueError

        def statustest_succeeds(self) -> None:
            pass

        for each in (statustest_fails, statustest_other, statustest_succeeds):
            each.todo = (LookupError, "later")  # type: ignore[attr-defined]

        @unittest.expectedFailure
        def statustest_unittest(self) -> None:
            raise ValueError

    assert await statuses(Case) == [
        ("fails", "expected_failure"),
        ("other", "error"),
        ("succeeds", "todone"),
        ("unittest", "expected_failure"),
    ]


async def test_the_parts_of_a_test_are_told_each() -> None:
    class Case(StatusTestCase):
        def statustest_it(self) -> None:
            for number in range(4):
                with self.subTest("odd", number=number):
                    self.assertEqual(number % 2, 0)

    reporter = await reported(Case)
    failures = [each.failure for each in reporter.results.of(Status.FAILURE)]
    assert [failure.__notes__ for failure in failures if failure] == [
        ["in the part (odd, number=1)"],
        ["in the part (odd, number=3)"],
    ]
    assert reporter.results.tests == 1


async def test_a_test_has_its_time() -> None:
    class Case(StatusTestCase):
        timeout = 0.001

        async def statustest_endless(self) -> None:
            await asyncio.Event().wait()

        async def statustest_own_timeout(self) -> None:
            raise TimeoutError("of its own")

    reporter = await reported(Case)
    errors = [str(each.failure) for each in reporter.results.of(Status.ERROR)]
    assert "it took longer than 0.001 s" in errors[0]
    assert errors[1] == "of its own"


async def test_a_reporter_may_want_no_more() -> None:
    class Case(StatusTestCase):
        def statustest_a(self) -> None:
            reporter.stop()

        def statustest_b(self) -> None:
            raise AssertionError

    reporter = StatusReporter(io.StringIO())
    await run_tests(StatusTestLoader().tests_of(Case), {}, reporter)
    assert reporter.results.tests == 1


async def test_a_cancelled_run_is_no_result() -> None:
    class Case(StatusTestCase):
        async def statustest_it(self) -> None:
            await asyncio.Event().wait()

    reporter = StatusReporter(io.StringIO())
    task = asyncio.ensure_future(run_tests(StatusTestLoader().tests_of(Case), {}, reporter))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reporter.results.told == []


def test_unittest_itself_cannot_run_it() -> None:
    class Case(StatusTestCase):
        def statustest_it(self) -> None:
            pass

    with pytest.raises(NotImplementedError, match="in a pipeline"):
        Case("statustest_it").run()


async def test_what_was_prepared_is_undone_when_the_run_is_cancelled() -> None:
    undone: list[str] = []

    class Case(StatusTestCase):
        def setUp(self, **namespace: Any) -> None:
            assert namespace == {}
            self.addCleanup(self.undo, "cleanup")

        async def statustest_hangs(self) -> None:
            running.set()
            await asyncio.Event().wait()

        async def tearDown(self) -> None:  # type: ignore[override]  # it may come later
            await self.undo("tearDown")

        async def undo(self, what: str) -> None:
            await asyncio.sleep(0)
            undone.append(what)

    running = asyncio.Event()
    reporter = StatusReporter(io.StringIO())
    run = asyncio.ensure_future(run_tests(StatusTestLoader().tests_of(Case), {}, reporter))
    await running.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert undone == ["tearDown", "cleanup"]
    assert reporter.results.told == []
