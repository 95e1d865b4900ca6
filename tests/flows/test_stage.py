"""What stands between."""

from __future__ import annotations

import pytest

from piped.exceptions import AlreadyFlowing
from piped.flows import END, STOPPED, Batch, Fount, Reason, Stage, only, series, tube
from piped.flows.series import joined as joined_parts

from .parts import Hand, Source


class Passing(Stage):
    def receive(self, batch: Batch) -> None:
        self.emit(batch)


def joined(stage: Stage) -> tuple[Source, Hand]:
    source, hand = Source(), Hand()
    source.flow_to(stage).flow_to(hand)
    return source, hand


def test_while_it_is_held_back_it_holds_back_what_flows_in() -> None:
    source, hand = Source(), Hand()
    onwards = source.flow_to(Passing())
    assert source.is_paused, "there is no drain yet"
    onwards.flow_to(hand)
    assert source.is_flowing
    hand.pause()
    assert source.is_paused
    hand.resume()
    assert source.is_flowing


def test_a_batch_on_its_way_when_a_pause_is_taken_is_still_taken() -> None:
    source, hand = joined(Passing())
    hand.takes_a_pause = True
    source.push(1)
    source.push(2)
    assert (hand.items, source.waiting) == ([1], 1)


def test_what_is_held_back_and_let_go_within_a_batch_flows_on() -> None:
    class Nodding(Hand):
        def take(self, batch: Batch) -> None:
            super().take(batch)
            self.pause()
            self.resume()

    source, hand = Source(), Nodding()
    source.flow_to(Passing()).flow_to(Passing()).flow_to(hand)
    for number in range(3):
        assert source.is_flowing
        source.push(number)
    assert hand.items == [0, 1, 2]


def test_stopped_it_stops_what_flows_in_and_ends_when_that_has_ended() -> None:
    class Slow(Source):
        def on_stop(self, reason: Reason) -> None:
            pass  # it ends later

    source, stage, hand = Slow(), Passing(), Hand()
    source.flow_to(stage).flow_to(hand)
    hand.stop()
    assert (source.stopped_by, hand.reason) == (STOPPED, None)
    source.end(STOPPED)
    assert hand.reason is STOPPED


def test_stopped_before_it_has_a_fount_it_ends_at_once_and_stops_one_that_comes() -> None:
    stage, hand, source = Passing(), Hand(), Source()
    stage.flow_to(hand)
    stage.stop()
    assert hand.reason is STOPPED
    source.flow_to(stage)
    assert source.stopped_by is STOPPED


def test_it_ends_for_the_reason_for_which_that_has_ended() -> None:
    source, hand = joined(Passing())
    reason = Reason("done")
    source.end(reason)
    assert hand.reason is reason


def test_it_has_one_fount() -> None:
    stage = Passing()
    Source().flow_to(stage)
    with pytest.raises(AlreadyFlowing):
        Source().flow_to(stage)


def test_a_stage_that_fails_at_handing_on_what_it_holds_ends_with_that_failure() -> None:
    class Holding(Passing):
        def finish(self, reason: Reason) -> None:
            raise LookupError(reason)

    source, hand = joined(Holding())
    source.end(END)
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, LookupError)


def test_a_stage_has_to_say_what_it_does_with_a_batch() -> None:
    source, hand = joined(Stage())
    source.push(1)
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, NotImplementedError)
    assert source.answers[1][0].failure is hand.reason.failure


def test_a_failure_far_behind_ends_all_with_that_failure_and_refuses_what_was_there() -> None:
    class Broken(Stage):
        def receive(self, batch: Batch) -> None:
            raise LookupError

    parts = series(str, lambda text: text, Broken, only(bool))
    source, hand = Source(), Hand()
    joined_parts([source, parts.make(), hand])
    source.push(1, 2)
    assert source.reason is not None
    assert isinstance(source.reason.failure, LookupError)
    assert hand.reason is source.reason
    assert [len(each) for each in source.answers.values()] == [1, 1]


def test_a_hundred_tubes_may_stand_behind_one_another() -> None:
    source, hand = Source(), Hand()
    last: Fount = source
    for _ in range(100):
        last = last.flow_to(tube(lambda number: number + 1).make())
    last.flow_to(hand)
    hand.takes_a_pause = True
    source.push(0, 1)
    source.push(2)
    hand.resume()
    assert hand.items == [100, 101, 102]
    hand.resume()
    hand.settle_all()
    source.end(END)
    assert hand.reason is END
    assert source.confirmed == [0, 1, 2]
