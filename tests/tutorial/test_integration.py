"""What the tutorial's ninth page tells: a feed is followed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import opened
from tests.tutorial.feeds import Feeds, feeds
from tests.tutorial.reader import FEED, FEED_SERVER, Process, Reader

pytestmark = [pytest.mark.timeout(180), pytest.mark.service("chromium")]

FILES = [
    "feed_bundle/provider.py",
    "feed_bundle/account.py",
    "feed_bundle/timeline.py",
    "feed_bundle/client.py",
    "feed_bundle/processors.py",
    "feed.yaml",
    "feed_page/index.html",
]


async def log_in(page: Page) -> None:
    await page.click("#login")
    await page.fill("[name=user]", "ada")
    await page.click("text=Allow")
    await expect(page.locator("#state")).to_have_text("connected")
    await expect(page.locator("#login")).to_be_hidden()


async def publish(page: Page, text: str) -> None:
    await page.fill("[name=text]", text)
    await page.click("text=Publish")
    await expect(page.locator("[name=text]")).to_have_value("")


async def says(process: Process, text: str) -> None:
    # The browser goes on meanwhile.
    await asyncio.to_thread(process.wait_until_it_says, text)


async def test_9_a_feed_is_followed(reader: Reader) -> None:
    # A minute is long.
    reader.variables["FEED_LIFETIME"] = "3s"
    reader.turn_to("9_integration")
    for command in (
        "mkdir feed_server feed_bundle feed_page",
        "touch feed_server/__init__.py feed_bundle/__init__.py",
    ):
        assert reader.run(command).returncode == 0
    for name in ("feed-server.yaml", "feed_server/oauth.py", "feed_server/statuses.py"):
        reader.save(name)
    reader.run("export PYTHONPATH=.")
    server = reader.serves(FEED_SERVER)
    for name in FILES:
        reader.save(name)
    reader.run("export PYTHONPATH=.")
    application = reader.serves(FEED)
    await says(application, "nobody has logged in")
    reader.sees(application.said)

    async with opened() as page:
        await page.goto(f"http://localhost:{reader.web}/")
        await log_in(page)
        reader.sees(application.said)
        for number in range(5):
            await publish(page, f"A #piped thing, {number}")
        await expect(page.locator("li")).to_have_count(5)
        await expect(page.locator("li").first).to_contain_text("#piped 5")

        assert server.interrupt() == 0
        await expect(page.locator("#state")).to_have_text("not connected")
        await says(application, "Cannot connect")
        reader.sees(application.said)
        server = await asyncio.to_thread(reader.serves, FEED_SERVER)
        await expect(page.locator("#state")).to_have_text("connected", timeout=15_000)
        await publish(page, "again #there")
        await expect(page.locator("li")).to_have_count(6)

        assert server.interrupt() == 0
        reader.run("rm published.json")
        await asyncio.to_thread(reader.serves, FEED_SERVER)
        await says(application, "invalid_grant")
        reader.sees(application.said)
        await expect(page.locator("#state")).to_have_text("not logged in")
        await log_in(page)
        await publish(page, "and again")
        await expect(page.locator("li")).to_have_count(7)
    reader.ends_the_page()


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return tmp_path / "example"


async def all_up(it: Feeds, page: Page) -> None:
    await it.start_feed()
    await it.start_application()
    await page.goto(it.page)
    await log_in(page)


async def test_9_all_windows_see_what_one_publishes(example: Path) -> None:
    async with feeds(example) as it, opened() as page, opened() as other:
        await all_up(it, page)
        await other.goto(it.page)
        await publish(page, "Hello #World, hello #world!")
        for each in (page, other):
            await expect(each.locator("li")).to_have_text("ada Hello #World, hello #world!#world 1")


async def test_9_a_status_is_text_and_nothing_else(example: Path) -> None:
    async with feeds(example) as it, opened() as page:
        await all_up(it, page)
        text = "<img src=x onerror=\"document.title = 'hacked'\"> #<b>"
        await publish(page, text)
        await expect(page.locator("li span")).to_have_text(text)
        await expect(page).to_have_title("News")


async def test_9_nothing_is_shown_twice_after_the_application_was_away(example: Path) -> None:
    async with feeds(example) as it, opened() as page:
        await all_up(it, page)
        await publish(page, "one")
        await expect(page.locator("li")).to_have_count(1)
        await it.end("feed", kill=True)
        await it.start_application()
        # The browser comes back by itself, after some seconds.
        await it.get_token()
        await it.publish(0)
        await expect(page.locator("li")).to_have_count(2, timeout=20_000)
        await expect(page.locator("li span")).to_have_text(["#all #n0", "one"])


async def test_9_what_was_not_published_is_told_and_stays(example: Path) -> None:
    async with feeds(example) as it, opened() as page:
        await all_up(it, page)
        await it.end("feed-server")
        await expect(page.locator("#state")).to_have_text("not connected")
        await page.fill("[name=text]", "kept")
        await page.click("text=Publish")
        said = "document.forms[0].elements[0].validationMessage"
        await page.wait_for_function(f"{said} === 'It was not published.'")
        await expect(page.locator("[name=text]")).to_have_value("kept")


async def test_9_pages_of_other_sites_cannot_publish(example: Path) -> None:
    async with feeds(example) as it:
        await it.start_application()
        # The only kinds of body that a page may send without asking.
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            headers = {"Content-Type": kind, "Origin": "http://elsewhere.example"}
            body = json.dumps({"text": "x"})
            url = f"{it.page}/publish"
            async with it.client.post(url, data=body, headers=headers) as answer:
                assert answer.status in (400, 415, 503)
                assert answer.status != 204
