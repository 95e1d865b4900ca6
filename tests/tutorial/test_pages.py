"""Whoever follows the tutorial, page by page, sees what it says."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from piped.web.debugger.gate import TOKEN_HEADER
from tests.browser import opened
from tests.tutorial.pages import NAMES, deeds
from tests.tutorial.reader import GREETING, PB, TOLD_TIME, WEB, Answer, Process, Reader, until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("page", NAMES)
def test_the_files_on_the_pages_are_those_of_the_examples(page: str) -> None:
    shown = [each for each in deeds(page) if each.source is not None]
    assert shown
    for each in shown:
        assert each.source is not None
        assert each.text == each.source.read_text()
        assert {page, page.partition("_")[2]} & set(each.source.parts)


def test_all_files_of_the_examples_are_on_the_pages() -> None:
    examples = Path(__file__).parents[2] / "examples" / "tutorial"
    shown = {deed.text for page in NAMES for deed in deeds(page) if deed.kind == "save"}
    for file in [*examples.rglob("*.yaml"), *examples.rglob("*.py")]:
        text = file.read_text()
        assert not text or text in shown, file


def test_1_a_folder_is_listed(reader: Reader) -> None:
    reader.turn_to("1_static")
    reader.save("tutorial.yaml")
    web = reader.serves(WEB)
    listing = reader.gets()
    assert listing.status == 200
    assert 'href="./tutorial.yaml"' in listing.text
    assert reader.gets("/tutorial.yaml").text == (reader.folder / "tutorial.yaml").read_text()
    assert web.interrupt() == 0
    reader.ends_the_page()


def test_2_a_pipeline_greets(reader: Reader) -> None:
    reader.turn_to("2_pipeline")
    reader.save("tutorial.yaml")
    reader.serves(WEB)
    sees(reader, 200)
    reader.ends_the_page()


def test_3_a_processor_shouts(reader: Reader) -> None:
    reader.turn_to("3_processor")
    for command in ("mkdir tutorial_bundle", "touch tutorial_bundle/__init__.py"):
        assert reader.run(command).returncode == 0
    reader.save("tutorial_bundle/processors.py")
    reader.save("tutorial.yaml")
    refused = reader.run(WEB)
    assert refused.returncode == 78
    reader.sees(refused.stderr)
    web = reader.serves(f"PYTHONPATH=. {WEB}")
    sees(reader, 200)
    assert web.interrupt() == 0
    reader.run("export PYTHONPATH=.")
    reader.serves(WEB)
    assert reader.gets().text == "HELLO FROM A PIPELINE."
    reader.ends_the_page()


def test_4_what_has_failed_is_found_and_mended(reader: Reader) -> None:
    pb, web = reader_of_failures(reader)
    reader.save("tutorial.yaml")
    assert web.interrupt() == 0
    reader.serves_again(WEB)
    page = traceback_page(reader)
    reader.sees(html.unescape(page.text))
    assert "pipeline.pb-server ended without an answer to 'test'" in pb.said
    frame = frame_called("PBCallRemote.process_resource", page)
    for _ in range(2):
        reader.sees(evaluated(reader, page, frame, reader.types()))
    assert evaluated(reader, page, frame, "baton['request'].uri") == "b'/'"

    reader.save("pb-server.yaml")
    assert pb.interrupt() == 0
    missing = until("the connection is lost", lambda: failed_with(reader, "is not available now"))
    reader.sees(html.unescape(missing.text))
    reader.start_again(PB)
    greeting = until("the greeting", lambda: answered(reader, 200), seconds=TOLD_TIME)
    reader.sees(greeting.text)
    assert greeting.text == GREETING
    reader.ends_the_page()


@pytest.mark.service("chromium")
async def test_4_the_console_of_a_frame_is_used_in_a_browser(reader: Reader) -> None:
    _, web = reader_of_failures(reader)
    reader.save("tutorial.yaml")
    web.interrupt()
    reader.serves_again(WEB)
    async with opened() as page:
        await page.goto(f"http://localhost:{reader.web}/")
        await expect(page).to_have_title(re.compile("^web.Server Traceback"))
        await expect(page.locator("h1")).to_have_text("twisted.spread.pb.RemoteError")
        reader.sees(await page.inner_text(".what"))
        frame = await opened_frame(page, "PBCallRemote.process_resource")
        for _ in range(2):
            await page.keyboard.type(reader.types())
            await page.keyboard.press("Enter")
            await expect(page.locator(".prompt.busy")).to_have_count(0)
            reader.sees(await frame.locator(".transcript > li").last.inner_text())


def test_6_a_process_tests_itself(reader: Reader) -> None:
    reader.turn_to("6_testing")
    reader.save("tutorial_bundle/test_processors.py")
    reader.save("test-tutorial.yaml")
    command = f"PYTHONPATH=. {WEB.replace('tutorial', 'test-tutorial')}"
    tests = reader.start(command)
    assert tests.ends() == 0
    reader.sees(tests.said)
    reader.ends_the_page()

    file = reader.folder / "pb-server.yaml"
    file.write_text(file.read_text().replace("PB server.", "PB servant."))
    tests = reader.start_again(command)
    assert tests.ends() == 1
    assert "FAILED (failures=2, successes=1)" in tests.said


def sees(reader: Reader, status: int) -> None:
    """The site answers with what is on the page."""
    answer = reader.gets()
    assert answer.status == status
    reader.sees(answer.text)


def answered(reader: Reader, status: int) -> Answer | None:
    answer = reader.gets()
    return answer if answer.status == status else None


def failed_with(reader: Reader, message: str) -> Answer | None:
    answer = answered(reader, 500)
    return answer if answer is not None and message in html.unescape(answer.text) else None


def reader_of_failures(reader: Reader) -> tuple[Process, Process]:
    """The reader has come to the first failure."""
    reader.turn_to("4_communicating")
    reader.save("pb-server.yaml")
    reader.save("tutorial.yaml")
    pb = reader.serves(PB)
    reader.run("export PYTHONPATH=.")
    web = reader.serves(WEB)
    web.wait_until_it_says("pb.client.tutorial is connected")
    sees(reader, 500)
    return pb, web


def traceback_page(reader: Reader) -> Answer:
    page = until("the remote failure", lambda: failed_with(reader, "MissingCallback"))
    assert "web.Server Traceback" in page.text
    return page


def frame_called(name: str, page: Answer) -> int:
    frame = re.search(
        rf'data-frame="(\d+)"(?:(?!data-frame).)*class="function">{name}<', page.text, re.DOTALL
    )
    assert frame, name
    return int(frame[1])


def evaluated(reader: Reader, page: Answer, frame: int, code: str) -> str:
    """What the page's console says to `code`, asked as its script does."""
    facts = dict(re.findall(r'data-(base|token|failure)="([^"]*)"', page.text))
    answer = reader.gets(
        f"{facts['base']}/execute",
        "POST",
        {"failure": facts["failure"], "frame": frame, "code": code},
        content_type="application/json",
        origin=f"http://localhost:{reader.web}",
        sec_fetch_site="same-origin",
        **{TOKEN_HEADER: facts["token"]},
    )
    assert answer.status == 200, answer
    return "".join(piece["text"] for piece in json.loads(answer.text)["output"]).strip()


async def opened_frame(page: Page, name: str) -> Any:
    frame = page.locator(".frame", has=page.locator("details[open]"))
    await expect(frame.locator(".function")).to_have_text(name)
    await frame.locator(".prompt textarea").click()
    return frame
