"""Pictures by Graphviz, where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from piped.exceptions import PipedError
from piped.observe.graphviz import picture, rendered
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
    program.write_text(
        '#!/bin/sh\necho "<svg $1><g class=\\"graph piped\\">"; cat; echo "</g></svg>"\n'
    )
    text = picture(drawing("a: b"))
    assert text.startswith('<svg class="piped" -Tsvg><style>')
    assert '"a" -> "b"' in text
    assert "prefers-color-scheme: dark" in text


def test_what_it_complains_of_is_told(program: Path) -> None:
    program.write_text("#!/bin/sh\ncat >/dev/null\necho no such font >&2\nexit 3\n")
    with pytest.raises(PipedError, match="no such font"):
        picture(drawing("a: b"))


def test_without_it_we_draw_ourselves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert picture(drawing("a: b")) == svg(drawing("a: b"))


async def test_one_that_takes_too_long_is_ended(program: Path, tmp_path: Path) -> None:
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    with pytest.raises(PipedError, match=r"did not end within 0\.5 seconds"):
        await rendered(str(program), "digraph {}", "svg", seconds=0.5, most=1000)
    assert not is_alive(int((tmp_path / "pid").read_text()))


async def test_one_that_draws_too_much_is_ended(program: Path, tmp_path: Path) -> None:
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec cat /dev/zero\n")
    with pytest.raises(PipedError, match="larger than 1000 bytes"):
        await rendered(str(program), "digraph {}", "png", seconds=50, most=1000)
    assert not is_alive(int((tmp_path / "pid").read_text()))


async def test_one_that_reads_nothing_and_complains_for_long_is_heard(program: Path) -> None:
    program.write_text("#!/bin/sh\nyes no such font | head -c 1000000 >&2\nexit 1\n")
    with pytest.raises(PipedError, match="did not draw it") as raised:
        await rendered(str(program), "digraph {}" * 100_000, "svg", seconds=50, most=1000)
    assert len(raised.value.detail or "") <= 10_000


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
