"""How long a run may keep others from their turn."""

from __future__ import annotations

import pytest

from piped.processing.patience import Patience


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("piped.processing.patience.PATIENCE", -1)


async def test_it_begins_when_it_is_asked_first() -> None:
    patience = Patience()
    assert [patience.is_over() for _ in range(3)] == [False, True, True]


def test_it_has_no_end_where_there_is_nobody_else() -> None:
    patience = Patience()
    assert not any(patience.is_over() for _ in range(3))


async def test_it_lasts_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("piped.processing.patience.PATIENCE", 3_600)
    patience = Patience()
    assert not any(patience.is_over() for _ in range(3))
