"""The command itself: what it understands, and what it says when it does not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from piped.cli.main import COMMANDS
from tests.commands import LIMIT, PIPED, environment, piped, written
from tests.processes import run

Invoke = Callable[..., Result]

ECHO = """\
    #!/usr/bin/env -S piped -ns
    system-events: {startup: {go: pipeline.go}}
    pipelines:
      go:
        - eval-lambda: {lambda: "b: __import__('sys').argv"}
        - pretty-print
        - shutdown
    """


def test_help_teaches_by_examples_and_names_all_commands(invoke: Invoke) -> None:
    for option in ("-h", "--help"):
        answer = invoke(option)
        assert answer.exit_code == 0
        assert "piped -nc app.yaml" in answer.output
        assert all(name in answer.output for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_an_example(invoke: Invoke, name: str) -> None:
    answer = invoke(name, "-h")
    assert answer.exit_code == 0
    assert f"\n  piped {name}" in answer.output.partition("Example")[2].replace("    ", "  ")
    assert "\\b" not in answer.output


def test_the_version_is_shown_alone(invoke: Invoke) -> None:
    for option in ("-v", "--version"):
        answer = invoke(option)
        assert answer.exit_code == 0
        assert [line.split()[0] for line in answer.output.splitlines()] == [
            "piped",
            "Twisted",
            "Python",
        ]


def test_event_loops_are_listed_without_a_configuration(invoke: Invoke) -> None:
    answer = invoke("--help-reactors")
    assert (answer.exit_code, answer.output.split()) == (0, ["asyncio", "uvloop"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("", "Say which configuration to run"),
        ("-n", "Say which configuration to run"),
        ("-c a.yaml -s b.yaml", "not both"),
        ("chekc app.yaml", "did you mean 'check'?"),
        ("app.yaml", "did you mean `piped -nc app.yaml`?"),
        ("-nc app.yaml --scipt x", "Did you mean '--script'?"),
        ("-x", "No such option '-x'"),
        ("-nxc app.yaml", "No such option '-x'"),
        ("-c", "'-c' requires an argument"),
        ("-nc app.yaml -r uvlop", "did you mean 'uvloop'?"),
        ("check", "Missing argument 'FILE...'"),
        ("list wonders", "'wonders' is not one of"),
        ("completion csh", "'csh' is not one of"),
        ("describe set-valu", "did you mean 'set-value'?"),
        ("describe nonsense", "`piped list` shows all there are"),
    ],
)
def test_wrong_usage_is_told_with_a_way_out(invoke: Invoke, arguments: str, told: str) -> None:
    answer = invoke(*arguments.split())
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize("command", ["check", "config", "run", "-nc", "list -c", "schema -c"])
@pytest.mark.parametrize("file", ["missing.yaml", "folder"])
def test_what_cannot_be_read_is_told_by_every_command(
    invoke: Invoke, tmp_path: Path, command: str, file: str
) -> None:
    (tmp_path / "folder").mkdir()
    answer = invoke(*command.split(), file)
    assert answer.exit_code == 78
    assert ("there is no file" if file == "missing.yaml" else "is a folder") in answer.stderr
    assert isinstance(answer.exception, SystemExit)


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ("-nc a.yaml", {"foreground": True, "configuration": "a.yaml"}),
        ("-c a.yaml", {"foreground": False, "pidfile": None, "loop": "asyncio", "rundir": "."}),
        ("-ns a.yaml x --y -n", {"foreground": True, "arguments": ("x", "--y", "-n")}),
        ("-ns a.yaml check", {"arguments": ("check",)}),
        ("-ns a.yaml", {"arguments": ()}),
        ("-Dnc a.yaml", {"debug": True, "foreground": True}),
        ("-nc a.yaml -O a:1 -O b.c:2", {"overrides": ("a:1", "b.c:2")}),
        ("-nc a.yaml -O repl:1 --repl", {"overrides": ("repl.enabled:true", "repl:1")}),
        ("-nc a.yaml --pidfile=", {"pidfile": ""}),
        ("-nc a.yaml -p run/%d", {"pidfile": "run/%d"}),
        ("-nc a.yaml -l x.log", {"log": "x.log"}),
        ("-nc a.yaml -d /tmp", {"rundir": "/tmp"}),
        ("-nca.yaml -ruvloop", {"configuration": "a.yaml", "loop": "uvloop"}),
        ("run a.yaml -O a:1", {"foreground": True, "pidfile": "", "overrides": ("a:1",)}),
    ],
)
def test_options_say_how_to_start(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, arguments: str, fields: dict[str, Any]
) -> None:
    seen: list[Any] = []

    def start(starting: Any) -> int:
        seen.append(starting)
        return 7

    monkeypatch.setattr("piped.daemon.startup.start", start)
    assert invoke(*arguments.split()).exit_code == 7
    [starting] = seen
    assert {name: getattr(starting, name) for name in fields} == fields


def test_a_configuration_is_a_script(tmp_path: Path) -> None:
    wrapper, script = tmp_path / "piped", tmp_path / "echo.yaml"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(PIPED)} "$@"\n')
    wrapper.chmod(0o755)
    written(tmp_path, echo_yaml=ECHO)
    script.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    answer = subprocess.run(
        ["./echo.yaml", "one", "--two", "-x"],
        cwd=tmp_path,
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert answer.returncode == 0
    assert answer.stdout == "['./echo.yaml', 'one', '--two', '-x']\n"
    assert {each.name for each in tmp_path.iterdir()} == {"piped", "echo.yaml"}


def test_a_reader_who_has_read_enough_is_not_complained_of(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        answer = subprocess.run(
            [*PIPED, "list"],
            cwd=tmp_path,
            env=environment(),
            stdout=nobody,
            stderr=subprocess.PIPE,
            timeout=LIMIT,
            check=False,
        )
    assert answer.stderr == b""


def test_the_working_directory_is_not_importable_by_itself(tmp_path: Path) -> None:
    written(tmp_path, app_yaml="plugins: {bundles: {mine: mine}}\n", mine_py="\n")
    answer = piped(tmp_path, "check", "app.yaml")
    assert answer.returncode == 78
    assert "PYTHONPATH=. piped -nc app.yaml" in answer.stderr
    path = f"{environment()['PYTHONPATH']}:."
    assert piped(tmp_path, "check", "app.yaml", PYTHONPATH=path).returncode == 0


def test_the_command_costs_no_event_loop_before_it_needs_one() -> None:
    answer = run("""
        import sys
        import piped.cli.main, piped.cli.check
        print([each for each in ("twisted", "asyncio") if each in sys.modules])
        """)
    assert answer.stdout == "[]\n"
