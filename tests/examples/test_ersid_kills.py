"""Ersid is killed under load, and has all that it has acknowledged. A whole run: `benchmarks`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ersid_kills import Server, Written, killed
from tests.providers.database.databases import database

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.service("postgresql"))]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_acknowledged_is_there_after_a_kill(kind: str, tmp_path: Path) -> None:
    async with database(kind, tmp_path) as made:
        written, gone = await killed(Server(made.url, tmp_path), kills=1, writers=10)
    assert gone == []
    assert written.count > 10


@pytest.mark.parametrize(
    ("found", "wrong"), [(None, True), (2, True), (3, False), (4, False), (5, True)]
)
def test_what_cannot_be_is_noticed(found: int | None, wrong: bool) -> None:
    written = Written(sent={"key": 4}, acknowledged={"key": 3})
    assert written.wrong("key", found) is wrong
    assert not written.wrong("another", None)
