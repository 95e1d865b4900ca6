"""The section `logging`, as a configuration has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from piped.conf import Configuration
from piped.logs import Logging
from piped.options import INVALID, Check, schema_of


def converted(settings: dict[str, Any]) -> tuple[Any, list[str]]:
    node = Configuration.of({"logging": settings}).node("logging")
    assert node is not None
    check = Check()
    value = check.convert(node, Logging, "logging")
    return value, [problem.message for problem in check.problems]


def test_all_can_be_set() -> None:
    settings = {
        "level": "debug",
        "levels": {"orders": "WARNING"},
        "format": "json",
        "file": "app.log",
        "rotate": "10MiB",
        "keep": 3,
        "console": False,
        "config": {"root": {"level": "INFO"}},
    }
    expected = Logging(
        level="debug",
        levels={"orders": "WARNING"},
        format="json",
        file=Path("app.log"),
        rotate=10 * 1024 * 1024,
        keep=3,
        console=False,
        config={"root": {"level": "INFO"}},
    )
    assert converted(settings) == (expected, [])


@pytest.mark.parametrize(
    "settings",
    [
        {"level": "loud"},
        {"levels": {"orders": 3}},
        {"rotate": "long"},
        {"rotate": -1},
        {"keep": -1},
        {"files": "x.log"},
        {"config": "logging.yaml"},
    ],
    ids=str,
)
def test_what_is_wrong_is_found(settings: dict[str, Any]) -> None:
    value, messages = converted(settings)
    assert value is INVALID
    assert len(messages) == 1


def test_every_setting_has_its_help() -> None:
    assert [option.name for option in schema_of(Logging).options if not option.help] == []
