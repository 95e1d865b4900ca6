"""A flow: founts, tubes and drains, joined."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from piped.exceptions import AlreadyFlowing, FlowError, UnfitEdge
from piped.flows import (
    END,
    STOPPED,
    Collector,
    Feed,
    Flow,
    Items,
    Reason,
    Receipt,
    drain,
    merge,
    parallel,
    series,
    tube,
)
from piped.flows.flow import parts_of
from piped.testing import ManualClock

from .parts import Hand, Source


async def turn() -> None:
    await ManualClock().settle()


async def waiting(items: list[Any]) -> None:
    """A store that never ends."""
    await asyncio.get_running_loop().create_future()


async def test_it_runs_until_all_is_stored() -> None:
    collector = Collector()
    assert await Flow(Items([1, 2]), str, collector).run() is END
    assert collector.items == ["1", "2"]


async def test_its_end_may_be_waited_for_at_any_time_and_by_many() -> None:
    flow = Flow(feed := Feed(), Collector())
    flow.start()
    before = [flow.wait(), flow.wait()]
    feed.close()
    assert [await each for each in before] == [END, END]
    assert await flow.wait() is END
    assert await flow.wait() is END


async def test_nobody_waits_for_the_end_of_what_was_not_started() -> None:
    with pytest.raises(FlowError, match="was not started"):
        Flow(Items([]), Collector(), name="rows").wait()


async def test_who_waits_no_more_changes_nothing_for_the_flow() -> None:
    flow = Flow(feed := Feed(), Collector())
    flow.start()
    one, other = asyncio.ensure_future(_end_of(flow)), flow.wait()
    await turn()
    one.cancel()
    await turn()
    assert one.cancelled()
    assert not flow.founts[0].is_stopped()
    feed.close()
    assert await other is END


async def _end_of(flow: Flow) -> Reason:
    return await flow.wait()


async def test_a_failure_is_raised_to_whoever_waits() -> None:
    flow = Flow(Items([0]), tube(lambda number: 1 / number, failing="stop"), Collector())
    flow.start()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await flow.wait()


async def test_stopped_it_takes_in_nothing_more_and_hands_on_what_it_has() -> None:
    flow = Flow(feed := Feed(), tube(later), collector := Collector())
    flow.start()
    feed.offer(1)
    await turn()
    flow.stop(Reason("enough"))
    assert str(await flow.wait()) == "enough"
    assert collector.items == [1]


async def later(item: Any) -> Any:
    await asyncio.sleep(0)
    return item


async def test_aborted_it_ends_now_and_refuses_what_is_on_its_way() -> None:
    flow = Flow(feed := Feed(), tube(later), drain(waiting))
    flow.start()
    sent = [asyncio.ensure_future(feed.confirmed(each)) for each in range(3)]
    await turn()
    flow.stop()
    await turn()
    assert not any(each.done() for each in sent)
    flow.abort(Reason("at once"))
    await turn()
    for each in sent:
        with pytest.raises(FlowError, match="at once"):
            await each
    assert str(await flow.wait()) == "it was stopped"


async def test_a_run_that_is_cancelled_stops_the_flow_and_leaves_no_task() -> None:
    flow = Flow(feed := Feed(), tube(later), drain(waiting))
    running = asyncio.ensure_future(flow.run())
    await turn()
    sent = asyncio.ensure_future(feed.confirmed(1))
    await turn()
    running.cancel()
    await turn()
    assert running.cancelled()
    assert sent.exception() is not None
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_it_starts_once() -> None:
    flow = Flow(Items([]), Collector(), name="rows")
    await flow.run()
    with pytest.raises(FlowError, match="<Flow rows> was started before"):
        flow.start()


async def test_founts_and_drains_are_used_once() -> None:
    items, collector = Items([]), Collector()
    await Flow(items, collector).run()
    with pytest.raises(AlreadyFlowing):
        Flow(items, Collector()).start()
    with pytest.raises(AlreadyFlowing):
        Flow(Items([]), collector).start()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "<Flow> has no parts"),
        ([str, Collector], "begins with str, which is no fount"),
        ([Items([]), str], "ends with str, which is no drain"),
        ([Items([])], "ends with Items, which is no drain"),
        ([Items([]), Collector, str], "nothing flows on from Collector"),
        ([Items([]), parallel(str, str)], "ends with merged, which is no drain"),
    ],
)
async def test_a_flow_that_lacks_something_does_not_start(parts: list[Any], message: str) -> None:
    with pytest.raises(FlowError, match=message):
        Flow(*parts).start()


async def test_a_flow_of_which_parts_do_not_fit_does_not_start() -> None:
    def text(number: int) -> str:
        return str(number)

    with pytest.raises(UnfitEdge, match="text gives str, and text takes int"):
        Flow(Items([]), text, text, Collector()).start()


async def test_its_parts_have_its_clock() -> None:
    class Timed(Collector):
        clock: Any = None

    clock = ManualClock()
    timed = Timed()
    await Flow(Items([]), timed, clock=clock).run()
    assert timed.clock is clock


async def test_it_waits_for_all_drains_and_has_all_their_reasons() -> None:
    from piped.flows import Together

    one, other, out = Source(), Source(), Together()
    left, right = Collector(), Collector()
    out.branch().flow_to(left)
    out.branch().flow_to(right)
    flow = Flow(merge(one, other), str, out)
    flow.start()
    assert set(map(id, flow.founts)) == {id(one), id(other)}
    assert set(map(id, flow.drains)) == {id(left), id(right)}
    one.push(1)
    left.stop(Reason("left"))
    other.push(2)
    flow.stop(STOPPED)
    reason = await flow.wait()
    assert {each.said for each in reason.reasons} == {"left", STOPPED.said}
    assert (left.items, right.items) == (["1"], ["1", "2"])


def test_parts_come_behind_what_flows_into_them() -> None:
    source, hand = Source(), Hand()
    source.flow_to(series(str, parallel(str, series(str, str))).make()).flow_to(hand)
    parts = list(parts_of(source))
    assert len(set(map(id, parts))) == len(parts)
    assert (parts[0], parts[-1]) == (source, hand)
    names = [repr(part) for part in parts]
    assert names.index("together") < names.index("merged")


class Thing:
    """It is counted how many there are."""

    alive = 0

    def __init__(self) -> None:
        Thing.alive += 1

    def __del__(self) -> None:
        Thing.alive -= 1


async def passed_on(thing: Thing) -> Thing:
    return thing


async def repeated(thing: Thing) -> Any:
    yield thing
    await asyncio.sleep(0)
    yield thing


async def failing(thing: Thing) -> Thing:
    if Thing.alive % 2:
        raise ValueError("odd")
    return thing


class Passing:
    def received(self, thing: Thing) -> list[Thing]:
        return [thing]


async def stored(things: list[Thing]) -> None:
    await asyncio.sleep(0)


@pytest.mark.parametrize("part", [passed_on, repeated, failing, Passing, lambda thing: thing])
async def test_what_has_flowed_is_freed_while_it_flows_on_without_a_collection(part: Any) -> None:
    gc.collect()
    Thing.alive = 0
    gc.disable()
    try:
        flow = Flow(feed := Feed(), part, passed_on, drain(stored))
        flow.start()
        for _ in range(3):
            for _ in range(5):
                feed.offer(Thing(), Receipt(lambda answer: None))
            for _ in range(10):
                await turn()
        assert Thing.alive == 0
        feed.close()
        await flow.wait()
    finally:
        gc.enable()
