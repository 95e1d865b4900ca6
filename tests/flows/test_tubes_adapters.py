"""Founts and drains of the package Tubes, and ours, in one flow."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tubes.framing import bytesToLines, linesToBytes
from tubes.itube import AlreadyUnpaused, IDrain, IFount, StopFlowCalled
from tubes.kit import Pauser, beginFlowingFrom, beginFlowingTo
from tubes.memory import iteratorFount
from tubes.tube import series as their_series, tube as their_tube
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from zope.interface import implementer
from zope.interface.verify import verifyObject

from piped import flows
from piped.exceptions import FlowStopped
from piped.flows import END, STOPPED, Collector, Flow, Items, Reason
from piped.flows.receipt import CONFIRMED, Answer
from piped.flows.tubes_adapters import as_idrain, as_ifount, from_idrain, from_ifount, reason_of

from .parts import Hand, Source


@their_tube
class Doubled:
    """One of their tubes."""

    def received(self, item: str) -> Iterator[str]:
        yield item
        yield item.upper()

    def stopped(self, reason: Failure) -> Iterable[str]:
        return ["the end"]


@implementer(IDrain)
class TheirDrain:
    """Keeps what it gets, and its fount, to be paused and stopped by hand."""

    inputType = None

    def __init__(self) -> None:
        self.fount: Any = None
        self.received: list[Any] = []
        self.stopped: list[Failure] = []
        self.pauses: list[Any] = []
        self.takes_a_pause = False

    def flowingFrom(self, fount: Any) -> None:
        beginFlowingFrom(self, fount)

    def receive(self, item: Any) -> None:
        self.received.append(item)
        if self.takes_a_pause:
            self.pauses.append(self.fount.pauseFlow())

    def flowStopped(self, reason: Failure) -> None:
        self.stopped.append(reason)


class Failing(TheirDrain):
    """Takes nothing."""

    def receive(self, item: Any) -> None:
        raise ValueError("it is broken")


@implementer(IFount)
class TheirFount:
    """Has the test say what flows."""

    outputType = None

    def __init__(self) -> None:
        self.drain: Any = None
        self.is_paused = False
        self.is_stopped = False
        self._pauser = Pauser(self._pause, self._resume)

    def flowTo(self, drain: Any) -> Any:
        return beginFlowingTo(self, drain)

    def pauseFlow(self) -> Any:
        return self._pauser.pause()

    def stopFlow(self) -> None:
        self.is_stopped = True

    def _pause(self) -> None:
        self.is_paused = True

    def _resume(self) -> None:
        self.is_paused = False


class Exhausted(TheirFount):
    """Has nothing more, and tells nobody."""

    def flowTo(self, drain: Any) -> Any:
        return None


def our_parts() -> tuple[Source, Any, Any]:
    """Our source, seen by them, and their drain."""
    source, drain = Source(), TheirDrain()
    outwards = as_ifount(source)
    outwards.flowTo(drain)
    return source, outwards, drain


def their_parts() -> tuple[Any, Any, Hand]:
    """Their fount, seen by us, and our drain."""
    fount, hand = TheirFount(), Hand()
    inwards = from_ifount(fount)
    inwards.flow_to(hand)
    return fount, inwards, hand


def test_ours_provide_their_interfaces() -> None:
    assert verifyObject(IFount, as_ifount(Source()))
    assert verifyObject(IDrain, as_idrain(Collector()))


def test_items_and_the_end_cross_to_them() -> None:
    source, _, drain = our_parts()
    source.push("a", "b")
    source.end(END)
    assert drain.received == ["a", "b"]
    [failure] = drain.stopped
    assert failure.check(StopIteration)
    assert source.confirmed == ["a", "b"]


def test_items_and_the_end_cross_to_us() -> None:
    fount, _, hand = their_parts()
    fount.drain.receive("a")
    fount.drain.receive("b")
    fount.drain.flowStopped(Failure(ConnectionDone()))
    assert hand.items == ["a", "b"]
    assert hand.reason is END


def test_a_pause_of_theirs_holds_ours_back_in_the_midst_of_a_batch() -> None:
    source, _, drain = our_parts()
    drain.takes_a_pause = True
    source.push("a", "b")
    assert drain.received == ["a"]
    assert source.is_paused
    drain.pauses[0].unpause()
    assert drain.received == ["a", "b"]
    assert source.is_paused
    drain.pauses[1].unpause()
    assert source.is_flowing
    with pytest.raises(AlreadyUnpaused):
        drain.pauses[1].unpause()


def test_they_flow_when_the_last_of_our_pauses_is_let_go() -> None:
    fount, _, hand = their_parts()
    hand.pause()
    hand.pause()
    assert fount.is_paused
    hand.resume()
    assert fount.is_paused
    hand.resume()
    assert not fount.is_paused


def test_they_are_held_back_until_there_is_a_drain_of_ours() -> None:
    fount = TheirFount()
    inwards = from_ifount(fount)
    assert fount.is_paused
    inwards.flow_to(Hand())
    assert not fount.is_paused


def test_they_may_stop_us() -> None:
    source, outwards, drain = our_parts()
    pause = drain.fount.pauseFlow()
    source.push("a")
    outwards.stopFlow()
    pause.unpause()
    assert source.stopped_by is STOPPED
    assert drain.received == []
    [failure] = drain.stopped
    assert failure.check(StopFlowCalled)
    [answer] = source.answers["a"]
    assert isinstance(answer.failure, FlowStopped)


def test_we_may_stop_them() -> None:
    fount, inwards, hand = their_parts()
    reason = Reason("the disk is full")
    inwards.stop(reason)
    assert fount.is_stopped
    assert hand.reason is None
    fount.drain.flowStopped(Failure(StopFlowCalled()))
    assert hand.reason is reason


def test_who_was_stopped_before_stops_the_fount_that_comes() -> None:
    drain, fount = as_idrain(collector := Collector()), TheirFount()
    collector.stop()
    fount.flowTo(drain)
    assert fount.is_stopped


REASONS = {
    "an end": (StopIteration(), END),
    "a connection that was closed": (ConnectionDone(), END),
    "a stop": (StopFlowCalled(), STOPPED),
}


@pytest.mark.parametrize("case", REASONS)
def test_their_reasons_are_ours(case: str) -> None:
    theirs, ours = REASONS[case]
    assert reason_of(Failure(theirs)) is ours


def test_a_failure_stays_what_it_was_in_both_directions() -> None:
    source, _, drain = our_parts()
    failure = ConnectionLost("gone")
    source.end(Reason("it was lost", failure))
    assert drain.stopped[0].value is failure
    fount, _, hand = their_parts()
    fount.drain.flowStopped(Failure(failure))
    assert hand.reason is not None
    assert hand.reason.failure is failure


def test_a_reason_that_crosses_twice_is_the_same() -> None:
    source, hand, reason = Source(), Hand(), Reason("enough")
    from_ifount(as_ifount(source)).flow_to(hand)
    source.push(1)
    source.end(reason)
    assert hand.items == [1]
    assert hand.reason is reason


def test_a_fount_of_ours_that_has_ended_tells_a_drain_that_comes_later() -> None:
    source, drain = Source(), TheirDrain()
    outwards = as_ifount(source)
    source.push("a")
    source.end(END)
    outwards.flowTo(drain)
    assert drain.received == ["a"]
    assert len(drain.stopped) == 1
    assert outwards.flowTo(TheirDrain()) is None


def test_a_drain_may_be_changed_for_another() -> None:
    source, outwards, drain = our_parts()
    source.push(1)
    outwards.flowTo(None)
    assert source.is_paused
    source.push(2)
    other = TheirDrain()
    outwards.flowTo(other)
    assert drain.received == [1]
    assert other.received == [2]


async def test_their_series_may_stand_within_a_flow_of_ours() -> None:
    collector = Collector()
    flow = Flow(
        Items(["a", "b"]), str.strip, from_idrain(their_series(Doubled())), str.title, collector
    )
    reason = await flow.run()
    assert reason.said == END.said
    assert collector.items == ["A", "A", "B", "B", "The End"]


def test_a_series_of_ours_may_stand_within_theirs() -> None:
    drain = TheirDrain()
    ours = as_idrain(flows.series(flows.lines(encoding="utf-8"), str.upper))
    fount = iteratorFount([b"on", b"e\ntwo\n", b"three"])
    fount.flowTo(ours).flowTo(series_to(drain))
    assert drain.received == ["ONE", "ONE", "TWO", "TWO", "THREE", "THREE", "the end"]
    assert len(drain.stopped) == 1


def series_to(drain: Any) -> Any:
    return their_series(Doubled(), drain)


async def test_what_their_founts_give_is_run_as_a_flow() -> None:
    collector = Collector()
    fount = iteratorFount([b"one", b"two"])
    assert await Flow(from_ifount(fount), bytes.upper, collector).run() is END
    assert collector.items == [b"ONE", b"TWO"]


def test_what_their_lines_give_flows_on() -> None:
    collector = Collector()
    fount = iteratorFount([b"on", b"e\r\ntwo\r\n"]).flowTo(their_series(bytesToLines()))
    from_ifount(fount).flow_to(collector)
    assert collector.items == [b"one", b"two"]
    assert collector.reason is None, "the end comes: the remark in the adapters is out of date"


def test_a_drain_of_theirs_that_fails_refuses_and_ends_the_flow(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source, drain = Source(), Failing()
    as_ifount(source).flowTo(drain)
    source.push("a", "b")
    assert [answers[0].badness for answers in source.answers.values()] == [2, 2]
    assert source.stopped_by is not None
    silent = Source(receipts=False)
    as_ifount(silent).flowTo(Failing())
    with caplog.at_level(logging.ERROR):
        silent.push("a")
    assert "ValueError: it is broken" in caplog.text


def test_an_exhausted_fount_of_theirs_is_an_end() -> None:
    collector = Collector()
    from_ifount(Exhausted()).flow_to(collector)
    assert collector.reason is END


@given(st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line and b"\r" not in line)))
def test_lines_are_theirs_and_ours(lines: list[bytes]) -> None:
    answers: list[tuple[Answer, list[bytes]]] = []
    collector = Collector()
    fount: Any = Items(lines, size=3, told=lambda *told: answers.append(told))
    (
        fount.flow_to(from_idrain(their_series(linesToBytes())))
        .flow_to(flows.lines(b"\r\n").make())
        .flow_to(collector)
    )
    assert collector.items == lines
    assert all(answer is CONFIRMED for answer, _ in answers)
    assert [line for _, some in answers for line in some] == lines
