"""The manual of Tornado and its example run, and answer what is said of them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.test_documents import BLOCK
from tests.test_web_examples import LIMIT, ROOT, environment, free_port, opened, running
from tests.test_web_manual import COMMAND, output

BLOCKS = BLOCK.findall((ROOT / "docs" / "tornado.md").read_text(encoding="utf-8"))
CONFIGURATIONS = [text for kind, text in BLOCKS if kind == "yaml"]
TALKS = [text for kind, text in BLOCKS if kind == "console"]
MODULE = next(text for kind, text in BLOCKS if kind == "python")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize(("configuration", "talk"), [*zip(CONFIGURATIONS, TALKS, strict=True)])
@pytest.mark.parametrize("section", ["tornado", "cyclone"])
async def test_it_answers_what_the_manual_says(
    section: str, configuration: str, talk: str, tmp_path: Path
) -> None:
    port = free_port()
    text = configuration.replace("tornado:", f"{section}:")
    (tmp_path / "app.yaml").write_text(text.replace("listen: 8888", f"listen: {port}"))
    (tmp_path / "my_handlers.py").write_text(MODULE)
    path = os.pathsep.join([str(ROOT / "src"), str(tmp_path)])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piped", "-n", "-p", "", "-c", "app.yaml"),
        cwd=tmp_path,
        env=environment(PYTHONPATH=path),
    )
    try:
        async with asyncio.timeout(LIMIT):
            await opened(port)
            for command, expected in COMMAND.findall(talk):
                asked = command.replace("localhost:8888", f"127.0.0.1:{port}")
                assert await output(asked, port) == expected.rstrip("\n")
    finally:
        process.terminate()
        assert await process.wait() == 0


def test_each_configuration_is_followed_by_what_it_answers() -> None:
    kinds = [kind for kind, _ in BLOCKS if kind != "python"]
    assert [*pairwise(kinds)][::2] == [("yaml", "console")] * len(CONFIGURATIONS)
    assert all(COMMAND.findall(each) for each in TALKS)


async def test_the_example() -> None:
    folder = ROOT / "examples" / "tornado_site"
    path = os.pathsep.join([str(ROOT / "src"), str(folder)])
    async with running("tornado_site", PYTHONPATH=path) as (site, client):
        async with client.post(f"{site}/engines/difference") as answer:
            assert (answer.status, await answer.text()) == (201, "Built.\n")
        async with client.get(f"{site}/") as answer:
            assert await answer.json() == {"engines": ["difference"]}
