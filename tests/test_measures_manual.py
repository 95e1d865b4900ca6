"""The manuals of validation and metrics: each configuration runs, and answers what stands below."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manuals import COMMAND, NEEDS_CURL, answers, pairs, served

MANUALS = ["validation.md", "metrics.md"]
SHOWN = [each for manual in MANUALS for each in pairs(manual)]

pytestmark = NEEDS_CURL


@pytest.mark.parametrize(
    ("configuration", "talk"), SHOWN, ids=[each.split()[1] for each, _ in SHOWN]
)
async def test_it_answers_what_the_manual_says(
    configuration: str, talk: str, tmp_path: Path
) -> None:
    async with served(configuration, tmp_path) as (_, port):
        await answers(talk, port)


@pytest.mark.parametrize("manual", MANUALS)
def test_there_is_something_to_be_shown(manual: str) -> None:
    assert all(len(COMMAND.findall(talk)) >= 2 for _, talk in pairs(manual))
