"""The example of another program, and its manual."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.commands import LIMIT, read_until, running
from tests.test_documents import BLOCK

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples" / "processes" / "shout.yaml"
CONFIGURATION, TALK = (
    body for _, body in BLOCK.findall((ROOT / "docs" / "processes.md").read_text())[:2]
)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_it_says_what_the_manual_says(loop: str, tmp_path: Path) -> None:
    [typed] = re.findall(r"printf '(.*)'", TALK)
    with running(tmp_path, "-nc", str(FILE), "-r", loop) as process:
        assert process.stdin is not None
        process.stdin.write(typed.replace("\\n", "\n"))
        process.stdin.flush()
        for line in TALK.splitlines()[1:]:
            read_until(process, line)
        process.stdin.close()
        said = read_until(process, "process.shout has exited with 0")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
        assert "Traceback" not in said + read_until(process, "the process ends")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_it_ends_with_the_process(loop: str, tmp_path: Path) -> None:
    with running(tmp_path, "-nc", str(FILE), "-r", loop) as process:
        said = read_until(process, "process.shout runs, as process")
        [child] = re.findall(r"as process (\d+)", said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
        assert not Path(f"/proc/{child}").exists()
        assert "Traceback" not in read_until(process, "the process ends")


def test_the_manual_shows_the_example() -> None:
    assert FILE.read_text().endswith(CONFIGURATION.partition("\n")[2])
