"""In which pipeline the caller is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from piped.interop import settled
from piped.observe.tracing import traced
from piped.processing.compiled import compiled
from piped.processing.plan import Plan, Step
from piped.processing.run import Running, start
from piped.processing.whereabouts import pipeline_here


def here(baton: list[Any]) -> list[Any]:
    baton.append(pipeline_here())
    return baton


async def here_later(baton: list[Any]) -> list[Any]:
    baton.append(pipeline_here())
    await asyncio.sleep(0)
    baton.append(pipeline_here())
    return baton


def burst(baton: list[Any]) -> list[Any]:
    raise ValueError(baton)


def walked(plan: Plan) -> Any:
    return lambda baton: start(plan, baton)


PLANS = {
    "plain": (Step("a", here),),
    "waits": (Step("a", here_later, (1,)), Step("b", here)),
    "fails": (Step("a", burst, (), (1,)), Step("b", here, (2,)), Step("c", here_later)),
    "fails later": (
        Step("a", here_later, (1,), (2,)),
        Step("b", burst),
        Step("c", here, (3,)),
        Step("d", here_later),
    ),
}


@pytest.mark.parametrize("engine", [compiled, walked])
@pytest.mark.parametrize("steps", PLANS.values(), ids=PLANS)
async def test_a_step_is_in_its_pipeline(engine: Any, steps: tuple[Step, ...]) -> None:
    [found] = await settled(engine(Plan("it's me", steps))([]))
    assert found
    assert set(found) == {"it's me"}


async def test_of_several_it_is_the_innermost() -> None:
    inner = compiled(Plan("inner", PLANS["waits"]))

    def run(baton: list[Any]) -> Running:
        return inner(baton)

    outer = compiled(Plan("outer", (Step("a", here, (1,)), Step("b", run))))
    [[found]] = await settled(outer([]))
    assert found == ["outer", "inner", "inner", "inner"]


def test_elsewhere_there_is_none() -> None:
    assert pipeline_here() is None


async def test_whoever_follows_a_run_makes_no_difference() -> None:
    from tests.observe.test_tracing import Lone

    found = await traced(Lone(Plan("followed", (Step("a", here),))), [])
    assert found.results == [["followed"]]
