"""The manual of databases: each configuration in it runs, and answers what stands below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manuals import NEEDS_CURL, answers, pairs, served
from tests.providers.database.databases import database

SHOWN = [
    pytest.param(
        configuration,
        talk,
        id=configuration.split()[1],
        marks=[pytest.mark.service("postgresql")] if "postgresql://" in configuration else [],
    )
    for configuration, talk in pairs("database.md")
]

pytestmark = NEEDS_CURL


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
    async with served(configuration, folder) as (_, port):
        await answers(talk, port)
