"""The example of a manhole, and its manual: what stands there is typed, with OpenSSH's client."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.sites import free_port, serving
from tests.test_documents import BLOCK

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples" / "manhole" / "manhole.yaml"
(LANGUAGE, CONFIGURATION), (_, TALK), *_ = BLOCK.findall(
    (ROOT / "docs" / "manhole.md").read_text(encoding="utf-8")
)
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x1bE|\r")

pytestmark = pytest.mark.service("ssh")


def said() -> list[tuple[str, str]]:
    """What is typed at the prompt, and what comes of it."""
    lines = re.findall(r"^>>> (.*)\n((?:[^>$].*\n)*)", TALK, re.MULTILINE)
    return [(line, answer.rstrip("\n")) for line, answer in lines]


async def typed(command: str, port: int, folder: Path) -> str:
    words = [each.replace("10022", str(port)) for each in shlex.split(command)]
    options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={os.devnull}"]
    given = [part for each in options for part in ("-o", each)]
    client = await asyncio.create_subprocess_exec(
        *(*words, "-q", "-F", "none", *given), cwd=folder, stdin=-1, stdout=-1
    )
    text = "".join(f"{line}\n" for line, _ in said())
    out, _ = await client.communicate(text.encode())
    assert client.returncode == 0
    return CONTROL.sub("", out.decode())


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_it_answers_what_the_manual_says(loop: str, tmp_path: Path) -> None:
    make, _, enter = re.findall(r"^\$ (.*)$", TALK, re.MULTILINE)
    await asyncio.to_thread(subprocess.run, shlex.split(make), cwd=tmp_path, check=True)
    port = free_port()
    async with serving(tmp_path, port, "-r", loop, "-c", str(FILE), MANHOLE_PORT=str(port)):
        seen = await typed(enter, port, tmp_path)
    for line, answer in said():
        assert f"{line}\n{answer.replace('10022', str(port))}" in seen
    assert len(said()) >= 5


def test_the_manual_shows_the_example() -> None:
    text = FILE.read_text(encoding="utf-8").replace("${MANHOLE_PORT:-10022}", "10022")
    assert LANGUAGE == "yaml"
    assert text.endswith(CONFIGURATION)
