"""The manual of the web: each configuration in it runs, and answers what stands below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manuals import COMMAND, NEEDS_CURL, answers, pairs, served

SHOWN = pairs("web.md")

pytestmark = NEEDS_CURL


@pytest.mark.parametrize(
    ("configuration", "talk"), SHOWN, ids=[each.split()[1] for each, _ in SHOWN]
)
async def test_it_answers_what_the_manual_says(
    configuration: str, talk: str, tmp_path: Path
) -> None:
    async with served(configuration, tmp_path) as (_, port):
        await answers(talk, port)


def test_there_is_something_to_be_shown() -> None:
    assert len(SHOWN) >= 3
    assert all(len(COMMAND.findall(talk)) >= 3 for _, talk in SHOWN)
