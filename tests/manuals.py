"""Pages of the manual whose configurations run, and answer what stands below them."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.sites import free_port, serving
from tests.test_documents import BLOCK

__all__ = ["COMMAND", "NEEDS_CURL", "answers", "blocks", "output", "pairs", "served"]

DOCS = Path(__file__).parents[1] / "docs"
COMMAND = re.compile(r"^\$ (curl .*)\n((?:[^$].*\n)*)", re.MULTILINE)
NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


def blocks(manual: str) -> list[tuple[str, str]]:
    """What is shown on a page: the language of each, and its text."""
    return BLOCK.findall((DOCS / manual).read_text(encoding="utf-8"))


def pairs(manual: str) -> list[tuple[str, str]]:
    """The configurations of a page, each with the commands below it and what they print."""
    shown = [text for kind, text in blocks(manual) if kind in {"yaml", "console"}]
    return list(zip(shown[::2], shown[1::2], strict=True))


@asynccontextmanager
async def served(
    configuration: str, folder: Path, *arguments: str
) -> AsyncIterator[tuple[Process, int]]:
    """A process with that configuration, and the port of its site."""
    (folder / "app.yaml").write_text(configuration)
    port = free_port()
    options = ("-c", "app.yaml", "-O", f"web.site.port:{port}")
    async with serving(folder, port, *options, *arguments) as process:
        yield process, port


async def answers(talk: str, port: int) -> None:
    """Each command prints what stands below it; when all is there that it needs."""
    for command, expected in COMMAND.findall(talk):
        while (said := await output(command, port)) != expected.rstrip("\n"):
            assert "Service Unavailable" in said or said in {"[]", "{}"}, said
            # What was changed once is not changed again.
            assert "-X POST" not in command or "Service Unavailable" in said
            await asyncio.sleep(0.05)


async def output(command: str, port: int) -> str:
    """What a command prints, at that port of this machine."""
    words = shlex.split(re.sub(r"localhost:\d+", f"127.0.0.1:{port}", command))
    process = await asyncio.create_subprocess_exec(*words, stdout=-1)
    out, _ = await process.communicate()
    return out.decode().rstrip("\n")
