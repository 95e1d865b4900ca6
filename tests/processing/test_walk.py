"""The rules of a walk, tried one call at a time: no event loop, no processors."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from piped.processing.plan import Plan, Step
from piped.processing.walk import Walk

#   what is tried: (wiring, steps that fail, steps visited, results)
WALKS = {
    "a chain has one result": ("a: b, b: c", "", "a b c", ".abc"),
    "one branch is followed to its end first": ("a: b d, b: c", "", "a b c d", ".abc .ad"),
    "a join runs once per arrival": ("a: b c, b: d, c: d", "", "a b d c d", ".abd .acd"),
    "an error consumer gets its step's input": ("a: b, b: c !x", "c", "a b c x", ".ax"),
    "and has consumers of its own": ("a: b !x, x: y", "b", "a b x y", ".xy"),
    "all of them get it": ("a: b !x !y", "b", "a b x y", ".x .y"),
    "the nearest error consumer gets it": ("a: b !x, b: c !y", "c", "a b c y", ".ay"),
    "a step's own failure counts, too": ("a: !x", "a", "a x", ".x"),
    "which may fail too": ("a: b !x, b: !y", "b y", "a b y x", ".x"),
    "what an error consumer hands on may fail too": (
        "a: b !x, b: !y, y: z",
        "b z",
        "a b y z x",
        ".x",
    ),
    "then the walk goes on": ("a: b e, b: c d !x", "c", "a b c x e", ".ax .ae"),
    "results before a failure stay": ("a: b c !x", "c", "a b c x", ".ab .x"),
    "or ends, if there was none": ("a: b c", "b", "a b", ""),
    "a failure of another branch is not ours": ("a: b c, b: !x", "c", "a b c", ".ab"),
}


@pytest.mark.parametrize(("wiring", "failing", "visited", "results"), WALKS.values(), ids=WALKS)
def test_walk(wiring: str, failing: str, visited: str, results: str) -> None:
    walk = Walk(plan(wiring), ".")
    names = []
    while call := walk.due():
        names.append(call.step.name)
        if call.step.name not in failing.split():
            walk.returned(call.baton + call.step.name, call.step.consumers)
        elif walk.raised(ValueError()):
            break
    assert names == visited.split()
    assert walk.results == results.split()


def plan(wiring: str) -> Plan:
    """The plan for "a: b c !d, b: c", where a hands to b and c, or to d on failure."""
    hands = {
        name: to.split() for name, _, to in (each.partition(": ") for each in wiring.split(", "))
    }
    order = list(dict.fromkeys([*hands, *(to.strip("!") for tos in hands.values() for to in tos)]))

    def step(name: str) -> Step:
        to = hands.get(name, [])
        return Step(
            name,
            process=lambda baton: baton,
            consumers=tuple(order.index(each) for each in to if each[0] != "!"),
            error_consumers=tuple(order.index(each[1:]) for each in to if each[0] == "!"),
        )

    return Plan("under test", tuple(map(step, order)))


def test_every_source_gets_the_baton_in_order() -> None:
    walk = Walk(replace(plan("a: b, c: d"), sources=(0, 1)), ".")
    while call := walk.due():
        walk.returned(call.baton + call.step.name, call.step.consumers)
    assert walk.results == [".ab", ".cd"]


def test_a_plan_without_sources_gives_nothing() -> None:
    walk = Walk(Plan("empty", (), ()), ".")
    assert walk.due() is None
    assert walk.results == []


def test_a_failure_goes_along_with_all_that_follows_from_it_and_no_further() -> None:
    walk, burst = Walk(plan("a: b e, b: !x, x: y"), "."), ValueError("burst")
    failures = {}
    while call := walk.due():
        failures[call.step.name] = call.failure
        if call.step.name == "b":
            walk.raised(burst)
        else:
            walk.returned(".", call.step.consumers)
    assert failures == {"a": None, "b": None, "x": burst, "y": burst, "e": None}


def test_behind_a_nested_failure_the_outer_one_is_handled_again() -> None:
    walk = Walk(plan("a: !x, x: y z, y: !w"), ".")
    outer, inner = ValueError("outer"), ValueError("inner")
    failures = {}
    while call := walk.due():
        failures[call.step.name] = call.failure
        if call.step.name in "ay":
            walk.raised({"a": outer, "y": inner}[call.step.name])
        else:
            walk.returned(".", call.step.consumers)
    assert failures == {"a": None, "x": outer, "y": outer, "w": inner, "z": outer}


def test_a_failure_that_nobody_takes_is_given_back() -> None:
    walk, burst = Walk(plan("a: b"), "."), ValueError("burst")
    walk.due()
    assert walk.raised(burst) is burst
    assert walk.due() is None


def choosing(choice: Any) -> Plan:
    """a: b !x !y, where `choice` says which error consumers get the baton."""
    first, *others = plan("a: b !x !y").steps
    return Plan("choosing", (replace(first, choose_on_error=choice), *others))


def test_error_consumers_may_be_chosen_while_the_failure_is_handled() -> None:
    seen = []

    def choose(baton: Any) -> list[int]:
        seen.append((baton, sys.exception()))
        return [3]

    walk, burst = Walk(choosing(choose), "."), ValueError("burst")
    walk.due()
    assert walk.raised(burst) is None
    call = walk.due()
    assert call is not None
    assert call.step.name == "y"
    assert seen == [(".", burst)]


def test_if_none_is_chosen_the_failure_goes_on() -> None:
    walk, burst = Walk(choosing(lambda _: []), "."), ValueError("burst")
    walk.due()
    assert walk.raised(burst) is burst


def test_a_choice_that_fails_is_the_failure_from_then_on() -> None:
    other = LookupError("nobody")

    def choose(baton: Any) -> list[int]:
        raise other

    walk, burst = Walk(choosing(choose), "."), ValueError("burst")
    walk.due()
    assert walk.raised(burst) is other
    assert other.__context__ is burst


def test_a_loop_does_not_pile_up() -> None:
    walk = Walk(plan("a: b, b: a"), 0)
    for _ in range(1_000):
        call = walk.due()
        assert call is not None
        walk.returned(0, call.step.consumers)
    assert len(walk._stack) == 1


def test_questions_and_answers_take_turns() -> None:
    walk = Walk(plan("a: b"), 0)
    with pytest.raises(AssertionError, match="no call is under way"):
        walk.returned(0, ())
    walk.due()
    with pytest.raises(AssertionError, match="the last call has not ended"):
        walk.due()


def test_a_plan_can_be_printed() -> None:
    assert plan("a: b !x").text() == "under test: 0\n0 a -> 1 !2\n1 b -> -\n2 x -> -"
