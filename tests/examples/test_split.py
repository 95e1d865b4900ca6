"""The example of a flow in two processes: whichever of them is killed, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import signal
import sqlite3
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from tests.commands import PIPED, environment, piped
from tests.sites import free_port

from .workers import EXAMPLES, ended, until

FIRST, NUMBER = 10**9, 1200

pytestmark = pytest.mark.timeout(120)  # seconds; never reached when all is well


class Split:
    """A copy of the example, and its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = {"SPLIT_SECRET": "between us", "WORKER": f"unix:{folder / 'socket'}"}
        self._running: list[Process] = []

    async def start(self, name: str, **variables: str) -> Process:
        with (self.folder / f"{name}.log").open("a") as log:
            process = await asyncio.create_subprocess_exec(
                *(*PIPED, "-nc", f"{name}.yaml", "-p", ""),
                cwd=self.folder,
                env=environment(**{**self.variables, **variables}),
                stdout=log,
                stderr=log,
            )
        self._running.append(process)
        return process

    def piped(self, *arguments: str) -> str:
        answer = piped(self.folder, *arguments, **self.variables)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def stored(self) -> dict[int, list[int]]:
        with closing(sqlite3.connect(self.folder / "factors.db", timeout=30)) as connection:
            rows = connection.execute("SELECT number, primes FROM factors").fetchall()
        return {number: list(map(int, primes.split())) for number, primes in rows}

    async def has_stored(self, number: int) -> None:
        await until(lambda: len(self.stored()) >= number)

    async def close(self) -> None:
        for process in self._running:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture
async def split(tmp_path: Path) -> AsyncIterator[Split]:
    folder = tmp_path / "split"
    shutil.copytree(EXAMPLES / "split", folder, ignore=shutil.ignore_patterns("__pycache__"))
    lines = [*map(str, range(FIRST, FIRST + NUMBER)), "nonsense"]
    (folder / "numbers.txt").write_text("\n".join(lines) + "\n")
    made = Split(folder)
    made.piped("run-pipeline", "reader.yaml", "prepare")
    try:
        yield made
    finally:
        await made.close()


def is_all(stored: dict[int, list[int]]) -> bool:
    right = all(math.prod(primes) == number for number, primes in stored.items())
    return right and stored.keys() == set(range(FIRST, FIRST + NUMBER))


async def test_a_worker_that_is_killed_again_and_again_loses_nothing(split: Split) -> None:
    worker, reader = await split.start("worker"), await split.start("reader")
    for part in (1, 2, 3):
        await split.has_stored(part * NUMBER // 5)
        await ended(worker, signal.SIGKILL)
        assert reader.returncode is None
        worker = await split.start("worker")
    assert await reader.wait() == 0
    assert is_all(split.stored())
    assert "invalid literal for int()" in (split.folder / "reader.log").read_text()


async def test_a_worker_that_is_stopped_leaves_the_rest_to_the_next(split: Split) -> None:
    worker, reader = await split.start("worker"), await split.start("reader")
    await split.has_stored(NUMBER // 3)
    await ended(worker, signal.SIGTERM)
    assert worker.returncode == 0
    assert reader.returncode is None
    await split.start("worker")
    assert await reader.wait() == 0
    assert is_all(split.stored())
    assert "Traceback" not in (split.folder / "worker.log").read_text()


async def test_a_reader_that_is_killed_goes_on_where_it_was(split: Split) -> None:
    await split.start("worker")
    reader = await split.start("reader")
    await split.has_stored(NUMBER // 3)
    await ended(reader, signal.SIGKILL)
    assert not is_all(split.stored())
    reader = await split.start("reader")
    assert await reader.wait() == 0
    assert is_all(split.stored())
    assert json.loads(split.piped("run-pipeline", "reader.yaml", "counted")) == {"stored": NUMBER}


async def test_they_trust_one_another_by_certificates(split: Split) -> None:
    port, folder = free_port(), split.folder
    ours, other = trustme.CA(), trustme.CA()
    for name, authority in (("ours", ours), ("others", other)):
        (folder / name).mkdir()
        authority.cert_pem.write_to_path(folder / name / "authority.pem")
    issued = ours.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "worker.pem")
    await split.start("worker", WORKER=f"ssl:{port}:interface=127.0.0.1:privateKey=worker.pem")
    to_worker = f"tls:localhost:{port}:bindAddress=127.0.0.1:trustRoots="
    reader = await split.start("reader", WORKER=f"{to_worker}others")
    said = "its certificate is signed by nobody whom we trust; connecting again"
    await until(lambda: said in (folder / "reader.log").read_text())
    await ended(reader, signal.SIGKILL)
    assert split.stored() == {}
    reader = await split.start("reader", WORKER=f"{to_worker}ours")
    assert await reader.wait() == 0
    assert is_all(split.stored())
    for name in ("worker", "reader"):
        assert "Traceback" not in (folder / f"{name}.log").read_text()


async def test_both_are_right_and_can_be_drawn(split: Split) -> None:
    assert "all 2 files can be run" in split.piped("check", "worker.yaml", "reader.yaml")
    assert "1 factored -> 2 remote" in split.piped("graph", "worker.yaml", "flow_host.factors")
    assert "2 remote (endpoint:" in split.piped("graph", "reader.yaml", "flow.factors")
