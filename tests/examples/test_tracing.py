"""The example about tracing: run as its head says, and its page looked at in a browser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import opened
from tests.test_web_examples import running

pytestmark = pytest.mark.service("chromium", "dot")

ROOT = Path(__file__).parents[2]
BATON = {"deep": [1, {"x": "</script><script>document.title = 'hacked'</script>"}]}


def traced(folder: Path, path: str) -> str:
    """The page of a trace of the pipeline `test`, where `path` is the PATH."""
    baton = {"pipeline": "test", "baton": BATON, "file": str(folder / "trace.html")}
    arguments = ["run-pipeline", "tracing.yaml", "tracing", "--baton", json.dumps(baton)]
    done = subprocess.run(
        [sys.executable, "-m", "piped", *arguments],
        cwd=ROOT / "examples" / "tracing",
        env={"PATH": path, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["steps"] == 11
    return (folder / "trace.html").as_uri()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page with a drawing of our own."""
    folder = tmp_path_factory.mktemp("trace")
    return traced(folder, str(folder))


@pytest.fixture(scope="module", params=["with Graphviz", "without it"])
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page, by whoever has drawn."""
    folder = tmp_path_factory.mktemp("trace")
    return traced(folder, "/usr/bin:/bin" if request.param == "with Graphviz" else str(folder))


async def title(page: Page) -> str:
    return await page.inner_text("#step-title")


async def test_the_form_has_the_pipeline_and_completes_its_name(url: str) -> None:
    async with opened() as page:
        await page.goto(url)
        assert await page.input_value("#pipeline") == "test"
        assert json.loads(await page.input_value("#baton")) == BATON
        names = await page.eval_on_selector_all("datalist option", "all => all.map(e => e.value)")
        assert {"test", "test_error", "tracing"} <= set(names)


async def test_a_baton_that_is_no_json_is_not_sent(url: str) -> None:
    async with opened() as page:
        await page.goto(url)
        await page.fill("#baton", "{nothing}")
        await page.click("form button")
        assert page.url == url
        complaint = await page.eval_on_selector("#baton", "e => e.validationMessage")
        assert "This is no JSON" in complaint


async def test_an_arrow_opens_its_step_and_keys_lead_on(either: str) -> None:
    async with opened() as page:
        await page.goto(either)
        await page.focus("#baton_5")
        await page.keyboard.press("Enter")
        assert await title(page) == "Step 5 of 11"
        await page.keyboard.press("n")
        assert await title(page) == "Step 6 of 11"
        assert "something went wrong" in await page.inner_text("#parts .failure")
        await page.keyboard.press("p")
        await page.keyboard.press("p")
        assert await title(page) == "Step 4 of 11"
        assert await page.locator("#drawing .current").get_attribute("id") == "baton_4"
        await page.keyboard.press("Escape")
        assert not await page.is_visible("#step")


async def test_a_click_on_an_arrow_opens_it_too(either: str) -> None:
    async with opened(viewport={"width": 1400, "height": 1400}) as page:
        await page.goto(either)
        await page.locator("#baton_2 .hit").dispatch_event("click")
        assert await title(page) == "Step 2 of 11"


async def test_all_can_be_reached_from_the_list(url: str) -> None:
    async with opened() as page:
        await page.goto(url)
        assert await page.locator("#list button").count() == 11
        await page.click("#list li:nth-child(3) button")
        assert await title(page) == "Step 3 of 11"
        assert " ms" in await page.inner_text("#way")


async def test_what_differs_from_the_step_before_is_marked(url: str) -> None:
    async with opened() as page:
        await page.goto(f"{url}#step-2")
        added = await page.locator("#parts .added .key").all_inner_texts()
        assert added == ["foo", "test", "bar"]
        await page.goto(f"{url}#step-5")
        await page.reload()
        assert await page.inner_text("#parts .changed") == 'test: "hi there""initial value"'
        await page.goto(f"{url}#step-9")
        await page.reload()
        assert await page.inner_text("#parts .removed") == 'foo: "42"'


async def test_trees_open_and_close(url: str) -> None:
    async with opened() as page:
        await page.goto(f"{url}#step-1")
        tree = page.locator("#parts section.wide details").nth(2)
        assert await tree.get_attribute("open") is None
        await tree.locator("summary").first.press("Enter")
        assert "</script><script>" in await tree.inner_text()


async def test_nothing_of_the_baton_runs_and_nothing_is_fetched(either: str) -> None:
    async with opened() as page:
        wanted: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: wanted.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        await page.goto(either)
        assert await page.title() == "Trace of test"
        assert wanted == [either]
        assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_light_or_dark_as_the_reader_has_it(url: str, scheme: str) -> None:
    async with opened(color_scheme=scheme) as page:
        await page.goto(url)
        colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        paper = [int(each) for each in colour.strip("rgb()").split(",")]
        assert (sum(paper) > 600) == (scheme == "light")


@asynccontextmanager
async def form() -> AsyncIterator[Page]:
    """A browser on the site, before anything has been traced."""
    async with running("tracing") as (site, _), opened() as page:
        await page.goto(site)
        assert await page.title() == "Trace"
        assert await page.locator("#list button").count() == 0
        yield page


async def test_any_pipeline_is_run_from_the_site() -> None:
    async with form() as page:
        await page.fill("#pipeline", "test_error")
        await page.fill("#baton", '{"foo": 1, "kept": "<b>é</b>"}')
        await page.click("form button")
        await expect(page).to_have_title("Trace of test_error")
        assert json.loads(await page.input_value("#baton")) == {"foo": 1, "kept": "<b>é</b>"}
        assert await page.locator("#list button").count() == 6
        await page.focus("#baton_6")
        await page.keyboard.press("Enter")
        assert await title(page) == "Step 6 of 6"
        assert "<b>é</b>" in await page.inner_text("#parts")


async def test_what_cannot_be_run_is_told() -> None:
    async with form() as page:
        await page.fill("#pipeline", "tes")
        await page.click("form button")
        await expect(page.locator("p")).to_contain_text("did you mean 'pipeline.test'?")


async def test_the_form_of_another_site_runs_nothing() -> None:
    fields = {"pipeline": "test", "baton": "{}"}
    async with running("tracing") as (site, client):
        for headers in ({"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}):
            answer = await client.post(site, data=fields, headers=headers)
            assert answer.status == 403
            assert "its own form" in await answer.text()
        answer = await client.post(site, data=fields, headers={"Origin": site})
        assert answer.status == 200
