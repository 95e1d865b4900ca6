"""Take the pictures of the debugger that stand in `docs/`.

    python scripts/debugger_pictures.py

It opens a small shop that fails, and looks at it with a browser, as the tests do.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.async_api import Page, expect  # noqa: E402 - it is found now

from piped.clock import LoopClock  # noqa: E402
from piped.web.debugger.settings import Debug  # noqa: E402
from tests.browser import opened  # noqa: E402
from tests.web.debugger.world import PIPELINES, Shop, opened_shop  # noqa: E402

# What the pictures show of this machine.
FOLDER = Path("/tmp/teashop")  # noqa: S108 - nothing is read from there but what we write
SIZE = {"width": 1180, "height": 760}
CODE = (
    "order.items",
    "sorted(PRICES)",
    "order.items[1] = 'cake'",
    "for each in order.items:",
    "print(each, PRICES[each])",
    "",
)


def main() -> None:
    """Take all of them, light and dark."""
    FOLDER.mkdir(exist_ok=True)
    shutil.copy(ROOT / "tests/web/debugger/shop.py", FOLDER / "teashop.py")
    sys.path.insert(0, str(FOLDER))
    text = PIPELINES.replace("tests.web.debugger.shop", "teashop")
    try:
        for scheme in ("light", "dark"):
            asyncio.run(take_all(scheme, text))
    finally:
        shutil.rmtree(FOLDER)


async def take_all(scheme: str, text: str) -> None:
    """Open the shop, and take its pictures."""
    async with opened_shop(FOLDER, Debug(allow=["localhost"]), LoopClock(), text) as shop:
        await take(shop, scheme)


async def take(shop: Shop, scheme: str) -> None:
    """Those of one colour scheme."""
    async with opened(color_scheme=scheme, viewport=SIZE) as page:
        address = f"http://127.0.0.1:{shop.port}"
        for path in ("lambda", "lambda", "order?table=2", "order?table=4"):
            await page.goto(f"{address}/{path}")
        await page.locator(".value .name").first.wait_for()
        await shoot(page, "traceback", scheme)
        await page.keyboard.press("c")
        for line in CODE:
            await page.keyboard.type(line)
            await page.keyboard.press("Enter")
            await expect(page.locator(".prompt.busy")).to_have_count(0)
        await page.keyboard.type("order.")
        await page.keyboard.press("Tab")
        await page.locator(".candidates li").first.wait_for()
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await shoot(page, "console", scheme)
        await page.goto(f"{address}/__debug__/")
        await page.locator(".one").first.wait_for()
        await page.keyboard.press("j")
        await shoot(page, "list", scheme)


async def shoot(page: Page, name: str, scheme: str) -> None:
    """Take one."""
    await page.wait_for_timeout(1700)  # until what has changed looks like the rest
    await page.screenshot(path=ROOT / "docs" / "images" / f"debugger-{name}-{scheme}.png")


if __name__ == "__main__":
    main()
