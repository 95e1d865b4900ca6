"""Some of many items; of the others their originators hear that they were dropped."""

from __future__ import annotations

from typing import Any

import pytest

from piped.exceptions import ItemDropped
from piped.flows import END, Reason, sample

from .parts import Hand, Source, Time, joined


def dropped(source: Source) -> list[Any]:
    return [
        item
        for item, answers in source.answers.items()
        if [type(answer.failure) for answer in answers] == [ItemDropped]
    ]


def test_the_newest_of_each_interval_goes_on() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, sample(every=10), hand, time=time)
    source.push(1, 2)
    time.advance(5)
    source.push(3)
    assert hand.items == []
    time.advance(5)
    assert hand.items == [3]
    assert dropped(source) == [1, 2]
    time.advance(100)
    assert hand.items == [3], "an interval without items has no sample"
    source.push(4)
    source.push(5)
    assert hand.items == [3], "the next interval begins with an item"
    time.advance(10)
    assert hand.items == [3, 5]


def test_a_paused_drain_gets_the_newest_of_all_and_holds_nobody_back() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, sample(every=10), hand, time=time)
    hand.pause()
    source.push(1)
    time.advance(30)
    source.push(2)
    assert source.is_flowing
    hand.resume()
    assert hand.items == [2]


def test_at_the_end_the_newest_goes_on_at_once() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, sample(every=10), hand, time=time)
    source.push(1)
    source.end(END)
    assert hand.items == [1]
    assert hand.reason is END
    assert time.waiting == 0


def test_a_stop_refuses_the_newest() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, sample(every=10), hand, time=time)
    source.push(1)
    hand.stop(Reason("enough"))
    assert source.answers[1][0].badness == 2
    assert time.waiting == 0


def test_one_in_so_many_goes_on() -> None:
    source, hand = Source(), Hand()
    joined(source, sample(one_in=3), hand)
    source.push(1, 2)
    source.push(3, 4, 5)
    assert hand.items == [1, 4]
    assert dropped(source) == [2, 3, 5]


@pytest.mark.parametrize("options", [{}, {"every": 1, "one_in": 2}])
def test_a_sample_is_by_time_or_by_number(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="either"):
        sample(**options)


@pytest.mark.parametrize("options", [{"every": 0}, {"one_in": 0}])
def test_a_sample_of_nothing_is_none(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"longer than nothing|At least one"):
        sample(**options)
