"""The manual of ZeroMQ: its configurations run, or are right, and answer what stands below them."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.commands import piped
from tests.test_documents import BLOCK
from tests.test_web_examples import LIMIT, environment, free_port, opened
from tests.test_web_manual import COMMAND, output

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "zmq.md").read_text(encoding="utf-8")
BLOCKS = BLOCK.findall(MANUAL)
CONFIGURATIONS = [body for kind, body in BLOCKS if kind == "yaml"]
[TALK] = [body for kind, body in BLOCKS if kind == "console"]
[CODE] = [body for kind, body in BLOCKS if kind == "python"]
KEY = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_configuration_is_right(configuration: str, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(configuration)
    said = piped(tmp_path, "check", "app.yaml", JOBS_KEY=KEY)
    assert said.returncode == 0, said.stdout + said.stderr


def test_keys_are_made_as_it_says() -> None:
    names: dict[str, bytes] = {}
    exec(CODE, names)
    assert len(names["public"]) == len(names["secret"]) == 40


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
async def test_it_answers_what_the_manual_says(tmp_path: Path) -> None:
    text = re.sub("127.0.0.1:5555", f"127.0.0.1:{free_port()}", CONFIGURATIONS[0])
    (tmp_path / "app.yaml").write_text(text)
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piped", "-n", "-p", "", "-c", "app.yaml"),
        *("-O", f"web.site.port:{port}"),
        cwd=tmp_path,
        env=environment(),
    )
    try:
        async with asyncio.timeout(LIMIT):
            await opened(port)
            for command, expected in COMMAND.findall(TALK):
                while await output(command, port) != expected.rstrip("\n"):  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.05)
    finally:
        process.terminate()
        assert await process.wait() == 0
