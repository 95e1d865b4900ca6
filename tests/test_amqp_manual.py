"""The manual of AMQP: each configuration in it is right and runs, and says what stands below it."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import aiormq
import pytest

from piped.testing import check_yaml
from tests.commands import environment
from tests.manuals import blocks
from tests.services import address

BLOCKS = blocks("amqp.md")
CONFIGURATIONS = {text.split()[1]: text for kind, text in BLOCKS if kind == "yaml"}
TALKS = [text for kind, text in BLOCKS if kind == "sh"]
COMMAND = re.compile(r"^\$ piped (.*)\n((?:[^$].*\n)*)", re.MULTILINE)
NAMES = ("lost-orders", "orders", "audit", "events", "sums")
LIMIT = 60  # seconds; never reached when all is well

Own = Callable[[str], str]


@pytest.fixture
async def own() -> AsyncIterator[Own]:
    """Texts with queues of this test's own, which are deleted at the end."""
    mark = uuid4().hex[:8]
    names = {name: f"piped-test-{mark}-{name}" for name in NAMES}
    pattern = re.compile(rf"(?<![\w.-])({'|'.join(NAMES)})(?![\w.-])")
    yield lambda text: pattern.sub(lambda found: names[found[1]], text)
    broker = await aiormq.connect("amqp://guest:guest@{}:{}/".format(*address("rabbitmq")))
    channel = await broker.channel()
    for name in names.values():
        await channel.queue_delete(name)
    await channel.exchange_delete(names["events"])
    await broker.close()


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_it_has_no_problems(name: str) -> None:
    assert check_yaml(CONFIGURATIONS[name]) == []


@pytest.mark.service("rabbitmq")
@pytest.mark.parametrize("talk", TALKS)
async def test_it_says_what_the_manual_says(talk: str, own: Own, tmp_path: Path) -> None:
    for name, text in CONFIGURATIONS.items():
        (tmp_path / name).write_text(own(text))
    running = []
    try:
        async with asyncio.timeout(LIMIT):
            for command, expected in COMMAND.findall(talk):
                words = shlex.split(command)
                process = await started(words, tmp_path)
                if words[0] == "-nc":
                    running.append(process)
                    await said(process, own(expected.removeprefix("… ").strip()))
                else:
                    out, _ = await process.communicate()
                    assert out.decode() == expected
    finally:
        for process in running:
            process.terminate()
            await process.communicate()
            assert process.returncode == 0


async def started(words: list[str], folder: Path) -> asyncio.subprocess.Process:
    """`piped` with these arguments; what it logs is among what it prints, if it goes on."""
    more = ["-p", ""] if words[0] == "-nc" else []
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piped", *words, *more),
        cwd=folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT if more else asyncio.subprocess.DEVNULL,
    )


async def said(process: asyncio.subprocess.Process, text: str) -> None:
    """Wait until it says that."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if text in line.decode():
            return
    pytest.fail(f"it ended, and did not say {text!r}")


def test_there_is_something_to_be_shown() -> None:
    assert len(CONFIGURATIONS) >= 4
    assert len(TALKS) >= 3
