"""How fast do the lines of a log come into PostgreSQL, beside COPY alone?

Run `python -m benchmarks.flow_logs [--lines N] [--rounds N] [--long N] [--long-rounds N]`, with
PostgreSQL on its standard port. The last answer is in `flow_logs.txt`. piped is
`examples/logs/once.yaml`, as a process of its own: it reads a file, parses each line and stores the
row; the time that it takes for an empty file is not counted. COPY alone has the rows in memory, and
writes them in one transaction; so it does a part of the work. Rounds go over all contestants in
turn, for some lines and for many. Printed are medians: lines a second, the same for each second of
processor time of the process, and how much memory it had.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[1]
SERVER = "postgresql://postgres@127.0.0.1/postgres"
NAME = f"piped_benchmark_{os.getpid()}"
STORE = f"postgresql://postgres@127.0.0.1/{NAME}"
COLUMNS = "time text, level text, logger text, message text"
LEVELS = ("INFO", "DEBUG", "ERROR", "WARNING")

COPY = """
import sys, time, psycopg
with open(sys.argv[1]) as log:
    rows = [line.rstrip("\\n").split(" ", 3) for line in log]
began = time.perf_counter(), time.process_time()
with psycopg.connect(sys.argv[2]) as connection:
    with connection.cursor().copy("COPY entries FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
print(time.perf_counter() - began[0], time.process_time() - began[1])
"""
PARSING = """
import sys, time, psycopg
began = time.perf_counter(), time.process_time()
with psycopg.connect(sys.argv[2]) as connection:
    with connection.cursor().copy("COPY entries FROM STDIN") as copy, open(sys.argv[1]) as log:
        for line in log:
            copy.write_row(line.rstrip("\\n").split(" ", 3))
print(time.perf_counter() - began[0], time.process_time() - began[1])
"""


@dataclass
class Times:
    """What one contestant took."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    memory: int = 0  # KiB


def write(path: Path, lines: int) -> None:
    with path.open("w") as log:
        for number in range(lines):
            level = LEVELS[number % len(LEVELS)]
            log.write(f"2026-11-21T10:00:00Z {level} shop.orders order {number} came\n")


def ask(url: str, *queries: str) -> int:
    """The first number of what the last one gives, if it gives something."""
    with psycopg.connect(url, autocommit=True) as connection:
        for query in queries:
            cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return int(row[0]) if row else 0


def empty() -> None:
    ask(STORE, "DROP TABLE IF EXISTS entries", f"CREATE TABLE entries ({COLUMNS})", "CHECKPOINT")


def alone(program: str) -> Callable[[Path], tuple[float, float, int]]:
    """A contestant that is a program of a few lines, and times itself."""

    def run(log: Path) -> tuple[float, float, int]:
        command = [sys.executable, "-c", program, str(log), STORE]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            wall, own = map(float, process.stdout.read().split())
            return wall, own, usage(process).ru_maxrss

    return run


def flowing(log: Path) -> tuple[float, float, int]:
    """piped, as a user would start it."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "logs"
        shutil.copytree(ROOT / "examples" / "logs", there)
        variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "STORE": STORE}
        command = [sys.executable, "-m", "piped", "-nc", "once.yaml"]
        began = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=there,
            env={**variables, "LOGS": str(log)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            used = usage(process)
        return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss


def usage(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> resource.struct_rusage:
    """What a process has used, when it has ended."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used


def measured(run: Callable[[Path], tuple[float, float, int]], log: Path, lines: int) -> Times:
    empty()
    wall, own, memory = run(log)
    assert ask(STORE, "SELECT count(*) FROM entries") == lines
    return Times([wall], [own], memory)


def show(name: str, times: Times, lines: int, base: Times) -> None:
    rate = lines / statistics.median(times.wall)
    own = lines / statistics.median(times.own)
    first, first_own = (lines / statistics.median(each) for each in (base.wall, base.own))
    print(
        f"{name:24}{rate:11,.0f} a second{rate / first:7.2f}"
        f"{own:13,.0f} of its own{own / first_own:7.2f}{times.memory / 1024:9,.0f} MiB"
    )


def compare(folder: Path, lines: int, rounds: int) -> None:
    log, nothing = folder / "lines.log", folder / "nothing.log"
    write(log, lines)
    write(nothing, 0)
    runs = {"COPY": alone(COPY), "read, split, COPY": alone(PARSING), "piped": flowing}
    found = {name: Times() for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            one = measured(run, log, lines)
            if name == "piped":
                start = measured(run, nothing, 0)
                one.wall[0] -= start.wall[0]
                one.own[0] -= start.own[0]
            found[name].wall += one.wall
            found[name].own += one.own
            found[name].memory = max(found[name].memory, one.memory)
    print(f"{lines:,} lines, {rounds} rounds")
    for name, times in found.items():
        show(name, times, lines, found["COPY"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--long", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--long-rounds", type=int, default=3)
    options = parser.parse_args()
    ask(SERVER, f"CREATE DATABASE {NAME}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), options.lines, options.rounds)
            if options.long:
                print()
                compare(Path(folder), options.long, options.long_rounds)
    finally:
        ask(SERVER, f"DROP DATABASE {NAME} WITH (FORCE)")


if __name__ == "__main__":
    main()
