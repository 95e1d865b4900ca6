"""Looking into pipelines while they run."""

from __future__ import annotations

import pytest

from tests.processors.trying import complaint, result


def test_the_debugger_is_entered_for_each_baton(monkeypatch: pytest.MonkeyPatch) -> None:
    entered = []
    monkeypatch.setattr("sys.breakpointhook", lambda: entered.append("here"))
    assert result("set-pdb-trace, set-pdb-trace", {"a": 1}) == {"a": 1}
    assert entered == ["here", "here"]


def test_there_is_nothing_to_say_about_it() -> None:
    assert "has no option 'where'" in complaint("set-pdb-trace: {where: here}")
