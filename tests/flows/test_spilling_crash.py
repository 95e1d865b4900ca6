"""What was confirmed is stored, whenever the process is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("spilling_process.py")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}


def run(folder: Path, first: int, last: int, lines: int | None) -> list[str]:
    """What it said: until it was killed after so many lines, or to its end."""
    command = [sys.executable, str(PROGRAM), str(folder), str(first), str(last)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.strip())
            if lines is not None and len(said) == lines:
                os.kill(process.pid, signal.SIGKILL)
    return said


@pytest.mark.parametrize("seed", range(3))
def test_what_was_confirmed_is_stored_whenever_it_is_killed(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    said: list[str] = []
    for number in range(3):
        first = number * 10_000
        said += run(tmp_path, first, first + 3000, chance.randrange(1, 1500))
    last = run(tmp_path, 90_000, 90_010, None)
    assert last[-1] == "ended 0"
    words = [line.split() for line in [*said, *last]]
    confirmed = {int(number) for word, number in words if word == "confirmed"}
    stored = [int(number) for word, number in words if word == "stored"]
    assert confirmed <= set(stored)
    assert len(confirmed) > 100
    again = run(tmp_path, 0, 0, None)
    assert again == ["ended 0"], "what is done does not come again"
