"""Pictures by Graphviz, where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from piped.exceptions import PipedError
from piped.observe.graphviz import picture
from piped.observe.svg import svg
from tests.observe.drawings import drawing


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called `dot` on a PATH that has little else."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    path = tmp_path / "dot"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_it_is_asked_where_it_is_installed(program: Path) -> None:
    program.write_text('#!/bin/sh\necho "<svg $1><g class=\'graph\'>"; cat; echo "</g></svg>"\n')
    text = picture(drawing("a: b"))
    assert text.startswith("<svg -Tsvg><style>")
    assert '"a" -> "b"' in text
    assert "prefers-color-scheme: dark" in text


def test_what_it_complains_of_is_told(program: Path) -> None:
    program.write_text("#!/bin/sh\ncat >/dev/null\necho no such font >&2\nexit 3\n")
    with pytest.raises(PipedError, match="no such font"):
        picture(drawing("a: b"))


def test_without_it_we_draw_ourselves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert picture(drawing("a: b")) == svg(drawing("a: b"))
