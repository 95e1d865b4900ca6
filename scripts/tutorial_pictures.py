"""Take the pictures that stand in the tutorial.

    python scripts/tutorial_pictures.py

It does what the tutorial's reader does, as the tests do, and looks at it with a browser.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.async_api import Page, expect  # noqa: E402 - it is found now

from tests.browser import opened  # noqa: E402
from tests.tutorial.reader import FEED, FEED_SERVER, PB, TRACING, WEB, Reader  # noqa: E402

CONNECTED = "pb.client.tutorial is connected"
# Where this machine has its programs is nobody's business.
SHORTEN = r"""for (const each of document.querySelectorAll(".folder"))
    each.textContent = each.textContent.replace(/^.*\/(site-packages|src)\//, "…/")"""

SHORTEN_ALL = r"""const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode())
    walker.currentNode.data = walker.currentNode.data.replace(/"\/[^"]*\/(?=[^"/]+")/, '"…/')"""
STATUSES = (
    "Good morning, #world",
    "The #difference #engine counts again",
    "Drew a plan of the next #engine",
    "It eats cards. So does the #engine of the loom!",
)


def main() -> None:
    """Take all of them."""
    for steps in (listing, traceback, drawings, tracing, feed):
        with tempfile.TemporaryDirectory() as folder, Reader(Path(folder)) as reader:
            asyncio.run(steps(reader))


async def listing(reader: Reader) -> None:
    """The folder of the first step."""
    reader.turn_to("2_pipeline")
    reader.serves_again(WEB)
    async with opened(viewport={"width": 760, "height": 300}) as page:
        await page.goto(f"http://localhost:{reader.web}/")
        await shoot(page, "listing")


async def traceback(reader: Reader) -> None:
    """The failure of the fourth."""
    reader.turn_to("4_communicating")
    step = ROOT / "examples" / "tutorial" / "4_communicating"
    shutil.copy(step / "pb-server.yaml", reader.folder)
    shutil.copy(step / "tutorial_allow.yaml", reader.folder / "tutorial.yaml")
    reader.start_again(PB)
    reader.start_again(f"PYTHONPATH=. {WEB}").wait_until_it_says(CONNECTED)
    async with opened(viewport={"width": 1180, "height": 980}) as page:
        await page.goto(f"http://localhost:{reader.web}/")
        await page.locator(".value .name").first.wait_for()
        await page.keyboard.press("c")
        for code in ("self.method", "sorted(baton)"):
            await page.keyboard.type(code)
            await page.keyboard.press("Enter")
            await expect(page.locator(".prompt.busy")).to_have_count(0)
        await page.evaluate(SHORTEN)
        await page.evaluate("scrollTo(0, 0)")
        await shoot(page, "traceback")


async def drawings(reader: Reader) -> None:
    """Those of the fifth: the second while the other server is away."""
    reader.turn_to("6_testing")
    pb = reader.start_again(PB)
    web = reader.start_again(WEB)
    web.wait_until_it_says(CONNECTED)
    for _ in range(20):
        reader.gets("/")
        reader.gets("/pipelines")
    async with opened(viewport={"width": 700, "height": 330}) as page:
        await page.goto(f"http://localhost:{reader.web}/pipelines")
        await shoot(page, "pipelines")
    pb.interrupt()
    web.wait_until_it_says("the connection is lost")
    async with opened(viewport={"width": 2180, "height": 490}, device_scale_factor=0.6) as page:
        await page.goto(f"http://localhost:{reader.web}/dependencies")
        await shoot(page, "dependencies")


async def tracing(reader: Reader) -> None:
    """A run that is followed: the seventh."""
    for file in (ROOT / "examples" / "tracing").glob("*.yaml"):
        shutil.copy(file, reader.folder)
    reader.serves_again(TRACING)
    async with opened(viewport={"width": 1180, "height": 900}) as page:
        await page.goto(f"http://localhost:{reader.web}/")
        await page.fill("#pipeline", "test")
        await page.fill("#baton", "{}")
        await page.click("form button")
        await page.focus("#baton_5")
        await page.keyboard.press("Enter")
        await page.evaluate(SHORTEN_ALL)
        await shoot(page, "tracing")


async def feed(reader: Reader) -> None:
    """Statuses that have come: the ninth."""
    step = ROOT / "examples" / "tutorial" / "9_integration"
    shutil.copytree(step, reader.folder, dirs_exist_ok=True)
    reader.variables["PYTHONPATH"] = "."
    reader.serves_again(FEED_SERVER)
    reader.serves_again(FEED)
    async with opened(viewport={"width": 720, "height": 420}) as page:
        await page.goto(f"http://localhost:{reader.web}/")
        await page.click("#login")
        await page.fill("[name=user]", "ada")
        await page.click("text=Allow")
        for number, text in enumerate(STATUSES, 1):
            await page.fill("[name=text]", text)
            await page.click("text=Publish")
            await expect(page.locator("li")).to_have_count(number)
        await shoot(page, "feed")


async def shoot(page: Page, name: str) -> None:
    """Take one."""
    await page.wait_for_timeout(1700)  # until what has changed looks like the rest
    await page.screenshot(path=ROOT / "docs" / "images" / f"tutorial-{name}.png")


if __name__ == "__main__":
    main()
