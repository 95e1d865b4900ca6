"""What commands share that run single batons."""

from __future__ import annotations

import pytest

from piped.cli.alone import tell_failure
from piped.secret import Secret


def test_a_failure_has_its_notes_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    failure = ValueError(f"wrong password {Secret('hunter22').reveal()}")
    failure.add_note("in step 'x'")
    tell_failure(failure, "line 3: ")
    assert capsys.readouterr().err == "line 3: ValueError: wrong password «secret»\nin step 'x'\n"


def test_of_a_group_each_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell_failure(ExceptionGroup("several", [ValueError("one"), KeyError("other")]))
    said = capsys.readouterr().err
    assert "ValueError: one" in said
    assert "KeyError: 'other'" in said
