"""Many items: what is under way when, and what is left when it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from piped.exceptions import AllPipelinesFailedError
from piped.processors.attempts import Attempts, Failed, First, in_parallel
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes


class Work:
    """Each item takes as many turns of the loop as it says."""

    def __init__(self) -> None:
        self.now = self.most = self.begun = 0
        self.cancelled: list[int] = []

    async def __call__(self, turns: int) -> int:
        self.now += 1
        self.begun += 1
        self.most = max(self.most, self.now)
        try:
            for _ in range(abs(turns)):
                await asyncio.sleep(0)
            if turns < 0:
                raise ValueError(turns)
        except asyncio.CancelledError:
            self.cancelled.append(turns)
            raise
        finally:
            self.now -= 1
        return turns


def gone_through(items: list[int], limit: int | None = None, **rules: bool) -> tuple[Any, Work]:
    work = Work()

    async def all_of_it() -> Any:
        ended = await in_parallel(Attempts(work, **rules), items, limit)
        assert len(asyncio.all_tasks()) == 1  # this one
        return ended

    return asyncio.run(all_of_it()), work


@pytest.mark.parametrize(("limit", "most"), [(None, 9), (1, 1), (3, 3), (100, 9)])
def test_a_limit_is_reached_and_kept(limit: int | None, most: int) -> None:
    ended, work = gone_through([3] * 9, limit)
    assert (ended, work.most, work.now) == ([3] * 9, most, 0)


def test_the_first_output_cancels_the_others() -> None:
    ended, work = gone_through([9, 2, 8, -1], done_on_first=True)
    assert ended == First(2)
    assert sorted(work.cancelled) == [8, 9]


def test_no_item_is_begun_after_the_first_output() -> None:
    _, work = gone_through([1, 5, 5, 5, 5], 2, done_on_first=True)
    assert work.begun < 5


def test_a_failure_cancels_the_others_if_it_is_to_end_it_all() -> None:
    work = Work()
    with pytest.raises(ValueError, match="-2"):
        asyncio.run(in_parallel(Attempts(work, fail_on_error=True), [9, -2, 8], None))
    assert sorted(work.cancelled) == [8, 9]


def test_who_is_cancelled_cancels_all() -> None:
    work = Work()

    async def cancel() -> None:
        task = asyncio.ensure_future(in_parallel(Attempts(work), [50, 50], None))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert work.cancelled == [50, 50]


def test_what_fails_at_once_has_failed() -> None:
    def fail(item: int) -> int:
        return 1 // item

    ended = asyncio.run(in_parallel(Attempts(fail), [0, 1], None))
    assert isinstance(ended, list)
    assert [type(each) for each in ended] == [Failed, int]


def test_one_after_the_other_takes_no_more_items_than_it_needs() -> None:
    taken = []

    def items() -> Any:
        for item in range(1_000):
            taken.append(item)
            yield item

    assert Attempts(lambda item: item, done_on_first=True).of(items()) == First(0)
    assert taken == [0]


def test_plain_pipelines_need_no_coroutine() -> None:
    section = nodes("{it: [for-each: {pipeline: p}], p: [passthrough]}")
    pipeline = Environment(pipelines_of(section)).depend("x", "it").get_resource()
    assert pipeline.run([1, 2, 3]) == [[1, 2, 3]]
    section = nodes("{it: [scatter-gather: {mapping: [{pipeline: p}]}], p: [passthrough]}")
    pipeline = Environment(pipelines_of(section)).depend("x", "it").get_resource()
    assert pipeline.run({}) == [{"p": {}}]


def test_the_failures_of_all_are_a_group() -> None:
    first, second = KeyError("a"), ValueError("b")
    error = AllPipelinesFailedError("all of 2 items failed", [first, second])
    assert error.failures == [first, second]
    assert error.msg == "all of 2 items failed"
    matching, rest = error.split(KeyError)
    assert matching is not None
    assert rest is not None
    assert (list(matching.exceptions), list(rest.exceptions)) == ([first], [second])


def test_failures_beside_the_first_are_noted() -> None:
    text = """{it: [scatter-gather: {mapping: [{pipeline: a}, {pipeline: b}]}],
    a: [raise-exception: {type: KeyError, args: a}], b: [raise-exception: {args: b}]}"""
    pipeline = Environment(pipelines_of(nodes(text))).depend("x", "it").get_resource()
    with pytest.raises(KeyError) as caught:
        pipeline.run({})
    assert "another pipeline failed at the same time: Exception('b')" in caught.value.__notes__
