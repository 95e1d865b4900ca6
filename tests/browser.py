"""A real browser, for tests with the mark `@pytest.mark.service("chromium")`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.services import program

__all__ = ["opened"]

# It is to do nothing that the test does not ask for.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def opened(**context: Any) -> AsyncIterator[Page]:
    """An empty page. `context` is for playwright: `color_scheme`, `viewport` and so on.

    What the page's scripts raise fails the test.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program("chromium"), args=_FLAGS)
        page = await browser.new_page(**context)
        failures: list[str] = []
        page.on("pageerror", lambda failure: failures.append(str(failure)))
        try:
            yield page
        finally:
            await browser.close()
        assert not failures, failures
