"""The manual of mails: what comes in is taken, and what goes out is right."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from piped.testing import YamlEnvironment, check_yaml
from tests.manuals import blocks
from tests.sites import free_port, serving

BLOCKS = blocks("mail.md")
CONFIGURATIONS = [text for kind, text in BLOCKS if kind == "yaml"]
[CODE] = [text for kind, text in BLOCKS if kind == "python"]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=["in", "out"])
def test_a_configuration_is_right(configuration: str) -> None:
    assert check_yaml(configuration) == []


async def test_a_mail_is_taken(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "post.yaml").write_text(CONFIGURATIONS[0].replace("10025", str(port)))
    code = CODE.replace("localhost", "127.0.0.1").replace("10025", str(port))
    async with serving(tmp_path, port, "-c", "post.yaml"):
        await asyncio.to_thread(exec, code, {})


async def test_its_subject_is_kept() -> None:
    environment = YamlEnvironment(CONFIGURATIONS[0])
    mail = {"message": {"Subject": "Engines"}}
    assert await environment.run(mail, "incoming") == [mail]
