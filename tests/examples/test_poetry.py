"""The README of the example `poetry`: what stands there is typed, and is seen."""

from __future__ import annotations

import re

import pytest

from tests.examples.poetry import EXAMPLE, Shell, skip_unless_root, typed
from tests.test_documents import BLOCK

README = (EXAMPLE / "README.md").read_text(encoding="utf-8")
TALKS = [body for language, body in BLOCK.findall(README) if language == "console"]
SHORT = re.compile(r"[\w-]+/[\w-]+\.py")


def name_of(talk: str) -> str:
    first = talk.splitlines()[0]
    return first.removeprefix("$ ").split("/")[0].replace(" ", "-")


@pytest.mark.parametrize("talk", TALKS, ids=map(name_of, TALKS))
def test_what_it_shows_is_seen(talk: str, a_shell: Shell) -> None:
    if "--uid nobody" in talk:
        skip_unless_root()
    for each in typed(talk):
        a_shell.type(each)


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
