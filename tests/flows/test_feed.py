"""A fount that others put items into."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from piped.exceptions import FlowStopped
from piped.flows import END, Feed, Reason, Receipt
from piped.flows.receipt import refused
from piped.testing import ManualClock

from .parts import Hand


async def turn() -> None:
    await ManualClock().settle()


def joined(room: int = 1000) -> tuple[Feed, Hand]:
    feed, hand = Feed(room), Hand()
    feed.flow_to(hand)
    return feed, hand


async def test_items_of_one_turn_of_the_loop_travel_together() -> None:
    feed, hand = joined()
    assert feed.offer(1)
    await feed.put(2)
    assert hand.items == []
    await turn()
    feed.offer(3)
    await turn()
    assert [each.items for each in hand.batches] == [[1, 2], [3]]


async def test_there_is_room_for_some() -> None:
    feed, hand = joined(2)
    hand.pause()
    assert [feed.offer(each) for each in (1, 2, 3)] == [True, True, False]
    await turn()
    assert (feed.waiting, hand.items) == (2, [])
    hand.resume()
    assert hand.items == [1, 2]
    assert feed.offer(4)


async def test_who_waits_for_room_is_let_in_first_come_first_served() -> None:
    feed, hand = joined(1)
    hand.pause()
    feed.offer(0)
    waiting = [asyncio.ensure_future(feed.put(each)) for each in (1, 2, 3)]
    await turn()
    hand.takes_a_pause = True
    for _ in range(4):
        assert feed.waiting <= 1
        assert feed.offer("a queue-jumper") is False
        hand.resume()
        await turn()
    assert hand.items == [0, 1, 2, 3]
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("goes", ["before", "at once", "after"])
async def test_who_waits_no_more_leaves_the_room_to_the_next(goes: str) -> None:
    feed, hand = joined(1)
    hand.pause()
    hand.takes_a_pause = True
    feed.offer(0)
    first, second, third = (asyncio.ensure_future(feed.put(each)) for each in (1, 2, 3))
    await turn()
    if goes == "after":  # it has its room, and has not woken up yet
        hand.resume()
    first.cancel()
    if goes == "before":
        await turn()
    if goes != "after":
        hand.resume()
    await turn()
    assert (hand.items, feed.waiting) == ([0], 1), "there is room for one only"
    assert first.cancelled()
    for _ in range(2):
        hand.resume()
        await turn()
    assert hand.items == [0, 2, 3]
    await asyncio.gather(second, third)
    assert [feed.offer(each) for each in (4, 5)] == [True, False], "there is as much room as before"


async def test_nobody_overtakes_who_was_let_in_and_has_not_come_yet() -> None:
    feed, hand = joined(2)
    hand.pause()
    feed.offer(0)
    feed.offer(1)
    waiting = asyncio.ensure_future(feed.put(2))
    await turn()
    hand.resume()  # there is room now for two
    assert not feed.offer("a queue-jumper")
    late = asyncio.ensure_future(feed.put(3))
    await asyncio.gather(waiting, late)
    await turn()
    assert hand.items == [0, 1, 2, 3]
    assert feed.offer(4)


async def test_the_last_room_is_there_at_once() -> None:
    feed, hand = joined(1)
    hand.pause()
    putting = feed.put(0)
    with pytest.raises(StopIteration):
        putting.send(None)
    assert feed.waiting == 1


async def test_what_is_confirmed_is_stored() -> None:
    feed, hand = joined()
    waiting = asyncio.ensure_future(feed.confirmed(1))
    await turn()
    assert (hand.items, waiting.done()) == ([1], False)
    hand.settle()
    await waiting


async def test_what_is_refused_raises_what_kept_it_from_being_stored() -> None:
    feed, hand = joined()
    waiting = asyncio.ensure_future(feed.confirmed(1))
    await turn()
    hand.settle(refused(LookupError("full")))
    with pytest.raises(LookupError, match="full"):
        await waiting


async def test_who_waits_for_an_answer_may_go(caplog: pytest.LogCaptureFixture) -> None:
    feed, hand = joined()
    waiting = asyncio.ensure_future(feed.confirmed(1))
    await turn()
    waiting.cancel()
    await turn()
    hand.settle()
    assert waiting.cancelled()
    assert caplog.text == ""


@pytest.mark.parametrize("paused", [False, True])
async def test_closed_it_ends_when_all_that_was_put_in_has_gone(paused: bool) -> None:
    feed, hand = joined()
    answers: list[Any] = []
    if paused:
        hand.pause()
    feed.offer(1, Receipt(answers.append))
    feed.close()
    if paused:
        assert hand.reason is None
        hand.resume()
    assert hand.items == [1]
    assert hand.reason is END
    hand.settle()
    assert [each.said for each in answers] == ["confirmed"]


async def test_closed_before_it_has_a_drain_it_still_gives_what_was_put_in() -> None:
    feed, hand = Feed(), Hand()
    feed.offer(1)
    feed.close()
    feed.flow_to(hand)
    assert (hand.items, hand.reason) == ([1], END)


async def test_when_it_ends_whoever_waits_is_told_why() -> None:
    feed, hand = joined(1)
    hand.pause()
    inside = asyncio.ensure_future(feed.confirmed(0))
    await turn()
    waiting = [asyncio.ensure_future(feed.put(each)) for each in (1, 2)]
    await turn()
    feed.stop(Reason("enough"))
    for each in (inside, *waiting):
        with pytest.raises(FlowStopped, match="enough"):
            await each
    with pytest.raises(FlowStopped, match="enough"):
        feed.offer(3)
    with pytest.raises(FlowStopped, match="enough"):
        await feed.put(3)
    assert hand.items == []
    assert str(hand.reason) == "enough"


async def test_closed_while_some_wait_for_room_it_tells_them() -> None:
    feed, hand = joined(1)
    hand.pause()
    feed.offer(0)
    waiting = [asyncio.ensure_future(feed.put(each)) for each in (1, 2)]
    await turn()
    feed.close()
    for each in waiting:
        with pytest.raises(FlowStopped):
            await each
    hand.resume()
    assert hand.items == [0]


async def test_a_feed_is_for_batons_if_it_says_so() -> None:
    assert Feed().confirms is None
    assert Feed(confirms=True).confirms is True
