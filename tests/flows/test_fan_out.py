"""One fount into many."""

from __future__ import annotations

import pytest

from piped.exceptions import AlreadyFlowing, ItemDropped
from piped.flows import END, FanOut, Reason, Split, Together
from piped.flows.receipt import refused

from .parts import Hand, Source


def together(number: int = 2) -> tuple[Source, list[Hand], Together]:
    source, out = Source(), Together()
    hands = [Hand() for _ in range(number)]
    source.flow_to(out)
    for each in hands:
        out.branch().flow_to(each)
    return source, hands, out


def split() -> tuple[Source, list[Hand], Split]:
    def choose(item: int) -> int:
        if item == 13:
            raise ItemDropped("unlucky")
        return item % 3

    source, out = Source(), Split(choose)
    hands = [Hand(), Hand()]
    source.flow_to(out)
    for each in hands:
        out.branch().flow_to(each)
    return source, hands, out


def test_each_item_goes_to_each_branch_and_is_answered_when_all_have_answered() -> None:
    source, hands, _ = together(3)
    source.push(1, 2)
    assert [each.items for each in hands] == [[1, 2]] * 3
    hands[0].settle()
    hands[1].settle()
    assert source.confirmed == []
    hands[2].settle(refused(LookupError()))
    assert [answer.badness for [answer] in source.answers.values()] == [2, 2]


def test_all_wait_for_the_slowest() -> None:
    source, [quick, slow], _ = together()
    slow.pause()
    assert source.is_paused
    quick.pause()
    quick.resume()
    assert source.is_paused
    slow.resume()
    assert source.is_flowing


def test_nothing_flows_before_each_branch_has_a_drain() -> None:
    source, out = Source(), Together()
    one, other = out.branch(), out.branch()
    source.flow_to(out)
    one.flow_to(Hand())
    assert source.is_paused
    other.flow_to(Hand())
    assert source.is_flowing


def test_the_end_reaches_all_branches_and_one_that_comes_after_it() -> None:
    source, hands, out = together()
    source.end(END)
    assert [each.reason for each in hands] == [END, END]
    late = Hand()
    out.branch().flow_to(late)
    assert late.reason is END


def test_a_branch_that_is_stopped_gets_no_more_and_holds_nobody_back() -> None:
    source, [stopped, other], _ = together()
    stopped.pause()
    stopped.stop(Reason("enough"))
    assert str(stopped.reason) == "enough"
    source.push(1)
    assert (stopped.items, other.items) == ([], [1])
    other.settle()
    assert source.confirmed == [1]


def test_when_no_branch_is_left_what_flows_in_is_stopped() -> None:
    source, [one, other], _ = together()
    one.stop(Reason("one"))
    other.stop(Reason("other"))
    assert str(source.reason) == str(other.reason) == "other"


def test_a_fount_that_comes_when_no_branch_is_left_is_stopped() -> None:
    out, hand, source = Together(), Hand(), Source()
    out.branch().flow_to(hand)
    hand.stop(Reason("enough"))
    source.push(1)
    source.flow_to(out)
    assert str(source.reason) == "enough"
    assert source.answers[1][0].badness == 2


def test_an_item_that_shares_its_receipt_is_answered_when_all_have_answered_for_all() -> None:
    source, hands, _ = together()
    receipt = source.receipt("both")
    receipt.hold()
    from piped.flows import Batch

    source.emit(Batch([1, 2], [receipt, receipt]))
    hands[0].settle()
    assert source.confirmed == []
    hands[1].settle()
    assert source.confirmed == ["both"]


def test_a_branch_that_fails_ends_and_the_others_go_on() -> None:
    class Broken(Hand):
        def take(self, batch: object) -> None:
            raise LookupError

    source, [hand], out = together(1)
    broken = Broken()
    out.branch().flow_to(broken)
    source.push(1)
    source.push(2)
    assert broken.reason is not None
    assert isinstance(broken.reason.failure, LookupError)
    assert hand.items == [1, 2]
    hand.settle_all()
    assert source.answers[1][0].badness == 2, "the worst answer wins"
    assert source.confirmed == [2]


def test_each_item_goes_to_the_branch_that_is_chosen() -> None:
    source, hands, _ = split()
    source.push(0, 1, 3, 4)
    assert [each.items for each in hands] == [[0, 3], [1, 4]]
    for each in hands:
        each.settle_all()
    assert source.confirmed == [0, 1, 3, 4]


def test_an_item_without_a_branch_is_refused_and_one_that_is_dropped_is_dropped() -> None:
    source, [hand, _], _ = split()
    source.push(2, 0, 13)
    hand.settle()
    badness = {item: answer.badness for item, [answer] in source.answers.items()}
    assert badness == {2: 2, 0: 0, 13: 1}


def test_of_an_item_without_a_branch_and_a_receipt_the_log_tells(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source, out = Source(receipts=False), Split(lambda item: item)
    source.flow_to(out)
    source.push(7)
    assert "split has refused 1 so far, now for IndexError" in caplog.text


def test_what_is_for_a_stopped_branch_is_refused() -> None:
    source, [stopped, other], _ = split()
    stopped.stop()
    source.push(0, 1)
    other.settle()
    assert (source.answers[0][0].badness, source.confirmed) == (2, [1])


def test_it_has_one_fount_and_has_to_say_who_gets_what() -> None:
    source, hands, out = together()
    with pytest.raises(AlreadyFlowing, match="together has a fount already"):
        Source().flow_to(out)
    raw = FanOut()
    assert repr(raw) == "FanOut"
    source = Source()
    hand = hands[0] = Hand()
    raw.branch().flow_to(hand)
    source.flow_to(raw)
    source.push(1)
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, NotImplementedError)


def test_stopped_after_the_end_nothing_happens() -> None:
    source, [one, other], _ = together()
    source.push(1)
    source.end(END)
    one.stop()
    other.stop()
    assert (one.reason, other.reason) == (END, END)
    assert source.stopped_by is None
