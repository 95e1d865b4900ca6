"""The terminal: from a program, and from a person."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from piped.checking import check
from piped.conf import Configuration
from tests.commands import LIMIT, PIPED, environment, piped, read_until, running, written

APP = """
    contexts: {shared: {number: 1}}
    repl:
      dependencies: {shared: context.shared}
      bootstrap: |
        import asyncio
        from twisted.internet.defer import succeed
        async def later(value):
            await asyncio.sleep(0)
            return value
        known = await later(41)
    """


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path, app_yaml=APP)
    return tmp_path


def typed(folder: Path, *lines: str, options: tuple[str, ...] = ()) -> Any:
    text = "".join(f"{line}\n" for line in lines)
    return piped(folder, "-nc", "app.yaml", "--repl", *options, stdin=text)


def test_what_a_program_writes_is_executed_to_the_end_of_it(folder: Path) -> None:
    answer = typed(
        folder,
        "known + 1",
        "await later('from asyncio')",
        "await succeed('from Twisted')",
        "d.shared['number'], dependencies is d",
        "for n in range(2):",
        "    print('n', n)",
        "",
        "mine = 5",
        "mine",
        "runtime_environment.get_configuration_value('contexts.shared.number')",
    )
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == [
        "42",
        "'from asyncio'",
        "'from Twisted'",
        "(1, True)",
        "n 0",
        "n 1",
        "5",
        "1",
    ]
    assert ">>>" not in answer.stderr
    assert "the process ends" in answer.stderr


def test_whatever_fails_is_shown_and_the_process_goes_on(folder: Path) -> None:
    answer = typed(
        folder,
        "1 / 0",
        "return await",
        "raise KeyboardInterrupt",
        "await asyncio.wait_for(asyncio.Event().wait(), 0)",
        "raise asyncio.CancelledError",
        "'still here'",
    )
    assert answer.returncode == 0
    assert answer.stdout == "'still here'\n"
    for name in ("ZeroDivisionError", "SyntaxError", "KeyboardInterrupt", "TimeoutError"):
        assert name in answer.stderr
    assert "CancelledError" in answer.stderr
    assert "never retrieved" not in answer.stderr


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("exit()", 0),
        ("exit(3)", 3),
        ("raise SystemExit('no')", 1),
        ("runtime_environment.stop(2)", 2),
    ],
)
def test_the_way_out_has_a_code(folder: Path, line: str, exit_code: int) -> None:
    assert typed(folder, line).returncode == exit_code


def test_a_last_line_needs_no_end(folder: Path) -> None:
    assert (
        piped(folder, "run", "app.yaml", "-O", "repl.enabled:true", stdin="1 + 1").stdout == "2\n"
    )


def test_a_bootstrap_that_fails_is_logged_and_what_it_set_is_there(folder: Path) -> None:
    written(folder, more_yaml="includes: [app.yaml]\nrepl: {bootstrap: 'x = 1; x / 0'}\n")
    answer = piped(folder, "-nc", "more.yaml", "--repl", stdin="x\n")
    assert (answer.returncode, answer.stdout) == (0, "1\n")
    assert "repl: the bootstrap failed" in answer.stderr
    assert "ZeroDivisionError" in answer.stderr


def test_a_bootstrap_that_is_no_python_is_a_problem() -> None:
    for code, wrong in (("x = (", True), ("return 1", True), ("x = await y", False)):
        problems = check(Configuration.of({"repl": {"bootstrap": code}})).problems
        assert bool(problems) is wrong


def test_without_being_enabled_nothing_is_read(folder: Path) -> None:
    with running(folder, "-nc", "app.yaml") as process:
        read_until(process, "piped: process")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0


def test_a_process_without_any_input_goes_on(folder: Path) -> None:
    up = ("-O", "system-events.startup:{a: pipeline.a}", "-O", "pipelines.a:[shutdown]")
    answer = piped(folder, "-nc", "app.yaml", "--repl", *up)
    assert answer.returncode == 0
    assert "no terminal and no input" in answer.stderr


def test_a_process_that_stops_while_it_waits_for_a_line_ends(folder: Path) -> None:
    with running(folder, "-nc", "app.yaml", "--repl") as process:
        assert process.stdin is not None
        process.stdin.write("print('ready')\n")
        process.stdin.flush()
        read_until(process, "ready")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
        assert "Fatal" not in read_until(process, "the process ends")


# A terminal


class Person:
    """Somebody at a terminal."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self.seen = ""

    def types(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def sees(self, text: str) -> None:
        """Read until `text` is there, and forget all up to it."""
        while text not in self.seen:
            self.seen += os.read(self._terminal, 4096).decode()
        self.seen = self.seen.partition(text)[2]


@contextmanager
def at_a_terminal(folder: Path) -> Iterator[tuple[Person, subprocess.Popen[bytes], int]]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PIPED, "-nc", "app.yaml", "--repl"],
        cwd=folder,
        env=environment(TERM="dumb", INPUTRC=os.devnull),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    try:
        yield Person(ours), process, theirs
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        with suppress(OSError):
            os.close(ours)


@pytest.mark.parametrize("end", ["Ctrl-D", "SIGTERM"])
def test_a_person_has_a_prompt_and_gets_the_terminal_back(folder: Path, end: str) -> None:
    with at_a_terminal(folder) as (person, process, terminal):
        before = termios.tcgetattr(terminal)
        person.sees("Ctrl-D stops the process")
        person.sees(">>> ")
        person.types("await later(known + 1)\n")
        person.sees("42")
        person.sees(">>> ")
        person.types("1 / 0\n")
        person.sees("ZeroDivisionError: division by zero")
        person.sees(">>> ")
        person.types("def f():\n")
        person.sees("... ")
        if end == "Ctrl-D":
            person.types("    return 5\n\n")
            person.sees(">>> ")
            person.types("\x04")
        else:
            process.send_signal(signal.SIGTERM)
        person.sees("the process ends")
        assert process.wait(LIMIT) == 0
        assert termios.tcgetattr(terminal) == before


def test_names_are_completed(folder: Path) -> None:
    pytest.importorskip("readline")
    with at_a_terminal(folder) as (person, _, _):
        person.sees(">>> ")
        person.types("later_on = 7\n")
        person.sees(">>> ")
        person.types("later_\t + 1\n")
        person.sees("\n8")
