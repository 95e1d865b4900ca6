"""Where items come from."""

from __future__ import annotations

from typing import Any

import pytest

from piped.exceptions import AlreadyFlowing, FlowStopped, UnfitEdge
from piped.flows import END, STOPPED, Batch, Collector, Drain, Fount, Pause, Reason

from .parts import Hand, Source, must


class Counting(Fount):
    """Numbers, one at a time, without a thought of who calls whom."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.given = 0
        self._most = most

    def on_flow(self) -> None:
        while self.is_flowing:
            if self.given == self._most:
                self.end(END)
                return
            self.given += 1
            self.emit(Batch([self.given]))


class Nodding(Collector):
    """Holds its fount back and lets it go again at each item."""

    def receive(self, batch: Batch) -> None:
        super().receive(batch)
        assert self.fount is not None
        self.fount.pause().resume()


class Broken(Drain):
    """Breaks at the second item that it takes."""

    def receive(self, batch: Batch) -> None:
        for item, receipt in batch.pairs():
            self.received += 1
            if self.received == 2:
                raise LookupError(item)
            assert receipt is not None
            receipt.settle()


def joined() -> tuple[Source, Hand]:
    source, hand = Source(), Hand()
    source.flow_to(hand)
    return source, hand


def test_what_is_to_flow_before_there_is_a_drain_waits() -> None:
    source, hand = Source(), Hand()
    source.push(1, 2)
    assert (source.is_flowing, source.waiting) == (False, 2)
    source.flow_to(hand)
    assert hand.items == [1, 2]
    assert (source.is_flowing, source.waiting, source.passed) == (True, 0, 2)
    source.push(3)
    assert source.passed == 3


def test_a_fount_gives_nothing_while_it_is_held_back() -> None:
    source, hand = joined()
    hand.pause()
    source.push(1)
    source.push(2)
    assert hand.items == []
    hand.resume()
    assert [each.items for each in hand.batches] == [[1], [2]]


def test_a_drain_that_holds_back_while_it_takes_gets_no_more() -> None:
    source, hand = joined()
    hand.pause()
    source.push(1)
    source.push(2)
    hand.takes_a_pause = True
    hand.resume()
    assert hand.items == [1]
    hand.resume()
    assert hand.items == [1, 2]


def test_a_fount_has_one_drain_and_a_drain_one_fount() -> None:
    source, hand = joined()
    with pytest.raises(AlreadyFlowing, match="flows to Hand already"):
        source.flow_to(Hand())
    other = Source()
    with pytest.raises(AlreadyFlowing, match="has a fount already"):
        other.flow_to(hand)
    other.flow_to(Hand())  # nothing is left of the attempt


def test_what_does_not_fit_is_not_joined() -> None:
    source, hand = Source(), Hand()
    source.output, hand.input = int, str
    with pytest.raises(UnfitEdge):
        source.flow_to(hand)
    assert (source.drain, hand.fount) == (None, None)


def test_the_end_is_told_once_after_all_items_even_to_one_that_holds_back() -> None:
    source, hand = joined()
    hand.pause()
    source.push(1)
    source.end(END)
    source.end(Reason("another"))
    assert not source.is_over
    hand.resume()
    assert (hand.items, hand.reason, source.is_over) == ([1], END, True)

    source, hand = joined()
    hand.pause()
    source.end(END)
    assert hand.reason is END


def test_a_drain_that_comes_after_the_end_is_told() -> None:
    source, hand = Source(), Hand()
    source.push(1)
    source.end(END)
    source.flow_to(hand)
    assert (hand.items, hand.reason) == ([1], END)


def test_stopped_it_refuses_what_waits_and_hands_on_nothing_more() -> None:
    source, hand = joined()
    hand.pause()
    source.push(1)
    hand.stop(Reason("enough"))
    source.push(2)
    assert hand.items == []
    assert str(hand.reason) == "enough"
    answers = [each for [each] in source.answers.values()]
    assert all(isinstance(each.failure, FlowStopped) for each in answers)
    hand.resume()
    hand.stop()
    assert str(hand.reason) == "enough"


def test_stopped_while_it_comes_to_its_end_it_ends_as_it_was_about_to() -> None:
    source, hand = joined()
    hand.pause()
    source.push(1)
    source.end(END)
    hand.stop(STOPPED)
    assert (hand.items, hand.reason) == ([], END)
    assert len(source.answers[1]) == 1


def test_a_drain_that_stops_while_it_takes_is_told_of_the_end_after_that() -> None:
    class Stopping(Hand):
        def take(self, batch: Batch) -> None:
            super().take(batch)
            self.stop()
            must(self.reason is None, "it is told after that")

    source, hand = Source(), Stopping()
    source.push(1)
    source.push(2)
    source.flow_to(hand)
    assert (hand.items, hand.reason) == ([1], STOPPED)
    assert source.answers[2]


def test_a_drain_is_never_called_while_a_call_to_it_is_under_way() -> None:
    class Asking(Hand):
        def take(self, batch: Batch) -> None:
            super().take(batch)
            if len(self.items) < 5:
                source.push(len(self.items))

    source, hand = Source(), Asking()
    source.flow_to(hand)
    source.push(0)
    assert hand.items == [0, 1, 2, 3, 4]


def test_it_is_not_called_either_by_who_lets_go_a_pause_while_a_call_is_under_way() -> None:
    class Nodding(Hand):
        def take(self, batch: Batch) -> None:
            super().take(batch)
            if batch.items == [0]:
                source.push(1)
            self.pause()
            self.resume()

    source, hand = Source(), Nodding()
    source.flow_to(hand)
    source.push(0)
    assert hand.items == [0, 1]


def test_a_fount_that_ends_in_on_flow_ends_once() -> None:
    counting, hand = Counting(0), Hand()
    counting.flow_to(hand)
    assert hand.reason is END


@pytest.mark.parametrize("most", [10, 10_000])
def test_nothing_gets_deeper_however_often_it_is_held_back(most: int) -> None:
    counting, nodding = Counting(most), Nodding()
    counting.flow_to(nodding)
    assert nodding.items == list(range(1, most + 1))
    assert nodding.reason is END


def test_nothing_gets_deeper_however_often_it_is_held_back_from_outside() -> None:
    counting, hand = Counting(5_000), Hand()
    hand.takes_a_pause = True
    counting.flow_to(hand)
    while hand.pauses:
        hand.resume()
    assert len(hand.items) == 5_000


def test_a_drain_that_fails_stops_the_flow_and_what_it_was_given_is_refused() -> None:
    source, broken = Source(), Broken()
    source.flow_to(broken)
    source.push(1, 2, 3)
    source.push(4)
    said = {item: [each.said[:7] for each in answers] for item, answers in source.answers.items()}
    assert said == {1: ["confirm"], 2: ["refused"], 3: ["refused"], 4: ["refused"]}
    assert broken.reason is not None
    assert isinstance(broken.reason.failure, LookupError)


def test_a_drain_that_fails_at_what_has_waited_stops_the_flow_too() -> None:
    source, broken = Source(), Broken()
    for item in range(4):
        source.push(item)
    source.flow_to(broken)
    assert source.confirmed == [0]
    assert all(len(each) == 1 for each in source.answers.values())
    assert broken.reason is not None
    assert isinstance(broken.reason.failure, LookupError)


def test_a_drain_that_fails_after_it_has_stopped_is_told_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Worse(Drain):
        def receive(self, batch: Batch) -> None:
            self.stop(Reason("enough"))
            raise LookupError(batch.items)

    source, worse = Source(), Worse()
    source.flow_to(worse)
    source.push(1)
    assert str(worse.reason) == "enough"
    assert len(source.answers[1]) == 1
    assert "LookupError" in caplog.text


class Faulty(Fount):
    """Fails in what is asked of it."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def on_flow(self) -> None:
        if self._at == "flow":
            raise LookupError

    def on_stop(self, reason: Reason) -> None:
        if self._at == "stop":
            raise LookupError
        super().on_stop(reason)


