"""What there is to see of a flow."""

from __future__ import annotations

from piped.flows import Flow, merge, parallel, series, tube
from piped.flows.drain import Discard
from piped.flows.seen import Seen, seen

from .parts import Hand, Source


def named(flow: Flow) -> dict[str, Seen]:
    return {each.name: each for each in seen(flow)}


@tube
def same(item: int) -> int:
    return item


@tube
def fussy(item: int) -> int:
    if item < 0:
        raise ValueError(item)
    return item


def flowing() -> tuple[Source, Hand, Flow]:
    source, hand = Source(), Hand()
    source.name, hand.name = "source", "hand"
    flow = Flow(source, same, fussy, hand)
    flow.start()
    return source, hand, flow


def test_each_part_is_seen_in_order_with_what_it_flows_into() -> None:
    *_, flow = flowing()
    assert [(each.name, each.kind, each.into) for each in seen(flow)] == [
        ("source", "fount", (1,)),
        ("same", "tube", (2,)),
        ("fussy", "tube", (3,)),
        ("hand", "drain", ()),
    ]


def test_what_has_passed_and_what_was_refused_is_counted() -> None:
    source, hand, flow = flowing()
    source.push(1, 2, -3)
    hand.received = len(hand.items)
    parts = named(flow)
    assert (parts["source"].passed, parts["fussy"].passed, parts["hand"].passed) == (3, 2, 2)
    assert parts["fussy"].refused == 1


def test_who_holds_back_is_the_last_one_that_is_not_held_back_itself() -> None:
    source, hand, flow = flowing()
    assert not any(each.is_paused or each.holds_back for each in seen(flow))
    hand.pause()
    source.push(1)
    parts = named(flow)
    assert [name for name, each in parts.items() if each.is_paused] == ["source", "same", "fussy"]
    assert [name for name, each in parts.items() if each.holds_back] == ["hand"]
    assert parts["source"].waiting == 1


def test_nobody_is_held_back_who_has_ended() -> None:
    source, hand, flow = flowing()
    hand.pause()
    flow.stop()
    hand.resume()
    assert not any(each.is_paused or each.holds_back for each in seen(flow))
    assert source.is_over


def test_branches_are_seen_one_behind_the_other() -> None:
    one, other, last = Source(), Source(), Hand()
    one.name, other.name, last.name = "one", "other", "last"
    branches = parallel(series(same, fussy), fussy, series(same, same, Hand()), same)
    flow = Flow(merge(one, other), branches, last)
    flow.start()
    assert [each.name for each in seen(flow)] == [
        *("one", "other", "merged", "together"),
        *("same", "fussy"),
        "fussy",
        *("same", "same", "hand"),
        *("same", "merged", "last"),
    ]


def test_a_tube_whose_items_end_there_is_a_drain() -> None:
    source = Source()
    flow = Flow(source, same, Discard())
    flow.start()
    assert [(each.name, each.kind) for each in seen(flow)] == [
        ("source", "fount"),
        ("same", "drain"),
    ]


def test_branches_are_seen_through() -> None:
    source, hand = Source(), Hand()
    source.name, hand.name = "source", "hand"
    flow = Flow(source, parallel(same, fussy), hand)
    flow.start()
    into = {each.name: [seen(flow)[at].name for at in each.into] for each in seen(flow)}
    assert into == {
        "source": ["together"],
        "together": ["same", "fussy"],
        "same": ["merged"],
        "fussy": ["merged"],
        "merged": ["hand"],
        "hand": [],
    }
    hand.pause()
    assert [each.name for each in seen(flow) if each.holds_back] == ["hand"]
