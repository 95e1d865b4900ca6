"""Many founts into one."""

from __future__ import annotations

from typing import Literal

import pytest

from piped.exceptions import AlreadyFlowing
from piped.flows import END, STOPPED, Batch, FanIn, Items, Reason, merge
from piped.flows.reason import failed

from .parts import Hand, Source, said


def merged(
    ends: Literal["last", "first"] = "last", number: int = 2
) -> tuple[list[Source], FanIn, Hand]:
    sources, hand = [Source() for _ in range(number)], Hand()
    into = merge(*sources, ends=ends)
    into.flow_to(hand)
    return sources, into, hand


def test_what_flows_in_anywhere_flows_on() -> None:
    [one, other], _, hand = merged()
    one.push(1)
    other.push(2)
    one.push(3)
    assert hand.items == [1, 2, 3]
    hand.settle_all()
    assert (one.confirmed, other.confirmed) == ([1, 3], [2])


def test_while_nothing_may_flow_on_all_are_held_back() -> None:
    sources, _, hand = merged()
    hand.pause()
    assert all(each.is_paused for each in sources)
    hand.resume()
    assert all(each.is_flowing for each in sources)


def test_what_one_brings_about_holds_the_others_back() -> None:
    hand = Hand()
    hand.takes_a_pause = True
    founts = [Items(range(1000), size=10) for _ in range(3)]
    into = merge(*founts)
    into.flow_to(hand)
    while hand.pauses:
        assert into.waiting <= 10, "no more than what was on its way"
        hand.resume()
    assert sorted(hand.items) == sorted(list(range(1000)) * 3)
    assert hand.reason is not None


def test_it_ends_with_the_last_and_has_all_reasons() -> None:
    [one, other], _, hand = merged()
    broken = failed(LookupError("gone"))
    one.end(broken)
    other.push(1)
    other.end(END)
    assert hand.items == [1]
    assert hand.reason is not None
    assert hand.reason.reasons == (broken, END)
    assert hand.reason.failure is broken.failure


def test_it_ends_with_the_first_which_stops_the_others() -> None:
    [one, other, third], _, hand = merged("first", 3)
    other.end(Reason("first of all"))
    assert one.stopped_by == third.stopped_by == Reason("first of all")
    assert hand.reason is not None
    assert [each.said for each in hand.reason.reasons] == ["first of all"] * 3


@pytest.mark.parametrize(("ends", "whose"), [("first", "two"), ("last", "one")])
def test_it_says_whose_reason_it_has_and_keeps_all(
    ends: Literal["first", "last"], whose: str
) -> None:
    class Slow(Source):
        def on_stop(self, reason: Reason) -> None:
            pass  # it ends later

    one, two, hand = Slow(), Source(), Hand()
    merge(one, two, ends=ends).flow_to(hand)
    two.end(Reason("two"))
    assert said(hand.reason) is None
    one.end(Reason("one"))
    assert hand.reason is not None
    assert hand.reason.said == whose
    assert [each.said for each in hand.reason.reasons] == ["two", "one"]


def test_many_may_end_with_the_first() -> None:
    sources, _, hand = merged("first", 2000)
    sources[0].end(END)
    assert hand.reason is not None
    assert len(hand.reason.reasons) == 2000


def test_more_may_be_added_until_it_is_complete() -> None:
    into, one, other, hand = FanIn(), Source(), Source(), Hand()
    into.flow_to(hand)
    one.flow_to(into.inlet())
    one.end(END)
    assert hand.reason is None
    other.flow_to(into.inlet("other"))
    into.complete()
    other.push(1)
    other.end(END)
    assert hand.items == [1]
    assert hand.reason is not None


def test_one_of_none_ends_when_it_is_complete() -> None:
    into, hand = FanIn(), Hand()
    into.flow_to(hand)
    into.complete()
    assert hand.reason is STOPPED


def test_one_that_comes_while_it_is_held_back_is_held_back() -> None:
    into, source, hand = FanIn(), Source(), Hand()
    into.flow_to(hand)
    hand.pause()
    source.flow_to(into.inlet())
    assert source.is_paused
    hand.resume()
    assert source.is_flowing


def test_stopped_it_stops_all_and_ends_when_all_have_ended() -> None:
    class Slow(Source):
        def on_stop(self, reason: Reason) -> None:
            pass  # it ends later

    quick, slow, hand = Source(), Slow(), Hand()
    into = merge(quick, slow)
    into.flow_to(hand)
    hand.stop(Reason("enough"))
    assert quick.is_over
    assert not into.is_over
    slow.end(Reason("at last"))
    assert hand.reason is not None
    assert [each.said for each in hand.reason.reasons] == ["enough", "at last"]


def test_one_that_comes_after_it_was_stopped_is_stopped() -> None:
    into, source, late, hand = FanIn(), Source(), Source(), Hand()
    open_inlet, unused = into.inlet(), into.inlet()
    source.flow_to(open_inlet)
    into.flow_to(hand)
    hand.stop(Reason("enough"))
    assert str(hand.reason) == "enough"
    late.flow_to(unused)
    assert str(late.stopped_by) == "enough"


def test_one_that_comes_after_it_was_stopped_ends_nothing_that_still_flows() -> None:
    class Slow(Source):
        def on_stop(self, reason: Reason) -> None:
            pass  # it ends later

    slow, late, into, hand = Slow(), Source(), FanIn(), Hand()
    slow.flow_to(into.inlet())
    unused = into.inlet()
    into.flow_to(hand)
    hand.stop()
    late.flow_to(unused)
    assert late.is_over
    assert said(hand.reason) is None
    slow.end(END)
    assert hand.reason is not None
    assert len(hand.reason.reasons) == 2


def test_one_that_comes_after_the_first_has_ended_is_stopped() -> None:
    into, source, late, hand = FanIn("first"), Source(), Source(), Hand()
    source.flow_to(into.inlet())
    unused = into.inlet()
    into.flow_to(hand)
    source.end(END)
    late.flow_to(unused)
    assert late.stopped_by is END


def test_a_pause_that_outlives_its_fount_is_let_go_by_nobody() -> None:
    [one, other], _, hand = merged()
    hand.pause()
    one.end(END)
    hand.resume()
    other.push(1)
    assert hand.items == [1]


def test_an_inlet_has_one_fount_and_a_name() -> None:
    into = FanIn()
    inlet = into.inlet()
    Source().flow_to(inlet)
    with pytest.raises(AlreadyFlowing, match=r"inlet of merged has a fount already"):
        Source().flow_to(inlet)
    assert repr(into.inlet("left")) == "left"


def test_what_comes_for_one_that_has_stopped_is_refused() -> None:
    [one, _], into, hand = merged()
    hand.stop()
    into.inlets[0].receive(Batch([1], [one.receipt(1)]))
    assert one.answers[1][0].badness == 2
