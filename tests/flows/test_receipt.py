"""What its originator learns of an item."""

from __future__ import annotations

import pickle

import pytest

from piped.exceptions import AlreadyAnswered, BatonDropped, ItemDropped
from piped.flows import CONFIRMED, Answer, Receipt
from piped.flows.reason import STOPPED
from piped.flows.receipt import answer_to, dropped, joint, refused, settle, unfinished

REFUSED = refused(ValueError("full"))
DROPPED = dropped(ItemDropped("old"))
UNFINISHED = unfinished(STOPPED)


def told() -> tuple[list[Answer], Receipt]:
    answers: list[Answer] = []
    return answers, Receipt(answers.append)


def test_a_receipt_is_answered_when_all_of_its_items_are() -> None:
    answers, receipt = told()
    receipt.hold(2)
    receipt.settle()
    receipt.settle()
    assert answers == []
    assert not receipt.is_answered
    receipt.settle()
    assert answers == [CONFIRMED]
    assert receipt.is_answered


@pytest.mark.parametrize(
    ("one", "other", "worst"),
    [
        (CONFIRMED, DROPPED, DROPPED),
        (DROPPED, CONFIRMED, DROPPED),
        (REFUSED, DROPPED, REFUSED),
        (DROPPED, REFUSED, REFUSED),
        (CONFIRMED, CONFIRMED, CONFIRMED),
        (REFUSED, UNFINISHED, UNFINISHED),
        (UNFINISHED, REFUSED, UNFINISHED),
    ],
)
def test_of_several_answers_the_worst_wins(one: Answer, other: Answer, worst: Answer) -> None:
    answers, receipt = told()
    receipt.hold()
    receipt.settle(one)
    receipt.settle(other)
    assert answers == [worst]


def test_an_item_that_is_answered_twice_is_a_fault() -> None:
    answers, receipt = told()
    receipt.settle()
    with pytest.raises(AlreadyAnswered, match="answered twice: confirmed"):
        receipt.settle()
    with pytest.raises(AlreadyAnswered, match="cannot be held"):
        receipt.hold()
    assert answers == [CONFIRMED]


def test_a_joint_receipt_answers_for_all_that_it_stands_for() -> None:
    one, first = told()
    other, second = told()
    both = joint([first, second, second])
    second.hold()
    assert both is not None
    both.settle(REFUSED)
    assert one == other == [REFUSED]


@pytest.mark.parametrize("none", [None, []])
def test_nobody_stands_for_nobody(none: list[Receipt] | None) -> None:
    assert joint(none) is None
    settle(none)


def test_one_answer_settles_receipts_that_are_shared() -> None:
    one, shared = told()
    other, own = told()
    shared.hold()
    settle([shared, own, shared], DROPPED)
    assert one == other == [DROPPED]


def test_the_receipt_of_a_broken_part_is_given_up_and_what_comes_later_does_not_count() -> None:
    answers, receipt = told()
    receipt.hold(2)
    receipt.settle()
    receipt.give_up(REFUSED)
    receipt.give_up(DROPPED)
    receipt.hold()
    receipt.settle()
    assert answers == [REFUSED]


def test_who_fails_at_being_told_harms_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    def broken(answer: Answer) -> None:
        raise RuntimeError("cannot hear")

    answers, receipt = told()
    settle([Receipt(broken), receipt])
    assert answers == [CONFIRMED]
    assert "failed at it" in caplog.text
    assert "cannot hear" in caplog.text


def test_a_fault_of_a_part_is_not_taken_for_one_of_who_is_told() -> None:
    _, receipt = told()
    both = joint([receipt])
    receipt.settle()
    assert both is not None
    with pytest.raises(AlreadyAnswered):
        both.settle()


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ItemDropped("old"), "dropped"),
        (BatonDropped("old"), "dropped"),
        (ValueError("old"), "refused"),
    ],
)
def test_a_failure_says_whether_the_item_was_dropped_as_declared(
    failure: Exception, said: str
) -> None:
    answer = answer_to(failure)
    assert answer.said.startswith(said)
    assert answer.said.endswith("old")
    assert not answer.is_confirmed
    with pytest.raises(type(failure)):
        answer.check()


def test_what_is_confirmed_raises_nothing() -> None:
    assert CONFIRMED.is_confirmed
    CONFIRMED.check()


def test_answers_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(CONFIRMED)) is CONFIRMED
    answer = pickle.loads(pickle.dumps(refused(ValueError("no"))))
    assert (answer.badness, answer.said, str(answer.failure)) == (2, "refused: no", "no")
