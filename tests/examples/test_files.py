"""The example of files, and its manual."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.commands import LIMIT, read_until, running
from tests.test_documents import BLOCK

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples" / "files" / "files.yaml"
CONFIGURATION, TALK = (
    body for _, body in BLOCK.findall((ROOT / "docs" / "files.md").read_text(encoding="utf-8"))[:2]
)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_it_says_what_the_manual_says(loop: str, tmp_path: Path) -> None:
    _, *told = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", TALK, re.MULTILINE)
    with running(tmp_path, "-nc", str(FILE), "-r", loop) as process:
        read_until(process, "piped: process")
        for command, answer in told:
            subprocess.run(command, shell=True, cwd=tmp_path, check=True)
            read_until(process, answer.strip())
        read_until(process, "was moved to processed/1.txt")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
        assert "Traceback" not in read_until(process, "the process ends")
    assert len(told) == 2
    assert (tmp_path / "processed" / "1.txt").read_text() == "3 gears\n"


def test_the_manual_shows_the_example() -> None:
    assert FILE.read_text(encoding="utf-8").endswith(CONFIGURATION.partition("\n")[2])
