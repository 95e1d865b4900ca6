"""The manual of flows: each program prints what stands below it, and each configuration runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import environment

MANUAL = Path(__file__).parents[1] / "docs" / "flows.md"
PROGRAM = re.compile(r"^```python\n(.*?)^```\n+```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = PROGRAM.findall(MANUAL.read_text(encoding="utf-8"))
LIMIT = 60  # seconds; never reached when all is well

# Runs a program in which `await` may stand anywhere.
RUNNER = """
import ast, asyncio, inspect, sys
code = compile(sys.stdin.read(), "<manual>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
async def main():
    result = eval(code, {"__name__": "__main__"})
    if inspect.iscoroutine(result):
        await result
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("program", "printed"), PROGRAMS, ids=[f"program {number}" for number in range(len(PROGRAMS))]
)
def test_it_prints_what_the_manual_says(program: str, printed: str, tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-u", "-c", RUNNER],
        input=program,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=LIMIT,
        check=False,
    )
    assert answer.stdout == printed
    assert answer.returncode == 0


def test_there_are_programs_in_it() -> None:
    assert len(PROGRAMS) >= 3
