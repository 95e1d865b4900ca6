"""Drains that call a function."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from piped.exceptions import FlowStopped, ItemDropped
from piped.flows import END, Drain, Reason, drain
from piped.testing import ManualClock

from .parts import Source


class Broken(Exception):
    """What stores of these tests raise."""


class Store:
    """Stores lists when the test says so."""

    def __init__(self) -> None:
        self.under_way: list[tuple[list[Any], asyncio.Future[None]]] = []
        self.cancelled: list[Any] = []

    async def __call__(self, items: list[Any]) -> None:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.under_way.append((items, stored))
        try:
            await stored
        except asyncio.CancelledError:
            self.cancelled += items
            raise

    @property
    def items(self) -> list[list[Any]]:
        return [items for items, _ in self.under_way]

    async def store(self, failure: BaseException | None = None) -> None:
        _, stored = self.under_way.pop(0)
        if failure is None:
            stored.set_result(None)
        else:
            stored.set_exception(failure)
        await turn()


async def turn() -> None:
    await ManualClock().settle()


def joined(sink: Any, *, receipts: bool = True) -> tuple[Source, Any]:
    source, end = Source(receipts=receipts), sink.make()
    source.flow_to(end)
    return source, end


def bad(source: Source) -> list[Any]:
    return [item for item, some in source.answers.items() if [each.badness for each in some] == [2]]


def test_a_plain_function_gets_each_item_and_has_stored_it_when_it_returns() -> None:
    stored: list[Any] = []
    source, end = joined(drain(stored.append))
    source.push(1, 2)
    assert (stored, source.confirmed, end.received) == ([1, 2], [1, 2], 2)


def failing(item: int) -> None:
    if item == 2:
        raise Broken
    if item == 3:
        raise ItemDropped("odd")


@pytest.mark.parametrize("how", ["refuse", "stop"])
def test_an_item_that_fails_is_refused_or_ends_the_flow(how: Any) -> None:
    source, end = joined(drain(failing, failing=how))
    source.push(1, 3)
    assert (source.answers[3][0].badness, end.reason) == (1, None)
    source.push(2, 4)
    assert bad(source) == [2]
    assert source.confirmed == [1, 4], "it has stored all that it was given"
    assert (end.reason is None) == (how == "refuse")
    assert end.refused == 2


def test_of_items_without_receipts_the_log_tells(caplog: pytest.LogCaptureFixture) -> None:
    source, _ = joined(drain(failing), receipts=False)
    source.push(1, 2, 3)
    assert caplog.text.count("failing has refused 1 so far, now for Broken") == 1
    caplog.clear()
    source, end = joined(drain(failing))
    source.push(1, 2, 3)
    assert (caplog.text, end.received, end.refused) == ("", 3, 2)


async def test_an_asynchronous_function_gets_lists_and_has_stored_them_when_it_returns() -> None:
    store = Store()
    source, end = joined(drain(store))
    source.push(1, 2)
    await turn()
    assert (store.items, source.confirmed) == ([[1, 2]], [])
    assert end.received == 2
    await store.store()
    assert source.confirmed == [1, 2]


@pytest.mark.parametrize("parallel", [1, 2, 3])
async def test_so_many_lists_are_under_way_at_once_and_no_more_flows_in(parallel: int) -> None:
    store = Store()
    source, _ = joined(drain(store, parallel=parallel))
    for item in range(5):
        source.push(item)
    await turn()
    assert len(store.items) == parallel
    assert source.waiting == 5 - parallel
    for _ in range(5):
        await store.store()
        assert len(store.items) <= parallel
    assert source.confirmed == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("how", ["refuse", "stop"])
async def test_a_list_that_fails_is_refused_or_ends_the_flow(how: Any) -> None:
    store = Store()
    source, end = joined(drain(store, parallel=2, failing=how))
    source.push(1, 2)
    source.push(3)
    await turn()
    await store.store(Broken())
    assert bad(source) == [1, 2]
    assert not end.is_done, "what is under way goes on"
    await store.store()
    assert source.confirmed == [3]
    assert end.is_done == (how == "stop")


async def test_it_is_done_when_all_that_it_took_is_stored() -> None:
    store = Store()
    source, end = joined(drain(store))
    source.push(1)
    source.end(END)
    await turn()
    assert not end.is_done
    await store.store()
    assert await end.done() is END


async def test_stopped_it_stores_what_it_was_given() -> None:
    store = Store()
    source, end = joined(drain(store))
    source.push(1)
    await turn()
    end.stop()
    await turn()
    assert not end.is_done
    await store.store()
    assert end.is_done
    assert source.confirmed == [1]


@pytest.mark.parametrize("has_begun", [True, False])
async def test_aborted_it_gives_up_what_it_was_given(has_begun: bool) -> None:
    store = Store()
    source, end = joined(drain(store))
    source.push(1)
    if has_begun:
        await turn()
    end.abort(Reason("at once"))
    await turn()
    assert end.is_done
    assert isinstance(source.answers[1][0].failure, FlowStopped)
    assert store.cancelled == ([1] if has_begun else [])
    assert (str(await end.done()), end.refused) == ("at once", 1)


async def test_aborted_while_nothing_is_under_way_it_wants_no_more() -> None:
    store = Store()
    source, end = joined(drain(store))
    source.push(1)
    await turn()
    await store.store()
    end.abort(Reason("at once"))
    assert str(source.reason) == str(await end.done()) == "at once"


@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_task_that_is_cancelled_from_outside_stops_the_flow(has_begun: bool) -> None:
    store = Store()
    source, end = joined(drain(store))
    source.push(1)
    if has_begun:
        await turn()
    [task] = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    task.cancel()
    await turn()
    assert bad(source) == [1]
    with pytest.raises(FlowStopped, match="cancelled"):
        await end.done()


async def test_a_function_that_awaits_what_was_cancelled_has_failed() -> None:
    store = Store()
    source, end = joined(drain(store))
    source.push(1)
    source.push(2)
    await turn()
    store.under_way.pop(0)[1].cancel()
    await turn()
    assert bad(source) == [1]
    assert isinstance(source.answers[1][0].failure, Exception), "nobody else is cancelled by it"
    await store.store()
    assert source.confirmed == [2]
    assert end.reason is None


async def test_a_plain_function_may_return_something_to_await() -> None:
    waiting: list[Deferred[None]] = []

    def store(items: list[Any]) -> Deferred[None]:
        waiting.append(Deferred())
        return waiting[-1]

    source, _ = joined(drain(store, later=True))
    source.push(1, 2)
    await turn()
    assert source.confirmed == []
    waiting[0].callback(None)
    await turn()
    assert source.confirmed == [1, 2]


async def _stored(item: Any) -> None:
    del item


def _coroutine(item: Any) -> Awaitable[None]:
    return _stored(item)


@pytest.mark.parametrize("returned", [lambda _: Deferred(), _coroutine])
def test_what_is_still_to_be_awaited_is_not_taken_for_stored(
    returned: Callable[[Any], Awaitable[Any]],
) -> None:
    source, _ = joined(drain(returned))
    source.push(1)
    assert "later=True" in str(source.answers[1][0].failure)


def many(item: Any) -> Iterator[Any]:
    yield item


async def many_later(item: Any) -> AsyncIterator[Any]:
    yield item


@pytest.mark.parametrize("function", [many, many_later, partial(many)])
def test_what_yields_is_no_drain(function: Any) -> None:
    with pytest.raises(TypeError, match="is no drain: it yields"):
        drain(function)


def test_a_sink_is_a_recipe_with_a_name_and_a_type() -> None:
    @drain(name="rows")  # type: ignore[untyped-decorator]  # as `tube` is
    def store(row: dict[str, int]) -> None:
        """Store a row."""

    @drain
    async def store_all(rows: list[str]) -> None:
        del rows

    assert (repr(store), store.input, store.__doc__) == (
        "<sink rows>",
        dict[str, int],
        "Store a row.",
    )
    assert (repr(store_all.make()), store_all.make().input) == ("store-all", str)
    assert store.__module__ == __name__
    assert isinstance(store.make(), Drain)
    assert store.make() is not store.make()


async def test_pauses_are_let_go_when_there_is_room_and_not_before() -> None:
    store = Store()
    source, _ = joined(drain(store, parallel=2))
    hold = source.pause()
    source.push(1)
    source.push(2)
    source.push(3)
    hold.resume()
    await turn()
    assert source.is_paused
    await store.store()
    assert store.items == [[2], [3]]
    await store.store()
    await store.store()
    assert source.is_flowing
