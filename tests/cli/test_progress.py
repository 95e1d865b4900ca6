"""The line that says how far an input was read."""

from __future__ import annotations

import io
from pathlib import Path

from piped.cli.progress import Progress, size_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_short_input_shows_nothing() -> None:
    out, time = Terminal(), Time()
    progress = Progress(out, 100, time)
    progress.update(5, 50)
    progress.clear()
    assert out.getvalue() == ""


def test_a_long_one_has_a_bar_and_then_it_is_gone() -> None:
    out, time = Terminal(), Time()
    progress = Progress(out, 100, time)
    time.now = 2
    progress.update(1_500, 50)
    assert out.getvalue() == f"\r\x1b[K[{'#' * 15}{'.' * 15}]  50%  1,500 batons"
    progress.clear()
    assert out.getvalue().endswith("\r\x1b[K")


def test_it_is_not_written_all_the_time() -> None:
    out, time = Terminal(), Time()
    progress = Progress(out, None, time)
    time.now = 2
    for batons in range(10):
        progress.update(batons, 0)
    assert out.getvalue() == "\r\x1b[K0 batons"


def test_nobody_looks_where_there_is_no_terminal() -> None:
    out, time = io.StringIO(), Time()
    progress = Progress(out, 100, time)
    time.now = 2
    progress.update(1, 1)
    progress.clear()
    assert out.getvalue() == ""


def test_the_size_is_known_of_files_only(tmp_path: Path) -> None:
    path = tmp_path / "batons"
    path.write_text("12345")
    with path.open("rb") as file:
        assert size_of(file) == 5
    assert size_of(io.BytesIO(b"12345")) is None
