"""The settings of the debugger."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import piped
from piped.options.check import Check
from piped.web.debugger.settings import Debug
from tests.options.reading import node


def test_nobody_may_debug_unless_named() -> None:
    assert Debug().allow == []
    assert (Debug().max_inactive_time, Debug().reap_interval) == (300, 60)


@pytest.mark.parametrize(
    "text", ["{allow: localhost}", "{max_failures: 0}", "{reap_interval: 0}", "{allowed: []}"]
)
def test_what_does_not_fit_is_a_problem(text: str) -> None:
    check = Check()
    check.convert(node(text), Debug, "debug")
    assert check.problems


def test_they_bring_neither_twisted_nor_the_console() -> None:
    code = (
        "import sys, piped.web.debugger.settings;"
        "print([each for each in sys.modules if each.startswith(('twisted', 'asyncio'))])"
    )
    environment = {"PYTHONPATH": str(Path(piped.__file__).parents[1])}
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    assert ran.stdout == "[]\n"
