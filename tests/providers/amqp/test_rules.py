"""What becomes of a message, and how the broker is told: the rules, without a broker."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import BatonDropped, PipelineFull, ResourceLost
from piped.providers.amqp_tags import Tags
from piped.providers.amqp_verdict import Rules, Verdict, deliveries_of

FAILED = ValueError("no")


@pytest.mark.parametrize(
    ("rules", "failure", "deliveries", "verdict"),
    [
        (Rules(), FAILED, 1, Verdict.REQUEUE),
        (Rules(), FAILED, 99, Verdict.REQUEUE),
        (Rules(requeue=False), FAILED, 1, Verdict.REJECT),
        (Rules(max_deliveries=3), FAILED, 2, Verdict.REQUEUE),
        (Rules(max_deliveries=3), FAILED, 3, Verdict.REJECT),
        (Rules(max_deliveries=3), FAILED, 4, Verdict.REJECT),
        (Rules(nack_failure=False), FAILED, 1, Verdict.LEAVE),
        (Rules(nack_failure=False, ack_failure=True), FAILED, 1, Verdict.ACK),
        (Rules(requeue=False), BatonDropped("declared"), 1, Verdict.ACK),
        (Rules(ack_success=False), BatonDropped("declared"), 1, Verdict.LEAVE),
        (Rules(requeue=False), PipelineFull("no room"), 1, Verdict.REQUEUE),
        (Rules(max_deliveries=1), ResourceLost("gone"), 9, Verdict.REQUEUE),
        (Rules(requeue=False), asyncio.CancelledError(), 1, Verdict.REQUEUE),
    ],
)
def test_a_message_whose_run_ended_badly(
    rules: Rules, failure: BaseException, deliveries: int, verdict: Verdict
) -> None:
    assert rules.failed(failure, deliveries) is verdict


def test_a_message_whose_run_succeeded() -> None:
    assert Rules().succeeded is Verdict.ACK
    assert Rules(ack_success=False).succeeded is Verdict.LEAVE


def test_deliveries_are_counted_by_the_broker_if_it_does() -> None:
    assert deliveries_of(None, redelivered=False) == 1
    assert deliveries_of({}, redelivered=True) == 2
    assert deliveries_of({"x-delivery-count": 4}, redelivered=True) == 5
    assert deliveries_of({"x-delivery-count": "odd"}, redelivered=False) == 1


def test_what_ended_in_order_is_acknowledged_together() -> None:
    tags = Tags()
    assert tags.acknowledgements([1, 2, 3]) == [(3, True)]
    assert tags.acknowledgements([4]) == [(4, False)]
    assert tags.acknowledgements([]) == []


def test_one_that_takes_long_holds_none_back() -> None:
    tags = Tags()
    assert tags.acknowledgements([3, 2]) == [(2, False), (3, False)]
    assert tags.acknowledgements([1]) == [(1, False)]
    assert tags.acknowledgements([5, 4]) == [(5, True)]


def test_one_that_went_back_is_not_in_the_way() -> None:
    tags = Tags()
    tags.settled(1)
    assert tags.acknowledgements([2, 3]) == [(3, True)]


def test_when_one_is_left_to_somebody_else_each_is_acknowledged_alone() -> None:
    tags = Tags()
    assert tags.acknowledgements([1, 3]) == [(1, False), (3, False)]
    tags.left()
    tags.settled(2)
    assert tags.acknowledgements([5, 4]) == [(4, False), (5, False)]
    assert tags.acknowledgements([]) == []


@given(st.permutations(range(1, 30)), st.data())
def test_each_is_told_once_and_none_before_it_ended(order: list[int], data: st.DataObject) -> None:
    tags, outstanding = Tags(), set(order)
    ended: set[int] = set()
    while order:
        some = [order.pop(0) for _ in range(min(len(order), data.draw(st.integers(1, 5))))]
        if data.draw(st.integers(0, 4)) == 0:
            for tag in some:
                tags.settled(tag)
                outstanding.remove(tag)
            continue
        ended |= set(some)
        for tag, multiple in tags.acknowledgements(some):
            assert tag in outstanding
            meant = {each for each in outstanding if each <= tag} if multiple else {tag}
            assert meant <= ended
            outstanding -= meant
        assert not outstanding & ended
    assert not outstanding
