"""How fast is Ersid, by its own benchmark, beside the one of the guide of 2013 on Klein?

Run `python -m benchmarks.ersid [--rounds N] [--seconds N] [--with NAME,…]`. The server has one
core, the benchmark another; each server is started anew for each round, and rounds go over all
servers in turn. Printed are medians: requests a second, the same for each second of processor time
that the server's process took (which is what is left of noise, and of the benchmark being slower
than the server), its ratio to Klein, and latencies in milliseconds.

Klein lives in an environment of its own, named by `BENCH_PYTHON` (see http.py); PostgreSQL is at
`BENCH_POSTGRESQL`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ersid_servers import EXAMPLE, SOURCE, part, started, storage
from benchmarks.http import free_port, usage

NAMES = ("klein", "dictionary", "sqlite", "postgresql")
CASES = {"reads": 100, "4 reads, 1 write": 80, "writes": 0}
CONNECTIONS = 64


@dataclass(frozen=True)
class Result:
    rate: float
    per_cpu: float
    p50: float
    p99: float
    errors: int


def measure(name: str, reads: int, seconds: float, folder: Path) -> Result:
    port = free_port()
    with storage(name, folder) as where, (folder / "log").open("ab") as log:
        process = started(where, port, folder, log, "taskset", "-c", "0")
        try:
            asyncio.run(answering(port))
            load(port, reads, 0.5)
            before, _ = usage(process.pid)
            said = load(port, reads, seconds)
            after, _ = usage(process.pid)
        finally:
            process.terminate()
            process.wait()
    return read(said, after - before)


async def answering(port: int) -> None:
    """Wait until a key can be set."""
    connections = part("connection").Connections(f"http://127.0.0.1:{port}")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            status, _ = await connections.ask("POST", "/first", b"1")
        except OSError:
            status = 0
        if status == 200:
            connections.close()
            return
        await asyncio.sleep(0.05)
    raise SystemExit("it does not answer")


def load(port: int, reads: int, seconds: float) -> str:
    given = {"concurrency": CONNECTIONS, "duration": seconds, "reads": reads, "keys": 1000}
    options = [part for key, value in given.items() for part in (f"--{key}", str(value))]
    with tempfile.NamedTemporaryFile() as file:
        program = ["taskset", "-c", "1", sys.executable, str(EXAMPLE / "bin" / "benchmark")]
        subprocess.run(
            [*program, *options, "--json", file.name, f"http://127.0.0.1:{port}"],
            env={**os.environ, "PYTHONPATH": f"{EXAMPLE}{os.pathsep}{SOURCE}"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return Path(file.name).read_text()


def read(said: str, cpu: float) -> Result:
    told = json.loads(said)
    latencies = list(told["latencies"].values())
    return Result(
        told["requests_per_second"],
        # The keys are set before the measure begins.
        (told["requests"] + told["load"]["keys"]) / max(cpu, 0.01),
        max(each["p50"] for each in latencies) * 1000,
        max(each["p99"] for each in latencies) * 1000,
        sum(told["errors"].values()),
    )


def report(case: str, results: dict[str, list[Result]]) -> None:
    def median(name: str, what: str) -> float:
        return float(statistics.median(getattr(each, what) for each in results[name]))

    print(f"\n{case}: {CONNECTIONS} connections", flush=True)
    print(
        f"{'':12}{'req/s':>9}{'req/cpu-s':>11}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'errors':>8}"
    )
    base = median("klein", "per_cpu") if "klein" in results else None
    for name, found in results.items():
        ratio = f"{median(name, 'per_cpu') / base:7.2f}" if base else " " * 7
        errors = sum(each.errors for each in found)
        print(
            f"{name:12}{median(name, 'rate'):9,.0f}{median(name, 'per_cpu'):11,.0f}{ratio}"
            f"{median(name, 'p50'):8.2f}{median(name, 'p99'):8.2f}{errors:8}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--with", dest="names", default=",".join(NAMES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for case, reads in CASES.items():
            results: dict[str, list[Result]] = {}
            for _ in range(options.rounds):
                for name in options.names.split(","):
                    found = measure(name, reads, options.seconds, Path(folder))
                    results.setdefault(name, []).append(found)
            report(case, results)


if __name__ == "__main__":
    main()
