"""Stages that run a user's function on each item, at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from piped.exceptions import ItemDropped
from piped.flows import END, Fount, only, tube
from piped.flows.working import Each, Mapping, Only, Working

from .parts import Hand, Source

Join = Callable[[Any], tuple[Source, Hand]]


class Broken(Exception):
    """What functions of these tests raise."""


def joined(part: Any, *, receipts: bool = True) -> tuple[Source, Hand]:
    source, hand = Source(receipts=receipts), Hand()
    fount: Fount = source.flow_to(part if isinstance(part, Working) else tube(part).make())
    fount.flow_to(hand)
    return source, hand


def failing_at(*numbers: int) -> Callable[[int], int]:
    def function(number: int) -> int:
        if number in numbers:
            raise Broken(number)
        return number * 10

    return function


def refused(source: Source) -> list[Any]:
    return [item for item, some in source.answers.items() if [each.badness for each in some] == [2]]


def test_one_item_becomes_one_item() -> None:
    source, hand = joined(failing_at())
    source.push(1, 2)
    assert hand.items == [10, 20]
    hand.settle()
    assert source.confirmed == [1, 2]


@pytest.mark.parametrize("numbers", [(1,), (2,), (4,), (1, 2), (2, 3), (1, 4), (1, 2, 3, 4)])
def test_an_item_that_fails_is_refused_and_the_flow_goes_on(numbers: tuple[int, ...]) -> None:
    source, hand = joined(failing_at(*numbers))
    source.push(1, 2, 3, 4)
    assert hand.items == [10 * each for each in (1, 2, 3, 4) if each not in numbers]
    hand.settle_all()
    assert refused(source) == list(numbers)
    assert source.confirmed == [each for each in (1, 2, 3, 4) if each not in numbers]


@pytest.mark.parametrize("kind", [Mapping, Each, Only])
def test_a_failure_may_end_the_flow(kind: Callable[..., Working]) -> None:
    def function(number: int) -> Any:
        if number == 2:
            raise Broken(number)
        return [number]

    source, hand = joined(kind(function, "stop"))
    source.push(1, 2, 3)
    hand.settle_all()
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, Broken)
    assert refused(source)[-2:] == [2, 3]
    assert all(len(each) == 1 for each in source.answers.values())


@pytest.mark.parametrize("failing", ["refuse", "stop"])
def test_what_is_dropped_as_declared_ends_nothing(failing: Any) -> None:
    def drop(number: int) -> int:
        raise ItemDropped(f"{number}")

    source, hand = joined(tube(drop, failing=failing).make())
    source.push(1)
    assert source.answers[1][0].badness == 1
    assert hand.reason is None


def test_who_has_no_receipt_is_told_by_the_log_but_not_for_each_of_many(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source, _ = joined(failing_at(*range(50)), receipts=False)
    source.push(*range(50))
    assert [record.args[1] for record in caplog.records if record.args] == [1, 10]  # type: ignore[index]


def test_what_ends_an_iteration_is_a_failure_like_any_other() -> None:
    rest = iter([1])
    source, hand = joined(lambda number: next(rest))
    source.push("a", "b", "c")
    assert hand.items == [1]
    hand.settle()
    assert source.confirmed == ["a"]
    assert refused(source) == ["b", "c"]


def test_only_those_go_on_for_which_it_holds_and_nothing_is_left_to_do_of_the_others() -> None:
    source, hand = joined(only(lambda number: number % 2).make())
    source.push(1, 2, 3)
    source.push(4)
    assert source.confirmed == [2, 4]
    assert hand.items == [1, 3]
    hand.settle()
    assert source.confirmed == [1, 2, 3, 4]


def test_of_items_for_which_it_cannot_be_said_the_sender_hears() -> None:
    source, hand = joined(only(lambda number: 6 / number).make())
    source.push(0, 1)
    hand.settle()
    assert (refused(source), source.confirmed) == ([0], [1])


def twice(number: int) -> Iterator[int]:
    yield number
    yield -number


def test_an_item_is_answered_when_all_is_that_was_made_of_it() -> None:
    source, hand = joined(twice)
    source.push(1, 2)
    assert hand.items == [1, -1, 2, -2]
    whole = hand.batches.pop()
    whole.part(0, 1).settle()
    assert source.confirmed == []
    whole.part(1).settle()
    assert source.confirmed == [1, 2]


def test_of_what_nothing_is_made_nothing_is_left_to_do() -> None:
    def nothing(number: int) -> Iterator[int]:
        yield from ()

    source, hand = joined(nothing)
    source.push(1)
    assert (source.confirmed, hand.items) == ([1], [])


def test_what_was_made_before_a_failure_goes_on_and_the_item_is_refused() -> None:
    def half(number: int) -> Iterator[int]:
        yield number
        raise Broken

    source, hand = joined(half)
    source.push(1, 2)
    assert hand.items == [1, 2]
    hand.settle()
    assert refused(source) == [1, 2]


def thousands(number: int) -> Iterator[int]:
    yield from range(2500)


def test_a_thousand_are_handed_on_at_a_time_and_no_more_are_made_while_held_back() -> None:
    made: list[int] = []

    def counted(number: int) -> Iterator[int]:
        for each in thousands(number):
            made.append(each)
            yield each

    source, hand = joined(counted)
    hand.takes_a_pause = True
    source.push(1)
    source.push(2)
    assert (len(made), source.waiting) == (1000, 1)
    hand.resume()
    hand.resume()
    assert [len(each) for each in hand.batches] == [1000, 1000, 500]
    hand.takes_a_pause = False
    hand.resume()
    assert len(hand.items) == 5000


def test_nothing_is_lost_if_it_is_held_back_and_let_go_within_a_batch() -> None:
    class Nodding(Hand):
        def take(self, batch: Any) -> None:
            super().take(batch)
            if len(self.items) > 1000:
                self.pause()
                self.resume()

    source, hand = Source(), Nodding()
    source.flow_to(tube(thousands).make()).flow_to(hand)
    hand.pause()
    source.push(1)
    source.push(2)
    hand.resume()
    hand.pause()
    source.push(3)
    hand.resume()
    assert hand.items == list(range(2500)) * 3
    hand.settle_all()
    assert source.confirmed == [1, 2, 3]


def test_it_ends_after_all_that_is_still_to_be_made() -> None:
    source, hand = joined(thousands)
    hand.takes_a_pause = True
    source.push(1)
    source.end(END)
    for _ in range(2):
        assert hand.reason is None
        hand.resume()
    assert len(hand.items) == 2500
    assert str(hand.reason) == END.said


def test_stopped_it_makes_no_more_and_refuses_what_is_left() -> None:
    closed: list[int] = []
    made: list[int] = []

    def closing(number: int) -> Iterator[int]:
        try:
            for each in range(2500):
                made.append(each)
                yield each
        finally:
            closed.append(number)

    source, hand = joined(closing)
    hand.takes_a_pause = True
    source.push(1, 2)
    hand.stop()
    hand.settle_all()
    assert closed == [1], "what was begun is closed, and nothing else was begun"
    assert len(made) <= 1001, "nothing was made for nobody"
    assert refused(source) == [1, 2]
    assert hand.reason is not None


def test_a_function_may_stop_the_flow_that_it_is_in() -> None:
    def stopping(number: int) -> Iterator[int]:
        yield number
        hand.stop()
        yield -number

    source, hand = joined(stopping)
    source.push(1, 2)
    assert refused(source) == [1, 2]
    assert (hand.items, hand.reason is None) == ([], False)


def test_a_stopped_function_of_one_refuses_the_rest() -> None:
    def stopping(number: int) -> int:
        hand.stop()
        raise Broken

    source, hand = joined(stopping)
    source.push(1, 2)
    assert refused(source) == [1, 2]
    assert hand.items == []


def test_without_receipts_what_was_made_before_a_failure_goes_on_and_so_do_the_others() -> None:
    def half(number: int) -> Iterator[int]:
        yield number
        if number == 2:
            raise Broken
        yield -number

    stage = tube(half).make()
    source, hand = joined(stage, receipts=False)
    source.push(1, 2, 3)
    assert hand.items == [1, -1, 2, 3, -3]
    assert stage.refused == 1


def test_without_receipts_a_failure_may_end_the_flow() -> None:
    def broken(number: int) -> Iterator[float]:
        yield 1 / (number - 1)

    source, hand = joined(tube(broken, failing="stop").make(), receipts=False)
    source.push(1, 2)
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, ZeroDivisionError)
