"""The manual of ZeroMQ: its configurations run, or are right, and answer what stands below them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import piped
from tests.manuals import NEEDS_CURL, answers, blocks, served
from tests.sites import free_port

BLOCKS = blocks("zmq.md")
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


@NEEDS_CURL
async def test_it_answers_what_the_manual_says(tmp_path: Path) -> None:
    text = CONFIGURATIONS[0].replace("127.0.0.1:5555", f"127.0.0.1:{free_port()}")
    async with served(text, tmp_path) as (_, port):
        await answers(TALK, port)
