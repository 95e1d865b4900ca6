"""The browser itself."""

from __future__ import annotations

import pytest

from tests.browser import opened

pytestmark = pytest.mark.service("chromium")


async def test_a_page_can_be_looked_at() -> None:
    async with opened(color_scheme="dark") as page:
        await page.set_content("<title>A page</title><p id=it>Hello</p>")
        assert await page.title() == "A page"
        assert await page.inner_text("#it") == "Hello"
        assert await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


async def test_what_a_script_raises_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="the page is wrong"):
        async with opened() as page:
            await page.set_content("<script>throw new Error('the page is wrong')</script>")
