"""Parts beside one another: who waits for whom, and where items go."""

from __future__ import annotations

from typing import Any

import pytest

from piped.exceptions import FlowError
from piped.flows import (
    END,
    Collector,
    Flow,
    Items,
    Reason,
    best_effort,
    drain,
    independent,
    merge,
    parallel,
    rate,
    series,
    split,
)
from piped.flows.receipt import refused

from .parts import Hand, Source, Time, joined


def test_all_branches_get_each_item_and_wait_for_the_slowest() -> None:
    source, one, other = Source(), Hand(), Hand()
    joined(source, parallel(one, other))
    source.push(1)
    other.pause()
    assert not source.is_flowing
    one.settle()
    assert source.confirmed == []
    other.settle()
    assert source.confirmed == [1]


def test_nobody_waits_for_an_independent_branch_that_has_room() -> None:
    source, one, other = Source(), Hand(), Hand()
    joined(source, parallel(one, independent(other, items=2)))
    other.pause()
    source.push(1)
    assert one.items == [1]
    source.push(2)
    assert not source.is_flowing
    assert one.items == [1, 2]
    other.resume()
    assert other.items == [1, 2]


def test_an_independent_branch_may_drop_what_it_has_no_room_for() -> None:
    source, one, other = Source(), Hand(), Hand()
    joined(source, parallel(one, independent(other, items=1, overflow="drop-oldest")))
    other.pause()
    source.push(1, 2)
    one.settle()
    other.resume()
    other.settle()
    assert other.items == [2]
    assert source.confirmed == [2]


def test_nobody_waits_for_a_best_effort_or_for_its_answers() -> None:
    source, one, other = Source(), Hand(), Hand()
    joined(source, parallel(one, best_effort(other)))
    source.push(1)
    other.settle(refused(ValueError()))
    other.pause()
    source.push(2)
    other.resume()
    source.push(3)
    one.settle_all()
    assert one.items == [1, 2, 3]
    assert other.items == [1, 3]
    assert source.confirmed == [1, 2, 3]


def test_what_comes_of_branches_flows_on_together() -> None:
    source, hand = Source(), Hand()
    joined(source, parallel(lambda item: item + 1, lambda item: item * 10), hand)
    source.push(1)
    source.end(END)
    assert sorted(hand.items) == [2, 10]
    assert hand.reason is not None


def test_an_item_goes_to_the_branch_of_its_key() -> None:
    source, hand, rest = Source(), Hand(), Hand()
    joined(source, split(type, {int: lambda item: -item, str: str.upper}, otherwise=rest), hand)
    source.push(1, "a", None)
    assert hand.items == [-1, "A"]
    assert rest.items == [None]
    rest.settle()
    assert source.confirmed == [None]


def test_an_item_without_a_branch_is_refused() -> None:
    source, hand = Source(), Hand()
    joined(source, split(type, {int: hand}))
    source.push(1, "a")
    assert hand.items == [1]
    assert type(source.answers["a"][0].failure) is FlowError


async def test_a_flow_waits_for_each_drain_that_it_flows_into() -> None:
    kept, audit = Collector(), Hand()
    late: list[Any] = []
    flow = Flow(Items([1, 2]), parallel(series(repr, kept), drain(late.append), audit))
    audit.begun()
    flow.start()
    waiting = flow.wait()
    assert not waiting.called
    audit.ended()
    await waiting
    assert kept.items == ["1", "2"]
    assert late == [1, 2]


async def test_a_flow_waits_for_drains_beside_its_way() -> None:
    kept, audit = Collector(), Hand()
    flow = Flow(Items([1, 2]), parallel(repr, audit), kept)
    audit.begun()
    flow.start()
    waiting = flow.wait()
    assert not waiting.called
    audit.ended()
    await waiting
    assert kept.items == ["1", "2"]


async def test_the_failure_of_one_drain_is_that_of_the_flow() -> None:
    def fail(item: int) -> None:
        raise ValueError(item)

    kept = Collector()
    flow = Flow(Items([1, 2]), parallel(kept, drain(fail, failing="stop")))
    with pytest.raises(ValueError, match="1"):
        await flow.run()
    assert kept.items == [1, 2]


async def test_who_waits_for_several_drains_may_give_up() -> None:
    one, other = Hand(), Hand()
    flow = Flow(Source(), parallel(one, other))
    flow.start()
    waiting = flow.wait()
    waiting.addErrback(lambda _: None)
    waiting.cancel()
    flow.stop()
    assert one.is_done
    assert other.is_done


async def test_what_flows_in_beside_gets_the_time_of_its_flow_too() -> None:
    one, other, time = Source(), Source(), Time()
    slow = rate(1, per=10).make()
    one.flow_to(slow)
    hand = Hand()
    flow = Flow(merge(slow, other), hand, clock=time)
    flow.start()
    one.push(1, 2)
    time.advance(10)
    assert hand.items == [1, 2]
    flow.stop(Reason("enough"))
    assert hand.is_done
