"""Tubes that are classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from piped.flows import END, Fount, Reason, merge, tube

from .parts import Hand, Source


class Broken(Exception):
    """What tubes of these tests raise."""


class Pairs:
    """Makes one item of two, and at the end one of what is left."""

    def __init__(self) -> None:
        self._first: Any = None

    @property
    def holding(self) -> bool:
        return self._first is not None

    def received(self, item: Any) -> Iterator[Any]:
        if self._first is None:
            self._first = item
        elif item == "forget":
            self._first = None
        else:
            first, self._first = self._first, None
            yield first, item

    def stopped(self, reason: Reason) -> Iterator[Any]:
        if self._first is not None:
            yield (self._first,)


class Framed:
    """Says what comes before all and after all."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def started(self) -> Iterable[str]:
        self.calls.append("started")
        return ["begin"]

    def received(self, item: str) -> Iterator[str]:
        yield item

    def stopped(self, reason: Reason) -> list[str]:
        self.calls.append(f"stopped: {reason}")
        return ["end", str(reason)]


def joined(factory: Any) -> tuple[Source, Any, Hand]:
    source, stage, hand = Source(), tube(factory).make(), Hand()
    source.flow_to(stage).flow_to(hand)
    return source, stage.tube, hand


def bad(source: Source) -> list[Any]:
    return [item for item, some in source.answers.items() if [each.badness for each in some] == [2]]


def test_it_yields_before_all_of_each_item_and_after_all() -> None:
    source, _, hand = joined(Framed)
    assert hand.items == ["begin"]
    source.push("a", "b")
    source.end(END)
    assert hand.items == ["begin", "a", "b", "end", "its source has ended"]
    assert hand.reason is END


def test_it_is_started_once_also_when_there_is_no_item() -> None:
    source, framed, hand = Source(), tube(Framed).make(), Hand()
    source.end(END)
    source.flow_to(framed).flow_to(hand)
    assert hand.items == ["begin", "end", "its source has ended"]
    source, framed, hand = joined(Framed)
    hand.pause()
    hand.resume()
    assert framed.calls == ["started"]


def test_it_is_stopped_once_after_all_also_when_it_was_stopped_from_behind() -> None:
    source, framed, hand = joined(Framed)
    source.push("a")
    hand.stop(Reason("enough"))
    hand.stop(Reason("more than enough"))
    source.end(END)
    assert framed.calls == ["started", "stopped: enough"]
    assert hand.items == ["begin", "a"]


def test_a_drain_may_stop_it_while_it_yields_the_last() -> None:
    class Stopping(Hand):
        def take(self, batch: Any) -> None:
            super().take(batch)
            if "end" in batch.items:
                self.stop(Reason("enough"))

    source, stage, hand = Source(), tube(Framed).make(), Stopping()
    source.flow_to(stage).flow_to(hand)
    source.end(END)
    assert stage.tube.calls == ["started", "stopped: its source has ended"]
    assert hand.reason is not None


def test_an_item_that_is_held_is_answered_with_what_stands_for_it() -> None:
    source, _, hand = joined(Pairs)
    source.push(1, 2, 3)
    assert (hand.items, source.confirmed) == ([(1, 2)], [])
    hand.settle()
    assert source.confirmed == [1, 2]
    source.end(END)
    assert hand.items == [(1, 2), (3,)]
    hand.settle()
    assert source.confirmed == [1, 2, 3]


def test_the_worst_answer_is_that_of_all_that_one_stands_for() -> None:
    from piped.flows.receipt import refused

    source, _, hand = joined(Pairs)
    source.push(1, 2)
    hand.settle(refused(Broken()))
    assert bad(source) == [1, 2]


def test_several_at_the_end_stand_together_for_what_was_held() -> None:
    class Keeping:
        def __init__(self) -> None:
            self.holding: list[int] = []

        def received(self, item: int) -> None:
            self.holding.append(item)

        def stopped(self, reason: Reason) -> list[str]:
            return ["some", "more"]

    source, _, hand = joined(Keeping)
    source.push(1, 2)
    source.end(END)
    assert hand.items == ["some", "more"]
    assert source.confirmed == []
    [batch] = hand.batches
    assert batch.receipts is not None
    batch.receipts[0].settle()
    assert source.confirmed == [], "one of two is stored"
    batch.receipts[1].settle()
    assert source.confirmed == [1, 2]


def test_what_is_not_held_any_more_is_confirmed() -> None:
    source, _, hand = joined(Pairs)
    source.push(1)
    assert source.confirmed == []
    source.push("forget")
    assert source.confirmed == [1, "forget"]
    assert hand.items == []


