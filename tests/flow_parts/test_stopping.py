"""Several flows of one process, and how they stop."""

from __future__ import annotations

import asyncio

import pytest

from piped.testing.clock import ManualClock
from tests.providers.database.databases import Running, until

from .hearing import Ear, flow_of

NUMBERS = "iterate: tests.flow_parts.iterables.numbers"
HANDING = """
flows:
  one: {from: [%s], to: {processor: %s}}
  other: {from: batons, to: {processor: heard}}
pipelines:
  hand: [feed-flow: {flow: other}]
"""


@pytest.mark.parametrize("taker", ["flow.other", "pipeline.hand"])
async def test_who_hands_items_to_another_flow_stops_before_it(start: Running, taker: str) -> None:
    ear = Ear()
    ear.gate.clear()
    running = await start(HANDING % (NUMBERS, taker), heard=ear)
    await until(lambda: flow_of(running, "other").flow.founts[0].passed)
    stopping = asyncio.ensure_future(running.stop())
    await until(lambda: not flow_of(running, "one").running)
    ear.gate.set()
    await stopping
    assert ear.got == [0, 1, 2]


async def test_flows_that_hand_items_to_one_another_in_a_circle_stop(start: Running) -> None:
    ear = Ear()
    running = await start(
        "flows: {a: {from: batons, to: {processor: flow.b}}, "
        "b: {from: batons, to: [{processor: heard}, {processor: flow.a}]}}",
        heard=ear,
    )
    await running.comes("flow.a")
    await running.stop()


async def test_flows_stop_at_once_and_not_one_after_the_other(start: Running) -> None:
    ear, clock = Ear(), ManualClock()
    ear.gate.clear()
    flow = f"{{from: [{NUMBERS}], to: {{processor: heard}}, stop_time: 5s}}"
    flows = ", ".join(f"{name}: {flow}" for name in "abc")
    running = await start(f"flows: {{{flows}}}", clock, heard=ear)
    await clock.settle()
    stopping = asyncio.ensure_future(running.stop())
    await clock.advance(6)
    await until(stopping.done)
    await stopping
