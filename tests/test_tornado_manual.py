"""The manual of Tornado and its example run, and answer what is said of them."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from tests.commands import SOURCE
from tests.manuals import COMMAND, NEEDS_CURL, answers, blocks
from tests.sites import free_port, serving
from tests.test_web_examples import ROOT, running

BLOCKS = blocks("tornado.md")
CONFIGURATIONS = [text for kind, text in BLOCKS if kind == "yaml"]
TALKS = [text for kind, text in BLOCKS if kind == "console"]
MODULE = next(text for kind, text in BLOCKS if kind == "python")


@NEEDS_CURL
@pytest.mark.parametrize(("configuration", "talk"), [*zip(CONFIGURATIONS, TALKS, strict=True)])
@pytest.mark.parametrize("section", ["tornado", "cyclone"])
async def test_it_answers_what_the_manual_says(
    section: str, configuration: str, talk: str, tmp_path: Path
) -> None:
    port = free_port()
    text = configuration.replace("tornado:", f"{section}:")
    (tmp_path / "app.yaml").write_text(text.replace("listen: 8888", f"listen: {port}"))
    (tmp_path / "my_handlers.py").write_text(MODULE)
    path = os.pathsep.join([str(SOURCE), str(tmp_path)])
    async with serving(tmp_path, port, "-c", "app.yaml", PYTHONPATH=path):
        await answers(talk, port)


def test_each_configuration_is_followed_by_what_it_answers() -> None:
    kinds = [kind for kind, _ in BLOCKS if kind != "python"]
    assert [*pairwise(kinds)][::2] == [("yaml", "console")] * len(CONFIGURATIONS)
    assert all(COMMAND.findall(each) for each in TALKS)


async def test_the_example() -> None:
    folder = ROOT / "examples" / "tornado_site"
    path = os.pathsep.join([str(SOURCE), str(folder)])
    async with running("tornado_site", PYTHONPATH=path) as (site, client):
        async with client.post(f"{site}/engines/difference") as answer:
            assert (answer.status, await answer.text()) == (201, "Built.\n")
        async with client.get(f"{site}/") as answer:
            assert await answer.json() == {"engines": ["difference"]}