def test_an_output_of_an_item_without_receipt_stands_for_those_that_have_one() -> None:
    sender, silent, stage, hand = Source(), Source(receipts=False), tube(Pairs).make(), Hand()
    merge(sender, silent).flow_to(stage).flow_to(hand)
    sender.push(1)
    silent.push(2)
    assert sender.confirmed == []
    hand.settle()
    assert sender.confirmed == [1]
    silent.push(3)
    sender.push(4)
    hand.settle()
    assert sender.confirmed == [1, 4]


def test_stopped_it_refuses_what_it_holds_at_once() -> None:
    class Slow(Source):
        def on_stop(self, reason: Reason) -> None:
            pass  # it ends later

    source, hand = Slow(), Hand()
    source.flow_to(tube(Pairs).make()).flow_to(hand)
    source.push(1)
    hand.stop()
    assert bad(source) == [1]
    assert hand.reason is None


def test_what_is_held_when_the_flow_is_stopped_from_within_is_refused() -> None:
    class Stopping(Pairs):
        def received(self, item: Any) -> Iterator[Any]:
            hand.stop()
            yield from super().received(item)

    source, _, hand = joined(Stopping)
    source.push(1)
    assert bad(source) == [1]


def test_what_returns_nothing_has_made_nothing() -> None:
    class Counting:
        number = 0

        def received(self, item: Any) -> None:
            self.number += 1

    source, counting, hand = joined(Counting)
    source.push(1, 2)
    assert (counting.number, source.confirmed, hand.items) == (2, [1, 2], [])


@pytest.mark.parametrize("at", ["started", "stopped"])
def test_if_the_first_or_the_last_fails_the_flow_ends_with_that_failure(at: str) -> None:
    class Failing(Pairs):
        def started(self) -> None:
            if at == "started":
                raise Broken

        def stopped(self, reason: Reason) -> Iterator[Any]:
            if at == "stopped":
                raise Broken
            yield from ()

    source, _, hand = joined(Failing)
    if source.is_flowing:
        source.push(1)
    source.end(END)
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, Broken)
    assert bad(source) == list(source.answers)


def test_a_tube_that_fails_at_the_start_of_what_has_ended_already_ends_it_with_that() -> None:
    class Failing(Framed):
        def started(self) -> Iterable[str]:
            raise Broken

    source, stage, hand = Source(), tube(Failing).make(), Hand()
    hold = stage.pause()
    source.flow_to(stage).flow_to(hand)
    source.end(END)
    hold.resume()
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, Broken)


def test_who_fails_at_the_last_after_it_was_stopped_is_told_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Pairs):
        def stopped(self, reason: Reason) -> Iterator[Any]:
            raise Broken("not closed")

    _, _, hand = joined(Failing)
    hand.stop(Reason("enough"))
    assert str(hand.reason) == "enough"
    assert "not closed" in caplog.text


def test_an_item_that_fails_is_refused_and_what_is_held_stays() -> None:
    class Picky(Pairs):
        def received(self, item: Any) -> Iterator[Any]:
            if item == "bad":
                raise Broken
            yield from super().received(item)

    source, _, hand = joined(Picky)
    source.push(1, "bad", 2)
    hand.settle()
    assert (source.confirmed, bad(source)) == ([1, 2], ["bad"])


def test_each_flow_has_an_object_of_its_own() -> None:
    pairs = tube(Pairs)
    ends: list[Hand] = []
    for item in (1, 2):
        source, hand = Source(), Hand()
        last: Fount = source.flow_to(pairs.make())
        last.flow_to(hand)
        source.push(item)
        ends.append(hand)
    assert [each.items for each in ends] == [[], []]


def test_stopped_while_it_yields_it_yields_no_more() -> None:
    class Stopping:
        made = 0

        def received(self, item: Any) -> Iterator[int]:
            for self.made in range(1, 10):
                if self.made == 3:
                    hand.stop()
                yield self.made

    source, stopping, hand = joined(Stopping)
    source.push(1, 2)
    assert (stopping.made, hand.items, bad(source)) == (3, [], [1, 2])


def test_stopped_while_it_yields_the_last_after_much_was_left_it_is_stopped_once() -> None:
    class Many(Framed):
        def received(self, item: str) -> Iterator[str]:
            yield from [item] * 2500

    class Stopping(Hand):
        def take(self, batch: Any) -> None:
            super().take(batch)
            if "end" in batch.items:
                self.stop(Reason("enough"))

    source, stage, hand = Source(), tube(Many).make(), Stopping()
    source.flow_to(stage).flow_to(hand)
    hand.takes_a_pause = True
    source.push("a")
    source.end(END)
    while hand.pauses:
        hand.resume()
    assert stage.tube.calls == ["started", "stopped: its source has ended"]
    assert hand.items == ["begin", *["a"] * 2500, "end", END.said]
