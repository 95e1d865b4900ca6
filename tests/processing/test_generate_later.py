"""The coroutine that goes on from where an output came later."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from piped.processing.compiled import compiled
from piped.processing.generate import written
from piped.processing.generate_later import written_later
from piped.processing.plan import Plan, Step
from tests.processing.engines import end_of


def add(name: str) -> Any:
    return lambda baton: baton + name


def add_later(name: str) -> Any:
    async def process(baton: str) -> str:
        await asyncio.sleep(0)
        return baton + name

    return process


#   letters stand for steps; a, b, d and f decide, and one in the way waits
WAYS = [(way, waits) for way in ("ab", "abc", "ade", "adf", "adfg") for waits in way[1:]]


@pytest.mark.parametrize("forks", [False, True])
@pytest.mark.parametrize(("way", "waits"), WAYS)
async def test_it_enters_a_branch_again_in_which_a_step_waits(
    way: str, waits: str, forks: bool
) -> None:
    """Without asking the decider again. It must not pass the branch over, and turn for ever."""
    asked = []

    def of(name: str) -> Any:
        return add_later(name) if name == waits else add(name)

    def decide(baton: str) -> tuple[int, ...]:
        asked.append(baton)
        following = way[len(baton) : len(baton) + 1]
        return tuple("abcdefg".index(each) for each in following)

    hands: dict[str, str] = {"a": "bd", "b": "c", "d": "ef", "f": "g"}
    steps = tuple(
        Step(
            name,
            of(name),
            tuple(map("abcdefg".index, hands.get(name, ""))),
            choose=decide if name in hands else None,
        )
        for name in "abcdefg"
    )
    sources = (0, 0) if forks else (0,)
    running = compiled(Plan("ways", steps, sources))("")
    assert not isinstance(running, list)
    assert await asyncio.wait_for(end_of(running), 5) == [way] * len(sources)
    deciding = [at for at, name in enumerate(way) if name in hands]
    assert asked == [way[: at + 1] for at in deciding] * len(sources)


async def test_it_goes_on_behind_a_failure_that_was_taken() -> None:
    def burst(baton: str) -> str:
        raise ValueError(baton)

    steps = (
        Step("a", add_later("a"), (1, 3)),
        Step("b", burst, (), (2,)),
        Step("x", add_later("x"), (4,)),
        Step("c", add_later("c"), (4,)),
        Step("z", add("z")),
    )
    assert await end_of(compiled(Plan("letters", steps))(".")) == [".axz", ".acz"]


def test_its_positions_are_those_of_the_other() -> None:
    steps = (
        Step("a", str, (1, 2), (3,), choose=lambda _: (1,)),
        Step("b", str, (2, 3)),
        Step("c", str, (0,), (3,), choose_on_error=lambda _: ()),
        Step("d", str),
    )
    plan = Plan("letters", steps, (0, 1))
    assert written_later(plan).positions == written(plan).positions


def test_it_passes_over_what_has_been() -> None:
    text = written_later(Plan("it", (Step("a", str, (1,)), Step("b", str)))).text
    calls = [each.strip() for each in text.splitlines() if "= p" in each]
    assert calls == [
        "if at < 0: at = 0; out = p0(v0)  # 'a'",
        "if at < 1: at = 1; out = p1(v0)  # 'b'",
    ]
