"""The manual of flows: each program prints what stands below it, and each configuration runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import environment, piped

MANUAL = Path(__file__).parents[1] / "docs" / "flows.md"
PROGRAM = re.compile(r"^```python\n(.*?)^```\n+```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONFIGURATION = re.compile(r"^```yaml\n(# (\S+\.yaml)\n.*?)^```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^```sh\n\$ ([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
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


@pytest.fixture
def configurations(tmp_path: Path) -> list[str]:
    """All that have a name, in a folder."""
    found = CONFIGURATION.findall(MANUAL.read_text(encoding="utf-8"))
    for text, name in found:
        (tmp_path / name).write_text(text)
    return [name for _, name in found]


def test_nothing_is_wrong_with_its_configurations(
    configurations: list[str], tmp_path: Path
) -> None:
    assert configurations == ["readings.yaml", "upper.yaml"]
    checked = piped(tmp_path, "check", *configurations)
    assert checked.stdout.count("nothing is wrong") == 2, checked.stdout


@pytest.mark.usefixtures("configurations")
def test_its_line_for_a_shell_prints_what_it_says(tmp_path: Path) -> None:
    [(line, printed)] = LINE.findall(MANUAL.read_text(encoding="utf-8"))
    answer = subprocess.run(
        ["bash", "-c", line.replace("piped", f"{sys.executable} -m piped")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=LIMIT,
        check=True,
    )
    assert answer.stdout == printed


def test_there_are_programs_in_it() -> None:
    assert len(PROGRAMS) >= 3
