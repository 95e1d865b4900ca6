"""Python processes that tests start, and always end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

SOURCE = Path(__file__).parents[1] / "src"
LIMIT = 30  # seconds; never reached when all is well


def _arguments(code: str, args: tuple[object, ...]) -> tuple[list[str], dict[str, Any]]:
    command = [sys.executable, "-W", "error", "-c", dedent(code), *map(str, args)]
    return command, {"env": {**os.environ, "PYTHONPATH": str(SOURCE)}, "text": True}


def run(code: str, *args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `code` to its end."""
    command, defaults = _arguments(code, args)
    options = {"capture_output": True, **defaults, **options}
    return subprocess.run(command, timeout=LIMIT, check=False, **options)


def tell(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that it prints, without its end; waits for it."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


@contextmanager
def started(code: str, *args: object) -> Iterator[subprocess.Popen[str]]:
    """Run `code` beside the test, with pipes to and from it."""
    command, defaults = _arguments(code, args)
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, **defaults)
    with process:
        try:
            yield process
        finally:
            process.kill()
