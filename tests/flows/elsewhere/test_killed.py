"""A process that takes items, and is killed in the midst of them, again and again."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from piped.flows import Answer, Flow, Items
from piped.flows.elsewhere.client import remote
from piped.interop.reactor import prepare, shut_down
from tests.processes import line_of, started

from .wires import until

NUMBER = 6000
# Stores numbers, a line each, and confirms them when they are stored.
STORING = """
import asyncio, os, sys
from piped import flows
from piped.flows.elsewhere.server import RemoteFount
from piped.interop.reactor import prepare

socket, path = sys.argv[1:]
file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

@flows.drain(parallel=2)
async def stored(items):
    os.write(file, "".join(f"{each}\\n" for each in items).encode())
    await asyncio.sleep(0)

async def main():
    prepare(asyncio.get_running_loop())
    fount = RemoteFount(f"unix:{socket}:lockfile=0", room=200)
    flow = flows.Flow(fount, stored)
    flow.start()
    await fount.listening()
    print("ready", flush=True)
    await flow.wait()

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


async def test_nothing_is_lost_and_nothing_confirmed_that_was_not_stored(tmp_path: Path) -> None:
    socket, path = tmp_path / "socket", tmp_path / "stored"
    answers: list[tuple[int, Answer]] = []

    def told(answer: Answer, items: list[int]) -> None:
        answers.extend((item, answer) for item in items)

    def stored() -> list[int]:
        return list(map(int, path.read_text().split())) if path.exists() else []

    away = remote(f"unix:{socket}", initial_delay=0.01, max_delay=0.1, window=500)
    flow = Flow(Items(range(NUMBER), size=10, told=told), away)
    flow.start()
    deaths = 0
    while len(answers) < NUMBER:
        with started(STORING, socket, path) as process:
            before = len(answers)
            assert await asyncio.to_thread(line_of, process) == "ready"
            is_last = deaths == 3
            enough = NUMBER if is_last else before + NUMBER // 8
            await until(lambda: len(answers) >= enough)  # noqa: B023 - it is awaited
            if not is_last:
                deaths += 1
                await _kill(process)
            else:
                await flow.wait()
            confirmed = {item for item, answer in answers if answer.is_confirmed}
            assert confirmed <= set(stored())
        socket.unlink(missing_ok=True)
    assert deaths == 3
    assert all(answer.is_confirmed for _, answer in answers)
    assert sorted(item for item, _ in answers) == list(range(NUMBER))
    assert set(stored()) == set(range(NUMBER))


async def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    await asyncio.to_thread(process.wait)
