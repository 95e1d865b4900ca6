"""The options of the command: those of old that still mean something."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from piped.cli.main import piped

OPTIONS = {
    "-n": "--nodaemon",
    "-l": "--logging-config",
    "-p": "--pidfile",
    "-d": "--rundir",
    "-O": "--override",
    "-c": "--conf",
    "-s": "--script",
    "-r": "--reactor",
    "-D": "--debug",
    "-v": "--version",
}


def spellings() -> set[str]:
    options = [each for each in piped.params if isinstance(each, click.Option)]
    return {spelling for option in options for spelling in option.opts}


def test_all_options_of_old_are_there() -> None:
    assert spellings() == {*OPTIONS, *OPTIONS.values(), "--help-reactors", "--repl"}


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_asked_for_as_of_old(option: str) -> None:
    answer = CliRunner().invoke(piped, [option])
    assert answer.exit_code == 0
    assert all(each in answer.output for each in spellings())


def test_the_loops_are_listed_without_a_configuration() -> None:
    answer = CliRunner().invoke(piped, ["--help-reactors"])
    assert (answer.exit_code, answer.output.split()) == (0, ["asyncio", "uvloop"])


@pytest.mark.parametrize("arguments", [["-n"], ["-nc", "a.yaml", "-s", "b.yaml"], ["--nope"]])
def test_one_configuration_is_needed(arguments: list[str]) -> None:
    answer = CliRunner().invoke(piped, arguments)
    assert answer.exit_code == 2
    assert "Usage:" in answer.output


def test_versions_are_told_without_a_configuration() -> None:
    answer = CliRunner().invoke(piped, ["-v"])
    assert answer.exit_code == 0
    lines = answer.output.splitlines()
    assert [line.split()[0] for line in (lines[0], lines[1], lines[-1])] == [
        "piped",
        "Twisted",
        "Python",
    ]
