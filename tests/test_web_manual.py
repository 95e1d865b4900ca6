"""The manual of the web: each configuration in it runs, and answers what stands below it."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.test_documents import BLOCK
from tests.test_web_examples import LIMIT, environment, free_port, opened

ROOT = Path(__file__).parents[1]
SHOWN = [
    (configuration[1], talk[1])
    for configuration, talk in zip(
        *(iter(BLOCK.findall((ROOT / "docs" / "web.md").read_text(encoding="utf-8"))),) * 2,
        strict=True,
    )
]
COMMAND = re.compile(r"^\$ (curl .*)\n((?:[^$].*\n)*)", re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


@pytest.mark.parametrize(
    ("configuration", "talk"), SHOWN, ids=[each.split()[1] for each, _ in SHOWN]
)
async def test_it_answers_what_the_manual_says(
    configuration: str, talk: str, tmp_path: Path
) -> None:
    (tmp_path / "app.yaml").write_text(configuration)
    port = free_port()
    arguments = ("-n", "-p", "", "-c", "app.yaml", "-O", f"web.site.port:{port}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piped", *arguments), cwd=tmp_path, env=environment()
    )
    try:
        async with asyncio.timeout(LIMIT):
            await opened(port)
            for command, expected in COMMAND.findall(talk):
                assert await output(command, port) == expected.rstrip("\n")
    finally:
        process.terminate()
        assert await process.wait() == 0


async def output(command: str, port: int) -> str:
    words = shlex.split(command.replace("localhost:8080", f"127.0.0.1:{port}"))
    process = await asyncio.create_subprocess_exec(*words, stdout=-1)
    out, _ = await process.communicate()
    return out.decode().rstrip("\n")


def test_there_is_something_to_be_shown() -> None:
    assert len(SHOWN) >= 3
    assert all(len(COMMAND.findall(talk)) >= 3 for _, talk in SHOWN)
