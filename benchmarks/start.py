"""How long does it take until something is known, and until something runs?

Each time is that of a whole process, from its start to its end, as a user waits for it; the median
of several. The ratio is to a Python that does nothing.

    python -m benchmarks.start [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}

HELLO = """\
pipelines:
  hello:
    - set-value: {path: content, value: Hello}
    - log: {message_path: content}
system-events:
  startup: {hello: pipeline.hello}
"""
ENDING = """\
pipelines:
  hello:
    - set-value: {path: content, value: Hello}
    - shutdown
system-events:
  startup: {hello: pipeline.hello}
"""
IMPORTS = [
    "yaml",
    "click",
    "zope.interface",
    "asyncio",
    "twisted.internet.defer",
    "twisted.application.service",
    "twisted.internet.reactor",
    "piped.conf",
    "piped.options",
    "piped.catalogue",
    "piped.checking",
    "piped.cli.main",
    "piped.daemon.startup",
]


def pipelines(count: int, steps: int) -> Iterator[str]:
    """A configuration of that size, with two options a step."""
    yield "pipelines:\n"
    for number in range(count):
        yield f"  p{number}:\n"
        for step in range(steps):
            yield f"    - set-value: {{path: a.b{step}, value: {step}}}\n"


def seconds(command: list[str], rounds: int, folder: str) -> float:
    """The median of whole runs, after one that warms the disk."""
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        subprocess.run(command, env=ENVIRONMENT, cwd=folder, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def main(rounds: int) -> None:
    piped = [sys.executable, "-m", "piped"]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "hello.yaml").write_text(HELLO)
        (here / "ending.yaml").write_text(ENDING)
        (here / "many.yaml").write_text("".join(pipelines(1000, 10)))
        nothing = seconds([sys.executable, "-c", "pass"], rounds, folder)
        print(f"{'a Python that does nothing':56} {nothing * 1000:7.0f} ms")
        for title, arguments, limit in (
            ("piped --help", ["--help"], None),
            ("piped check, a hello world", ["check", "hello.yaml"], 0.3),
            ("piped check, 1,000 pipelines of 10 steps", ["check", "many.yaml"], 1.0),
            ("piped run, from nothing to stopped again", ["run", "ending.yaml"], None),
        ):
            taken = seconds([*piped, *arguments], rounds, folder)
            wanted = f"  (to reach: {limit * 1000:.0f} ms)" if limit else ""
            print(f"{title:56} {taken * 1000:7.0f} ms  {taken / nothing:5.1f} x{wanted}")
        print("\nwhat an import costs, in a process of its own:")
        for module in IMPORTS:
            taken = seconds([sys.executable, "-c", f"import {module}"], rounds, folder) - nothing
            print(f"  {module:54} {taken * 1000:7.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
