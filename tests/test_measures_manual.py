"""The manuals of validation and metrics: each configuration runs, and answers what stands below."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.test_documents import BLOCK
from tests.test_web_examples import LIMIT, environment, free_port, opened
from tests.test_web_manual import COMMAND, output

DOCS = Path(__file__).parents[1] / "docs"
MANUALS = ["validation.md", "metrics.md"]


def shown(manual: str) -> list[tuple[str, str]]:
    blocks = BLOCK.findall((DOCS / manual).read_text(encoding="utf-8"))
    bodies = [body for language, body in blocks if language in {"yaml", "console"}]
    return list(zip(bodies[::2], bodies[1::2], strict=True))


SHOWN = [each for manual in MANUALS for each in shown(manual)]

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


@pytest.mark.parametrize("manual", MANUALS)
def test_there_is_something_to_be_shown(manual: str) -> None:
    assert all(len(COMMAND.findall(talk)) >= 2 for _, talk in shown(manual))
