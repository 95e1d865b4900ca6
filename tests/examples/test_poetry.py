"""The README of the example `poetry`: what stands there is typed, and is seen."""

from __future__ import annotations

import grp
import os
import pwd
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.poetry import EXAMPLE, Shell, shell, typed
from tests.test_documents import BLOCK

README = (EXAMPLE / "README.md").read_text(encoding="utf-8")
TALKS = [body for language, body in BLOCK.findall(README) if language == "console"]
SHORT = re.compile(r"[\w-]+/[\w-]+\.py")


def name_of(talk: str) -> str:
    first = talk.splitlines()[0]
    return first.removeprefix("$ ").split("/")[0].replace(" ", "-")


def is_for_root(talk: str) -> bool:
    return "--uid" in talk


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder into which anyone may look: those of pytest are for their owner alone."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def a_shell(folder: Path) -> Iterator[Shell]:
    with shell(folder) as a_shell:
        yield a_shell


@pytest.mark.parametrize("talk", TALKS, ids=map(name_of, TALKS))
def test_what_it_shows_is_seen(talk: str, a_shell: Shell) -> None:
    if is_for_root(talk):
        skip_without("nobody", "nogroup")
    for each in typed(talk):
        a_shell.type(each)


def skip_without(user: str, group: str) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    try:
        pwd.getpwnam(user), grp.getgrnam(group)
    except KeyError as missing:
        pytest.skip(str(missing))


def test_all_programs_are_in_it() -> None:
    folders = [each for each in EXAMPLE.iterdir() if each.is_dir() and "-" in each.name]
    programs = {f"{path.parent.name}/{path.name}" for each in folders for path in each.glob("*.py")}
    shown = {program for talk in TALKS for program in SHORT.findall(talk)}
    # The one is a misspelling of a program that is there, the other is started in its other ways.
    assert programs - shown == {
        "twisted-server-1/tranformedpoetry.py",
        "twisted-server-1/poetry-proxy.py",
    }


def test_the_configuration_in_it_is_the_file() -> None:
    [shown] = [body for language, body in BLOCK.findall(README) if language == "yaml"]
    file = (EXAMPLE / "poetry.yaml").read_text(encoding="utf-8")
    assert file.endswith(shown)


def test_python_is_told_where_to_look() -> None:
    [told] = [body for language, body in BLOCK.findall(README) if language == "sh"]
    assert told == "export PYTHONPATH=$PWD\n"
