"""The standard input of a process: a pipe, a file, a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from piped.checking import check
from piped.conf import Configuration
from tests.commands import LIMIT, PIPED, environment, piped, read_until, running, written

APP = """
    stdin:
      processor: pipeline.line
      stop_at_end: true
    pipelines:
      line:
        - exec-code: {code: "print(repr(input['line']), flush=True); return input"}
    """


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path, app_yaml=APP)
    return tmp_path


def printed(text: str, *lines: str) -> bool:
    return [each for each in text.splitlines() if not each.startswith("2")] == list(lines)


def test_each_line_is_a_baton_and_so_is_the_end(folder: Path) -> None:
    answer = piped(folder, "-nc", "app.yaml", stdin="one\ntwo é\r\n\nlast")
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == ["'one'", "'two é'", "''", "'last'", "None"]
    assert "the input has ended, and the process stops" in answer.stderr


def test_it_may_be_a_file(folder: Path) -> None:
    (folder / "lines").write_text("".join(f"{number}\n" for number in range(50_000)))
    with (folder / "lines").open() as file:
        answer = subprocess.run(
            [*PIPED, "-nc", "app.yaml"], cwd=folder, env=environment(), stdin=file,
            capture_output=True, text=True, timeout=LIMIT, check=True,
        )  # fmt: skip
    assert answer.stdout.splitlines() == [f"'{number}'" for number in range(50_000)] + ["None"]


def test_no_input_is_an_empty_one(folder: Path) -> None:
    answer = piped(folder, "-nc", "app.yaml")
    assert (answer.returncode, answer.stdout) == (0, "None\n")


def test_the_process_goes_on_after_the_end_unless_told_otherwise(folder: Path) -> None:
    with running(folder, "-nc", "app.yaml", "-O", "stdin.stop_at_end:false") as process:
        assert process.stdin is not None
        process.stdin.write("one\n")
        process.stdin.close()
        read_until(process, "None")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_process_that_stops_while_it_waits_for_a_line_ends(folder: Path, loop: str) -> None:
    with running(folder, "-nc", "app.yaml", "-r", loop) as process:
        assert process.stdin is not None
        process.stdin.write("ready\n")
        process.stdin.flush()
        read_until(process, "ready")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
        assert "Fatal" not in read_until(process, "the process ends")


def test_a_terminal_stays_as_it_is_for_others(folder: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PIPED, "-nc", "app.yaml"], cwd=folder, env=environment(), stdin=theirs, stdout=theirs
    )
    try:
        os.write(ours, b"one\n")
        said = b""
        while b"'one'" not in said:
            said += os.read(ours, 4096)
        assert os.get_blocking(theirs)
        os.write(ours, b"\x04")  # the end
        assert process.wait(LIMIT) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


def test_what_waits_is_not_read(folder: Path) -> None:
    """A writer is held up while the pipeline works."""
    slow = 'pipelines.line:[{exec-code: {code: "import asyncio; await asyncio.Event().wait()"}}]'
    with running(folder, "-nc", "app.yaml", "-O", slow) as process:
        assert process.stdin is not None
        descriptor = process.stdin.fileno()
        read_until(process, "piped: process")
        os.set_blocking(descriptor, False)
        with pytest.raises(BlockingIOError):
            _write(descriptor, 10_000_000)
        process.kill()


def _write(descriptor: int, size: int) -> None:
    while size > 0:
        size -= os.write(descriptor, b"line\n" * 1000)


def test_the_prompt_and_the_lines_would_take_from_each_other(folder: Path) -> None:
    answer = piped(folder, "-nc", "app.yaml", "--repl", stdin="")
    assert answer.returncode != 0
    assert "both `stdin` and `repl` would read the standard input" in answer.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "needs the option 'processor'"),
        ({"processor": "pipeline.x"}, "pipeline.x"),
        ({"processor": "pipeline.a", "stop_at_and": True}, "did you mean 'stop_at_end'?"),
        ({"processor": "pipeline.a", "max_length": 0}, "`max_length` is 8 at least"),
        ({"processor": "pipeline.a", "encoding": "klingon"}, "there is no encoding 'klingon'"),
    ],
)
def test_a_wrong_option_is_a_problem(settings: Any, told: str) -> None:
    tree = {"stdin": settings, "pipelines": {"a": ["passthrough"]}}
    problems = check(Configuration.of(tree)).problems
    assert any(told in each.message for each in problems)


def test_who_runs_single_batons_has_the_input_and_the_files_to_himself(folder: Path) -> None:
    more = """
        includes: [app.yaml]
        files: {it: {path: lines, processor: pipeline.line}}
        processes: {it: {executable: echo, args: [of echo], stdout: {processor: pipeline.line}}}
        """
    written(folder, more_yaml=more)
    (folder / "lines").write_text("of the file\n")
    answer = piped(
        folder, "run-pipeline", "more.yaml", "line", "--stdin", stdin='{"line": "mine"}\n'
    )
    assert answer.returncode == 0, answer.stderr
    assert "'mine'" in answer.stdout
    assert "of " not in answer.stdout
    assert not (folder / "it.files.json").exists()
