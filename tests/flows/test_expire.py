"""Items that grow too old while they wait."""

from __future__ import annotations

from typing import Any

from piped.exceptions import ItemDropped
from piped.flows import END, Reason, expire

from .parts import Hand, Source, Time, joined, said


def held(**options: Any) -> tuple[Source, Hand, Time]:
    source, hand, time = Source(), Hand(), Time()
    joined(source, expire(10, **options), hand, time=time)
    hand.pause()
    return source, hand, time


def expired(source: Source) -> list[Any]:
    return [
        item
        for item, answers in source.answers.items()
        if [type(answer.failure) for answer in answers] == [ItemDropped]
    ]


def test_what_has_waited_too_long_is_dropped_when_its_time_has_come() -> None:
    source, hand, time = held()
    source.push(1)
    time.advance(4)
    source.push(2)
    time.advance(6)
    assert expired(source) == [1]
    hand.resume()
    assert hand.items == [2]


def test_what_is_taken_at_once_never_expires() -> None:
    source, hand, time = held()
    hand.resume()
    source.push(1)
    time.advance(100)
    assert hand.items == [1]
    assert time.waiting == 0


def test_the_age_may_be_told_by_the_item() -> None:
    source, hand, time = held(since=lambda item: item)
    now = time.time()
    source.push(now - 11, now - 3, now - 5)
    time.advance(6)
    assert expired(source) == [now - 11]
    hand.resume()
    assert hand.items == [now - 3], "one that is too old is dropped when its turn comes"
    assert expired(source) == [now - 11, now - 5]


def test_what_comes_too_late_is_dropped_while_all_flows() -> None:
    source, hand, time = held(since=lambda item: item)
    hand.resume()
    source.push(time.time() - 11, time.time())
    assert hand.items == [time.time()]


def test_an_item_whose_time_cannot_be_told_is_refused_alone() -> None:
    source, hand, time = held(since=lambda item: item["at"])
    source.answers = {}
    source.push("broken")
    assert type(source.answers["broken"][0].failure) is TypeError
    assert not hand.items
    assert time.waiting == 0


def test_a_full_one_holds_back_until_something_has_expired() -> None:
    source, _, time = held(items=2)
    source.push(1, 2)
    assert source.is_paused
    time.advance(10)
    assert source.is_flowing


def test_items_expire_after_the_end_too_and_then_it_ends() -> None:
    source, hand, time = held()
    source.push(1)
    source.end(END)
    assert said(hand.reason) is None
    time.advance(10)
    assert hand.reason is END
    assert time.waiting == 0


def test_nothing_is_waited_for_after_a_stop() -> None:
    source, hand, time = held()
    source.push(1)
    hand.stop(Reason("enough"))
    assert time.waiting == 0
    assert source.answers[1][0].badness == 2
