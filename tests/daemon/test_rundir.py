"""The directory in which the server runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from piped.daemon import rundir
from piped.exceptions import PipedError


def test_it_becomes_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")  # which is undone in the end, whatever happens here
    rundir.enter(tmp_path)
    assert Path.cwd() == tmp_path.resolve()


def test_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PipedError, match=r"cannot run in .*/nowhere: No such file or directory"):
        rundir.enter(tmp_path / "nowhere")
