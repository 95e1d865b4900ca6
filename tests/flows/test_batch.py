"""Items that travel together."""

from __future__ import annotations

from typing import Any

from piped.flows import CONFIRMED, Answer, Batch, Receipt
from piped.flows.batch import batch_of, concatenated
from piped.flows.receipt import refused

REFUSED = refused(ValueError("full"))


def with_receipts(*items: Any) -> tuple[dict[Any, list[Answer]], Batch]:
    answers: dict[Any, list[Answer]] = {item: [] for item in items}
    return answers, Batch(list(items), [Receipt(answers[item].append) for item in items])


def test_a_batch_answers_for_all_of_its_items() -> None:
    answers, batch = with_receipts(1, 2)
    batch.settle(REFUSED)
    assert answers == {1: [REFUSED], 2: [REFUSED]}
    Batch([1]).settle()


def test_a_part_of_a_batch_keeps_its_receipts() -> None:
    answers, batch = with_receipts(1, 2, 3)
    batch.part(1).settle()
    assert answers == {1: [], 2: [CONFIRMED], 3: [CONFIRMED]}
    assert Batch([1, 2, 3]).part(0, 2).items == [1, 2]


def test_of_items_with_and_without_receipts_each_has_one_in_a_batch() -> None:
    answers, batch = with_receipts(1)
    mixed = batch_of([*batch.pairs(), (2, None)])
    assert mixed.receipts is not None
    assert len(mixed.receipts) == 2
    mixed.settle()
    assert answers == {1: [CONFIRMED]}
    assert batch_of([(1, None), (2, None)]).receipts is None


def test_batches_are_put_together_in_order() -> None:
    answers, batch = with_receipts(1, 2)
    whole = concatenated([batch, Batch([3]), Batch([4, 5])])
    assert whole.items == [1, 2, 3, 4, 5]
    whole.settle()
    assert answers == {1: [CONFIRMED], 2: [CONFIRMED]}
    assert concatenated([batch]) is batch
    assert concatenated([Batch([1]), Batch([2])]).receipts is None


def test_a_batch_that_is_given_up_is_answered_for_what_is_left_of_it() -> None:
    answers, batch = with_receipts(1, 2)
    batch.part(0, 1).settle()
    batch.give_up(REFUSED)
    assert answers == {1: [CONFIRMED], 2: [REFUSED]}
    Batch([1]).give_up(REFUSED)


def test_a_batch_says_how_many_it_has() -> None:
    _, batch = with_receipts(1, 2)
    assert repr(batch) == "<Batch of 2, with receipts>"
    assert repr(Batch([1])) == "<Batch of 1>"
    assert len(batch) == 2
