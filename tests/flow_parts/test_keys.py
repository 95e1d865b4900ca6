"""Parts that have several items under way, of each key one after the other."""

from __future__ import annotations

import pytest

from tests.flow_parts.keyed import Work
from tests.providers.database.databases import Running, until

from .hearing import Ear, flow_of

HOW = "parallel: 4, key: 'item: item[0]'"
WAYS = {
    "call": f"""
    through: {{call: {{function: tests.flow_parts.keyed.worked, {HOW}}}}}
    to: {{processor: heard}}
""",
    "pipeline": f"""
    through: {{pipeline: {{pipeline: work, {HOW}}}}}
    to: {{processor: heard}}
""",
    "processor": f"""
    to: {{processor: {{processor: pipeline.work, {HOW}}}}}
""",
}


@pytest.mark.parametrize("way", WAYS)
async def test_items_of_one_key_are_under_way_one_after_the_other(start: Running, way: str) -> None:
    work = Work.now = Work()
    text = f"""
plugins: {{bundles: {{mine: [tests.flow_parts.keyed]}}}}
pipelines: {{work: [work]}}
flows:
  it:
    from: {{iterate: tests.flow_parts.keyed.ITEMS}}
{WAYS[way]}
"""
    running = await start(text, heard=Ear())
    await until(lambda: len(work.under_way) == 2)
    assert work.under_way == [("a", 1), ("b", 1)], "one passes those of another key"
    work.gate.set()
    await until(lambda: flow_of(running, "it").flow.drains[0].is_done)
    assert work.most_of_a_key == 1
    for key, numbers in {"a": [1, 2, 3], "b": [1, 2]}.items():
        assert [number for other, number in work.begun if other == key] == numbers
