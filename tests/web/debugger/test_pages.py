"""The pages in a real browser, with real keys and clicks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from piped.clock import LoopClock
from piped.web.debugger.settings import Debug
from tests.browser import opened
from tests.web.debugger.world import Shop, opened_shop

pytestmark = [pytest.mark.service("chromium"), pytest.mark.timeout(120)]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened_shop(tmp_path, Debug(allow=["localhost"]), LoopClock()) as shop:
        yield shop


@pytest.fixture
async def page(shop: Shop) -> AsyncIterator[Page]:
    """A browser on the page of a failure."""
    async with opened() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(f"http://127.0.0.1:{shop.port}/order?table=4")
        await expect(page.locator(".frame details[open] .value").first).to_be_visible()
        yield page
        # The browser says that the page itself is a 500, and may say nothing else: no file is
        # missing, and nothing is against the policy.
        # What a call is refused is told to who made it.
        assert [each for each in complaints if not each.startswith("Failed to load")] == []


def value(page: Page, name: str) -> str:
    """What finds the text of a local."""
    return f'.frame details[open] .value:has(.name:text-matches("^{name}")) .said-value'


async def evaluated(page: Page, code: str) -> str:
    """What the console says to `code`, typed by hand."""
    transcript = page.locator(".frame details[open] .transcript > li")
    before = await transcript.count()
    await page.keyboard.type(code)
    await page.keyboard.press("Enter")
    await expect(transcript).to_have_count(before + 1)
    await expect(page.locator(".prompt.busy")).to_have_count(0)
    return await transcript.last.inner_text()


async def test_a_failure_is_looked_into_and_the_baton_changed(shop: Shop, page: Page) -> None:
    await expect(page).to_have_title(re.compile("^web.Server Traceback: KeyError: 'scone'"))
    await expect(page.locator("h1")).to_have_text("KeyError")
    # The innermost frame of ours is open; another one is opened by a click.
    await expect(page.locator("summary:focus .function")).to_have_text("total")
    await expect(page.locator(value(page, "item"))).to_have_text("'scone'")
    outer = page.locator(".frame.yours").first
    await outer.locator("summary").first.click()
    await expect(outer.locator(".value .name").first).to_be_visible()
    await outer.locator("summary").first.click()

    await page.locator(".prompt textarea:visible").click()
    assert await evaluated(page, "item") == ">>> item\n'scone'"
    await evaluated(page, "order.items.append('cake'); baton['more'] = 1")
    order = page.locator(value(page, "order"))
    await expect(order).to_contain_text("'cake'")
    await expect(
        page.locator(".value.changed", has=page.locator(".name", has_text="order"))
    ).to_have_count(1)
    assert shop.batons[0]["order"].items == ["tea", "scone", "cake"]
    assert shop.batons[0]["more"] == 1

    # It is still so when the page is loaded again.
    await page.goto(f"http://127.0.0.1:{shop.port}/__debug__/")
    await page.locator(".one a").first.click()
    await expect(page.locator(value(page, "order"))).to_contain_text("'cake'")
    await expect(page.locator(".transcript > li")).to_have_count(2)


async def test_the_console_is_worked_with_keys(page: Page) -> None:
    await page.keyboard.press("c")
    area = page.locator(".prompt textarea:visible")
    await expect(area).to_be_focused()
    # One candidate is taken, several are listed.
    await page.keyboard.type("order.vou")
    await page.keyboard.press("Tab")
    await expect(area).to_have_value("order.voucher")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("baton['")
    await page.keyboard.press("Tab")
    await expect(page.locator(".candidates li:visible")).to_have_count(2)
    await page.keyboard.press("Tab")
    await expect(page.locator(".candidates [aria-selected=true]")).to_contain_text("request")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(area).to_have_value("baton['order']")
    assert "customer='Ada'" in await evaluated(page, ".customer and baton['order']")
    # A block ends with an empty line.
    await page.keyboard.type("for each in order.items:")
    await page.keyboard.press("Enter")
    await expect(area).to_have_value("for each in order.items:\n    ")
    await page.keyboard.type("print(each)")
    await page.keyboard.press("Enter")
    await expect(area).to_have_value("for each in order.items:\n    print(each)\n    ")
    assert (await evaluated(page, "")).endswith("tea\nscone")
    # What was there before comes back, and what was being written is not lost.
    await page.keyboard.type("draft")
    await page.keyboard.press("ArrowUp")
    await expect(area).to_have_value(re.compile("^for each"))
    await page.keyboard.press("Home")
    for _ in range(2):
        await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(area).to_have_value("baton['order'].customer and baton['order']")
    await page.keyboard.press("ArrowDown")
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await expect(area).to_have_value("draft")
    await page.keyboard.press("Escape")
    await expect(page.locator("summary:focus .function")).to_have_text("total")


async def test_await_and_failures_are_shown(page: Page) -> None:
    await page.keyboard.press("c")
    await evaluated(page, "import asyncio")
    assert (await evaluated(page, "await asyncio.sleep(0, 'slept')")).endswith("'slept'")
    assert (await evaluated(page, "1 / 0")).endswith("ZeroDivisionError: division by zero")
    await expect(page.locator(".transcript .error")).to_have_count(1)


async def test_frames_are_walked_with_keys(page: Page) -> None:
    focused = page.locator("summary:focus")
    await page.keyboard.press("k")
    await expect(focused).to_contain_text("<lambda>")
    await page.keyboard.press("Enter")
    await expect(page.locator(".frame.yours details[open]")).to_have_count(2)
    await page.keyboard.press("ArrowUp")
    await expect(focused).to_contain_text("frames of piped")
    inner = page.locator(".fold .frame:visible")
    await expect(inner).to_have_count(0)
    await page.keyboard.press("e")
    assert await inner.count() > 5
    await page.keyboard.press("e")
    await expect(inner).to_have_count(0)
    await page.keyboard.press("j")
    await expect(focused).to_contain_text("<lambda>")
    await page.keyboard.press("?")
    await expect(page.locator("dialog")).to_contain_text("to the next frame")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.keyboard.press("/")
    await page.keyboard.type("request")
    await expect(
        page.locator(".frame details[open] .rows > li:visible .name").first
    ).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("l")
    await expect(page.locator("h1")).to_have_text("Failures")


async def test_values_are_opened(page: Page) -> None:
    order = page.locator(
        ".frame details[open] .rows > li", has=page.locator(".name", has_text=re.compile("^order"))
    )
    await order.locator("summary").first.click()
    await expect(order.locator(".rows .name")).to_have_count(3)
    items = order.locator(".rows li", has=page.locator(".name", has_text=".items"))
    await items.locator("summary").first.click()
    await expect(items.locator(".rows .said-value")).to_have_text(["'tea'", "'scone'"])


async def test_the_list_is_filtered_and_let_go_of(shop: Shop, page: Page) -> None:
    await shop.fail("/lambda")
    for _ in range(2):
        await shop.fail("/order")
    await page.goto(f"http://127.0.0.1:{shop.port}/__debug__/")
    cards = page.locator(".kind-card:visible")
    await expect(cards).to_have_count(2)
    await expect(cards.first.locator(".times")).to_have_text("3 times")
    await page.keyboard.press("/")
    await page.keyboard.type("eval-lambda")
    await expect(cards).to_have_count(1)
    await expect(page.locator("#count")).to_have_text("1 of 2 kinds")
    await page.keyboard.press("Escape")
    await expect(page.locator(".one a:focus")).to_have_text("GET /lambda")
    await page.keyboard.press("x")
    await expect(cards).to_have_count(0)
    await expect(page.locator("#count")).to_have_text("0 of 1 kinds")
    await page.locator("#filter").fill("")
    await expect(cards).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await expect(page.locator(".one a:focus")).to_have_text("GET /order")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("KeyError")


async def test_who_comes_too_late_is_told(shop: Shop, page: Page) -> None:
    shop.debugger._store.clear()
    await page.keyboard.press("c")
    await page.keyboard.type("item")
    await page.keyboard.press("Enter")
    await expect(page.locator("#said")).to_have_text("This failure is not held any more.")
    await expect(page.locator(".prompt textarea:visible")).to_have_value("item")


async def test_another_site_cannot_ask_for_anything(shop: Shop) -> None:
    token = (await shop.fail()).fact("token")
    async with opened() as page:
        # The same port under a name that is not the page's: another origin, that has the token.
        await page.goto(f"http://localhost:{shop.port}/__debug__/")
        asked = await page.evaluate(
            """async ([address, token]) => {
                try {
                    const headers = { "content-type": "application/json" };
                    headers["x-piped-debugger"] = token;
                    return (await fetch(address, { method: "POST", headers, body: "{}" })).status;
                } catch (error) { return error.name; }
            }""",
            [f"http://127.0.0.1:{shop.port}/__debug__/list", token],
        )
    assert asked == "TypeError"
