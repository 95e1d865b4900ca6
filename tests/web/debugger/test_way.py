"""The way of the baton to the step that failed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

import pytest

from piped.interop import settled
from piped.processing.emitting import begun, with_emissions
from piped.processing.plan import Plan, Step
from piped.processing.run import run
from piped.web.debugger.way import drawn, steps_of, way_to


def plan(wiring: str, sources: tuple[int, ...] = (0,)) -> Plan:
    """The plan for "a: b !c, b:", where a hands to b, or to c on failure."""
    hands = {
        name: to.split() for name, _, to in (each.partition(":") for each in wiring.split(", "))
    }
    order = list(dict.fromkeys([*hands, *(to.strip("!") for tos in hands.values() for to in tos)]))

    def burst(baton: object) -> object:
        raise ValueError(baton)

    def step(name: str) -> Step:
        to = hands.get(name, [])
        return Step(
            name,
            burst if name == "bad" else lambda baton: baton,
            tuple(order.index(each) for each in to if each[0] != "!"),
            tuple(order.index(each[1:]) for each in to if each[0] == "!"),
        )

    return Plan("it", tuple(map(step, order)), sources)


@pytest.mark.parametrize(
    ("wiring", "sources", "way"),
    [
        ("a: b, b: bad", (0,), "a b bad"),
        ("a: b x, b: bad y", (0,), "a b bad"),
        ("bad: x", (0,), "bad"),
        ("a: !bad", (0,), "a bad"),
        # By two ways: which of them it was, nobody knows.
        ("a: b c, b: bad, c: bad", (0,), "bad"),
        ("a: b, b: a bad", (0,), "bad"),
        ("a: b, b: bad, c: a", (0, 2), "bad"),
        # Its source is one that somebody hands to, too.
        ("a: b, b: bad", (0, 1), "bad"),
    ],
)
def test_the_way_is_known_where_there_is_only_one(
    wiring: str, sources: tuple[int, ...], way: str
) -> None:
    of = plan(wiring, sources)
    assert [of.steps[at].name for at in way_to(of, "bad")] == way.split()
    assert way_to(of, "nothing") == []


async def test_it_is_drawn_from_the_note_on_the_failure() -> None:
    with pytest.raises(ValueError, match="baton") as caught:
        await run(plan("a: b x, b: bad y"), "baton")
    [note] = steps_of(caught.value)
    picture = drawn(note)
    ET.fromstring(picture)
    classes = {name: kind for kind, name in re.findall(r'<g class="([^"]*)"><title>(\w+)', picture)}
    assert classes == {
        "a": "source way",
        "b": "step way",
        "bad": "sink way failed",
        "x": "sink",
        "y": "sink",
    }
    assert picture.count('class="edge way"') == 2
    assert "<style>" not in picture


async def test_of_a_long_pipeline_only_the_way_is_drawn() -> None:
    links = [f"s{at}: s{at + 1} t{at}" for at in range(100)]
    with pytest.raises(ValueError, match="baton") as caught:
        await run(plan(", ".join([*links, "s100: bad"])), "baton")
    [note] = steps_of(caught.value)
    picture = drawn(note)
    assert picture.count("<title>") < 90
    assert "more steps" in picture
    assert "failed" in picture


def test_an_exception_may_have_anything_for_notes() -> None:
    failure = ValueError()
    assert steps_of(failure) == ()
    failure.__notes__ = 3  # type: ignore[assignment]
    assert steps_of(failure) == ()
    failure.__notes__ = [3, "in step 'a' of pipeline 'b'"]  # type: ignore[list-item]
    assert steps_of(failure) == ()


async def test_a_step_that_emits_is_drawn_as_one() -> None:
    def burst(baton: object) -> object:
        raise ValueError(baton)

    class Each:
        async def process(self, baton: list[str]) -> AsyncIterator[str]:
            for each in baton:
                yield each

    steps = (Step("a", str.split, (1,)), Step("b", Each().process, (2,)), Step("bad", burst))
    with pytest.raises(ValueError, match="x") as caught:
        await settled(begun(with_emissions(Plan("it", steps), [None, Each(), None]), "x y"))
    [note] = steps_of(caught.value)
    picture = drawn(note)
    classes = re.findall(r'<g class="([^"]*)"><title>(\w+)', picture)
    assert [kind for kind, _ in classes] == ["source way", "step way", "sink way failed"]
