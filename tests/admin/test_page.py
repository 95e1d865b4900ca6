"""The console page in a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from piped.admin.site import ConsolePage
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from tests.browser import opened

pytestmark = pytest.mark.service("chromium")


@pytest.fixture
async def address() -> AsyncIterator[str]:
    prepare(asyncio.get_running_loop())
    environment = RuntimeEnvironment()
    environment.configure()
    page = ConsolePage("tcp:0:interface=127.0.0.1", [], environment)
    await settled(page.startService())
    yield f"http://127.0.0.1:{page._port.getHost().port}/"
    await settled(page.stopService())
    await shut_down()


# Draws, and says which boxes there are, and which of them a line goes through.
LOOK = """(nodes) => {
  draw(nodes);
  const boxes = [...document.querySelectorAll("#drawing g")].map((g) => {
    const {x, y, width, height} = g.querySelector("rect").getBBox();
    return {name: g.querySelector("text").textContent, x, y, width, height};
  });
  const crossed = new Set();
  for (const line of document.querySelectorAll("#drawing path"))
    for (let at = 0; at <= line.getTotalLength(); at++) {
      const point = line.getPointAtLength(at);
      for (const box of boxes)
        if (point.x > box.x + 1 && point.x < box.x + box.width - 1
            && point.y > box.y && point.y < box.y + box.height) crossed.add(box.name);
    }
  return {boxes, crossed: [...crossed]};
}"""


def node(name: str, *needs: str, ready: bool = True) -> dict[str, Any]:
    return {"name": name, "ready": ready, "needs": needs}


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [node("alone")],
        [node("a"), node("b", "a"), node("c", "b", "a")],
        [node("a"), node("b", "a"), node("c", "b"), node("d", "c", "b", "a"), node("e")],
        [node("index"), node("store"), node("list", "store"), node("site", "index", "list")],
        [node("turn", "back"), node("back", "turn")],
        [node("of what is not there", "gone")],
    ],
    ids=lambda nodes: " ".join(each["name"] for each in nodes),
)
async def test_no_line_goes_through_a_box(address: str, nodes: list[dict[str, Any]]) -> None:
    async with opened() as page:
        await page.goto(address)
        found = await page.evaluate(LOOK, nodes)
    assert sorted(box["name"] for box in found["boxes"]) == sorted(each["name"] for each in nodes)
    assert found["crossed"] == []


async def test_what_is_needed_stands_left_of_who_needs_it(address: str) -> None:
    nodes = [node("site", "list", "index"), node("list", "store"), node("store"), node("index")]
    async with opened() as page:
        await page.goto(address)
        found = await page.evaluate(LOOK, nodes)
    left = {box["name"]: box["x"] for box in found["boxes"]}
    assert left["store"] < left["list"] == left["index"] < left["site"]


async def test_a_narrow_window_is_not_made_wider_by_a_long_name(address: str) -> None:
    async with opened(viewport={"width": 400, "height": 800}) as page:
        await page.goto(address)
        state = json.loads(await page.evaluate("fetch('state').then((each) => each.text())"))
        state["file"] = "/srv/" + "long" * 30 + "/app.yaml"
        await page.evaluate("(state) => show(state)", state)
        assert await page.inner_text("text=app.yaml") == state["file"]
        assert await page.evaluate("document.documentElement.scrollWidth") == 400
