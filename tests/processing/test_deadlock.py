"""Runs that wait for each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from piped.processing.deadlock import is_stuck


@dataclass(eq=False)
class Gate:
    under_way: list[Turn] = field(default_factory=list)


@dataclass(eq=False)
class Turn:
    below: list[Gate]


#   turns that are under way, by gate; of each the gates at which others wait that came of it
STUCK = {
    "a: a": True,
    "a: -": False,
    "a: a a": True,
    "a: a -": False,
    "a: b, b: -": False,
    "a: b, b: a": True,
    "a: b b, b: a -": False,
    "a: b b, b: a a": True,
    "a: b, b: b": True,
    "a: ab, b: -": True,
    "a: b, b: c, c: a": True,
    "a: b, b: c, c: -": False,
    "a: c, b: a, c: c": True,
    "a: -, b: a": False,
}


@pytest.mark.parametrize(("case", "stuck"), STUCK.items(), ids=STUCK)
def test_whether_the_first_gate_is_stuck(case: str, stuck: bool) -> None:
    gates = {name: Gate() for name in "abc"}
    for part in case.split(", "):
        name, turns = part.split(": ")
        for waits_at in turns.split():
            gates[name].under_way.append(Turn([gates[each] for each in waits_at.strip("-")]))
    assert is_stuck(gates["a"]) == stuck
