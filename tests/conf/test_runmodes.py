"""What counts under a test runner only."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from piped.conf import Configuration, load
from piped.conf.runmodes import detected
from tests.conf.doubles import Write, node_at, wrong

TEXT = "x: 1\ny: {z: 1}\nrunmodes:\n  unittest: {x: 2, y: {w: 3}}\n  night: {x: 5}\n"


def read(text: str, runmode: str | None) -> Any:
    return Configuration.from_text(text, environment={}, runmode=runmode).get("")


@pytest.mark.parametrize(
    "program",
    [
        "trial",
        "/usr/bin/trial",
        "nosetests",
        "pytest",
        "/x/pytest/__main__.py",
        "py.test",
        "trial3",
    ],
)
def test_a_test_runner_is_known_by_its_name(program: str) -> None:
    assert detected(program) == "unittest"


@pytest.mark.parametrize(
    "program", ["piped", "", "-c", "/home/trial/bin/piped", "/x/piped/__main__.py"]
)
def test_nothing_else_is_one(program: str) -> None:
    assert detected(program) == ""


def test_a_run_mode_is_merged_over_its_file() -> None:
    assert read(TEXT, "unittest") == {"x": 2, "y": {"z": 1, "w": 3}}


def test_any_other_can_be_asked_for() -> None:
    assert read(TEXT, "night") == {"x": 5, "y": {"z": 1}}
    assert read(TEXT, "day") == read(TEXT, "") == {"x": 1, "y": {"z": 1}}


def test_who_does_not_ask_gets_what_fits_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/trial", "x"])
    assert read(TEXT, None)["x"] == 2
    monkeypatch.setattr(sys, "argv", ["/usr/bin/piped", "x"])
    assert read(TEXT, None)["x"] == 1


def names_of(file: Path) -> Any:
    return load(file, environment={}, runmode="unittest").get("")


def test_a_run_mode_counts_for_its_own_file_and_what_that_includes(write: Write) -> None:
    app = write(
        {
            "app.yaml": "includes: [a.yaml]\nx: app\nrunmodes: {unittest: {y: test}}",
            "a.yaml": "x: a\ny: a\nz: a\nrunmodes: {unittest: {x: test, z: test}}",
        }
    )
    assert names_of(app) == {"x": "app", "y": "test", "z": "test"}


def test_below_a_prefix_it_counts_below_the_prefix(write: Write) -> None:
    app = write(
        {"app.yaml": "includes: [{p: a.yaml}]", "a.yaml": "x: 1\nrunmodes: {unittest: {x: 2}}"}
    )
    assert names_of(app) == {"p": {"x": 2}}


def test_the_origin_names_the_run_mode() -> None:
    tree = Configuration.from_text(TEXT, environment={}, runmode="unittest")
    origin = node_at(tree, "x").origin
    assert origin.how == "runmode unittest"
    assert origin.replaced is not None


def test_run_modes_are_mappings() -> None:
    assert wrong("runmodes: [a]") == ["1:11: runmodes takes a mapping, not a list"]
    assert read("runmodes:\n", "unittest") == read("runmodes: {unittest: }", "unittest") == {}
    with pytest.raises(Exception, match=r"runmodes\.unittest takes a mapping, not a number"):
        read("runmodes: {unittest: 3}", "unittest")
