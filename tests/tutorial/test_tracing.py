"""What the tutorial's seventh page tells: a baton is followed."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser import opened
from tests.tutorial.reader import TRACING, Reader

pytestmark = [pytest.mark.timeout(180), pytest.mark.service("chromium", "dot")]


async def test_7_a_baton_is_followed(reader: Reader) -> None:
    reader.turn_to("7_tracing")
    reader.save("my_pipelines.yaml")
    traced = reader.run("piped trace my_pipelines.yaml test --baton '{}'")
    assert traced.returncode == 0, traced.stderr
    reader.sees(traced.stdout)

    reader.save("tracing.yaml")
    reader.serves(TRACING)
    async with opened() as page:
        await page.goto(f"http://localhost:{reader.web}/")
        await page.fill("#pipeline", "test")
        await page.fill("#baton", "{}")
        await page.click("form button")
        await expect(page).to_have_title("Trace of test")
        await page.focus("#baton_5")
        await page.keyboard.press("Enter")
        await page.keyboard.press("n")
        seen = [await page.inner_text(each) for each in ("#step-title", "#parts")]
        reader.sees("\n".join(seen))

    baton = '{"pipeline": "test", "baton": {}}'
    done = reader.run(f"piped run-pipeline tracing.yaml tracing --baton '{baton}'")
    assert done.returncode == 0, done.stderr
    reader.sees(done.stdout)
    assert "something went wrong" in (reader.folder / "trace.html").read_text()
    reader.ends_the_page()
