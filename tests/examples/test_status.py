"""The examples of status tests: processes whose folder is taken away, and given back."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.commands import environment
from tests.sites import free_port, opened

EXAMPLE = Path(__file__).parents[2] / "examples" / "status"
LIMIT = 30  # seconds; never reached when all is well
CASE = "status_bundle.storage.TestStorage.Storage"


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """The folder of the example, for us alone."""
    return Path(shutil.copytree(EXAMPLE / "storage", tmp_path / "storage"))


class Example:
    """A process of the example, and one who asks it."""

    def __init__(
        self, process: asyncio.subprocess.Process, port: int, client: aiohttp.ClientSession
    ) -> None:
        self._process = process
        self._site = f"http://127.0.0.1:{port}"
        self._client = client

    async def ask(self, path: str) -> tuple[int, str, str]:
        async with self._client.get(f"{self._site}/{path}") as answer:
            return answer.status, answer.content_type, await answer.text()

    async def until(self, path: str, status: int) -> Any:
        """What is answered with that status, as soon as it is."""
        while True:
            found, _, text = await self.ask(path)
            if found == status:
                return json.loads(text)
            await asyncio.sleep(0.02)

    async def records(self, logger: str, number: int) -> list[tuple[str, str]]:
        """The next records of a logger; none of status tests is to come before."""
        found: list[tuple[str, str]] = []
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            record = json.loads(line)
            assert record["logger"] != "status_test"
            if record["logger"] == logger:
                found.append((record["level"], record["message"]))
                if len(found) == number:
                    break
        return found


@asynccontextmanager
async def running(name: str, storage: Path, *options: str) -> AsyncIterator[Example]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piped", "-nc", f"{name}.yaml", "-p", "", *options),
        cwd=EXAMPLE,
        env=environment(
            STATUS_FOLDER=str(storage),
            STATUS_INTERVAL="50ms",
            STATUS_LISTEN=f"tcp:{port}:interface=127.0.0.1",
        ),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT), aiohttp.ClientSession() as client:
            if name != "tick":
                await opened(port)
            yield Example(process, port, client)
            process.terminate()
            await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    # That tests failed once is no failure of the process.
    assert process.returncode == 0


async def test_on_a_tick_the_log_says_what_begins_and_ceases_to_fail(storage: Path) -> None:
    async with running("tick", storage) as example:
        stock = storage / "stock.json"
        for _ in range(2):
            kept = stock.rename(storage / "elsewhere.json")
            [(level, message)] = await example.records("status", 1)
            assert level == "ERROR"
            assert message.startswith(
                f"{CASE}.statustest_no_stock_is_negative fails: FileNotFoundError("
            )
            kept.rename(stock)
            assert await example.records("status", 1) == [
                ("INFO", f"{CASE}.statustest_no_stock_is_negative is well again")
            ]
        storage.rename(storage.with_name("away"))
        assert {level for level, _ in await example.records("status", 2)} == {"ERROR"}


async def test_over_http_each_request_has_the_tests_run(storage: Path) -> None:
    async with running("http", storage) as example:
        status, kind, report = await example.ask("status")
        assert (status, kind) == (200, "text/plain")
        assert report.splitlines()[-1] == "PASSED (successes=2)"

        (storage / "stock.json").write_text('{"engines": -1, "wheels": -2, "cards": 0}')
        status, kind, report = await example.ask("status")
        assert (status, kind) == (503, "text/plain")
        assert "in the part (part='engines')" in report
        assert "status_testing/running.py" not in report
        assert report.splitlines()[-1] == "FAILED (failures=2, successes=1)"
        status, kind, report = await example.ask("status.json")
        assert (status, kind) == (503, "application/json")
        told = json.loads(report)
        assert (told["well"], told["summary"]) == (False, "FAILED (failures=2, successes=1)")
        assert [each["status"] for each in told["tests"]] == ["failure", "failure", "success"]
        assert told["tests"][0]["test"] == f"{CASE}.statustest_no_stock_is_negative"
        assert told["tests"][0]["why"] == "AssertionError('there are -1')"

        (storage / "stock.json").write_text("{}")
        status, kind, report = await example.ask("status.json")
        assert (status, json.loads(report)["well"]) == (200, True)


async def test_over_http_the_tests_never_run_twice_at_once(storage: Path) -> None:
    stock = storage / "stock.json"
    stock.unlink()
    os.mkfifo(stock)  # the test waits until somebody writes, and two would share what is written
    async with running("http", storage) as example:
        paths = ["status", "status.json"] * 3
        asking = {asyncio.ensure_future(example.ask(path)) for path in paths}
        asked = len(asking)
        ended, asking = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        [(status, _, text)] = [each.result() for each in ended]
        assert status == 503
        assert "There is too much to do just now" in text
        while asking:
            write("{}", await writing(stock))
            ended, asking = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            assert [each.result()[0] for each in ended] == [200]
        assert asked == 6


async def test_health_is_what_the_last_run_said(storage: Path) -> None:
    async with running("health", storage) as example:
        well = {"well": True, "summary": "PASSED (successes=2)", "failing": []}
        assert await example.until("healthz", 200) == well
        away = storage.rename(storage.with_name("away"))
        while len((told := await example.until("healthz", 503))["failing"]) < 2:
            pass  # the folder went in the middle of a run
        assert told == {
            "well": False,
            "summary": "FAILED (errors=2)",
            "failing": [
                f"{CASE}.statustest_no_stock_is_negative",
                f"{CASE}.statustest_what_is_written_can_be_read",
            ],
        }
        away.rename(storage)
        assert await example.until("healthz", 200) == well


async def test_health_is_answered_at_once_while_the_tests_hang(storage: Path) -> None:
    stock = storage / "stock.json"
    stock.unlink()
    os.mkfifo(stock)
    async with running("health", storage) as example:
        status, _, text = await example.ask("healthz")
        assert (status, json.loads(text)["summary"]) == (503, "no test has run yet")
        write("{}", await writing(stock))
        await example.until("healthz", 200)
        # The next run waits again, and what the first one said counts.
        hanging = await writing(stock)
        assert (await example.ask("healthz"))[0] == 200
        mended = storage / "mended.json"
        mended.write_text("{}")
        mended.replace(stock)
        write("{}", hanging)


async def test_health_is_bad_when_the_last_run_is_too_long_ago(storage: Path) -> None:
    pipe, stock = storage / "pipe", storage / "stock.json"
    os.mkfifo(pipe)
    kept = stock.read_text()
    async with running("health", storage, "-O", "contexts.health.lasts: 0.2") as example:
        await example.until("healthz", 200)
        pipe.replace(stock)
        hanging = await writing(stock)
        told = await example.until("healthz", 503)
        assert told["summary"] == "the last run is too long ago"
        pipe.write_text(kept)
        pipe.replace(stock)
        write(kept, hanging)
        await example.until("healthz", 200)


async def writing(pipe: Path) -> int:
    """An end of the pipe to write to, as soon as somebody reads."""
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            await asyncio.sleep(0.005)


def write(text: str, descriptor: int) -> None:
    os.write(descriptor, text.encode())
    os.close(descriptor)
