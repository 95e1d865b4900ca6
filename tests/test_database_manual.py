"""The manual of databases: each configuration in it runs, and answers what stands below it."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.providers.database.databases import database
from tests.test_documents import BLOCK
from tests.test_web_examples import LIMIT, environment, free_port, opened
from tests.test_web_manual import COMMAND, output

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "database.md").read_text(encoding="utf-8")
BLOCKS = [body for kind, body in BLOCK.findall(MANUAL) if kind in {"yaml", "console"}]
SHOWN = [
    pytest.param(
        configuration,
        talk,
        id=configuration.split()[1],
        marks=[pytest.mark.service("postgresql")] if "postgresql://" in configuration else [],
    )
    for configuration, talk in zip(BLOCKS[::2], BLOCKS[1::2], strict=True)
]

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


@pytest.mark.parametrize(("configuration", "talk"), SHOWN)
async def test_it_answers_what_the_manual_says(
    configuration: str, talk: str, tmp_path: Path
) -> None:
    if "postgresql://" not in configuration:
        await answers_of(configuration, talk, tmp_path)
        return
    async with database("postgresql", tmp_path) as made:
        own = configuration.replace("postgresql://postgres@localhost/test", made.url)
        assert own != configuration
        await answers_of(own, talk, tmp_path)


async def answers_of(configuration: str, talk: str, folder: Path) -> None:
    (folder / "app.yaml").write_text(configuration)
    port = free_port()
    arguments = ("-n", "-p", "", "-c", "app.yaml", "-O", f"web.site.port:{port}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piped", *arguments), cwd=folder, env=environment()
    )
    try:
        async with asyncio.timeout(LIMIT):
            await opened(port)
            for command, expected in COMMAND.findall(talk):
                await comes_to(command, port, expected.rstrip("\n"))
    finally:
        process.terminate()
        assert await process.wait() == 0


async def comes_to(command: str, port: int, expected: str) -> None:
    """What is asked for comes when it is there; the time that all has is the limit."""
    while (said := await output(command, port)) != expected:
        is_early = "Service Unavailable" in said or said == "[]"
        assert is_early, said
        assert "-X POST" not in command or "Service Unavailable" in said
        await asyncio.sleep(0.05)
