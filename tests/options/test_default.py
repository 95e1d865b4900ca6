"""Defaults as one would write them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from piped.options import INVALID, Cron
from piped.options.default import json_of
from piped.paths import BatonPath


class Mode(Enum):
    FAST = "fast"
    ODD = object()


@pytest.mark.parametrize(
    ("default", "written"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        ("a", "a"),
        (Mode.FAST, "fast"),
        (Mode.ODD, INVALID),
        (Path("a/b"), "a/b"),
        (Cron("* * * * *"), "* * * * *"),
        ((1, [2]), [1, [2]]),
        ({"a": {1: "b"}}, {"a": {"1": "b"}}),
        (float("inf"), INVALID),
        (object(), INVALID),
        (BatonPath("a"), INVALID),
        ([object()], INVALID),
        ({"a": object()}, INVALID),
    ],
)
def test_defaults(default: Any, written: Any) -> None:
    assert json_of(default) == written