@pytest.mark.parametrize("at", ["flow", "stop"])
def test_a_fount_that_fails_ends_with_that_failure(
    at: str, caplog: pytest.LogCaptureFixture
) -> None:
    faulty, hand = Faulty(at), Hand()
    faulty.flow_to(hand)
    hand.stop()
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, LookupError)
    assert caplog.messages == ["Faulty failed at stopping"] * (at == "stop")


def test_what_has_flowed_is_kept_by_nobody() -> None:
    class Thing:
        alive = 0

        def __init__(self) -> None:
            Thing.alive += 1

        def __del__(self) -> None:
            Thing.alive -= 1

    class Letting(Drain):
        def receive(self, batch: Batch) -> None:
            batch.settle()

    source = Source(receipts=False)
    source.flow_to(Letting())
    source.emit(Batch([Thing()]))
    assert Thing.alive == 0


def test_a_fount_is_called_by_its_name() -> None:
    source = Source()
    assert repr(source) == "Source"
    source.name = "lines"
    assert repr(source) == "lines"


def test_pauses_of_a_stopped_fount_may_be_let_go() -> None:
    source, hand = joined()
    pauses: list[Pause] = [source.pause(), source.pause()]
    source.stop()
    for each in pauses:
        each.resume()
    assert hand.reason is STOPPED


def test_what_flows_is_of_any_type_unless_it_is_said() -> None:
    assert (Fount.output, Drain.input) == (Any, Any)
