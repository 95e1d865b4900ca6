"""How fast is HTTP, beside others?

Run `python -m benchmarks.http [--rounds N] [--seconds N] [--cases hello,json,…] [--with NAME,…]`.
Needs `wrk`. The server has one core, the load another; each server is started anew for each round,
and rounds go over all servers in turn. Printed are medians: requests a second, the same for each
second of processor time that the server took (which is what is left of noise), the 99th
percentile of latency, memory, and the ratio to Starlette on uvicorn.

The others live in an environment of their own, named by `BENCH_PYTHON` (default
/tmp/bench-venv/bin/python):

    uvicorn httptools uvloop starlette sanic granian klein aiohttp Twisted

Node-RED is looked for at BENCH_NODE_RED (default /tmp/bench-node/node_modules/node-red/red.js).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
SERVERS = HERE / "servers" / "web.py"
PEERS = os.environ.get("BENCH_PYTHON", "/tmp/bench-venv/bin/python")
BASE = "starlette"
TICKS = os.sysconf("SC_CLK_TCK")

# What runs in which Python.
NAMES = {
    "piped": sys.executable,
    "piped-uvloop": sys.executable,
    "piped-handler": sys.executable,
    "piped-mounted": sys.executable,
    "bare": sys.executable,
    "bare-uvloop": sys.executable,
    "twisted": PEERS,
    "klein": PEERS,
    "aiohttp": PEERS,
    "starlette": PEERS,
    "sanic": PEERS,
    "granian": PEERS,
    "node-red": sys.executable,
}

POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"text": "' .. string.rep("x", 1010) .. '"}'
"""


@dataclass
class Case:
    name: str
    path: str = "/"
    connections: int = 64
    script: str = ""
    # Not every server has it.
    names: frozenset[str] = field(default_factory=lambda: frozenset(NAMES))


CASES = [
    Case("hello"),
    Case("hello-1024", connections=1024),
    Case("json", "/echo", script=POST, names=frozenset(NAMES) - {"bare", "bare-uvloop"}),
    Case(
        "file-64k",
        "/static/64k.bin",
        names=frozenset({"piped", "piped-uvloop", "piped-mounted", "twisted", "aiohttp"})
        | {"starlette", "sanic"},
    ),
]


@dataclass(frozen=True)
class Result:
    rate: float
    per_cpu: float
    p99: float  # milliseconds
    memory: float  # MiB
    errors: int


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{process.args!r} does not listen")


def family(pid: int) -> list[int]:
    """A process and those it has started."""
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += family(int(child))
    return found


def usage(pid: int) -> tuple[float, float]:
    """Processor seconds and MiB."""
    seconds = memory = 0.0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        seconds += (int(fields[11]) + int(fields[12])) / TICKS
        memory += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return seconds, memory


def load(case: Case, port: int, seconds: int, script: Path) -> str:
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s"]
    if case.script:
        script.write_text(case.script)
        command += ["-s", str(script)]
    command += ["--latency", f"http://127.0.0.1:{port}{case.path}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def measure(name: str, case: Case, seconds: int, folder: Path) -> Result:
    port = free_port()
    command = ["taskset", "-c", "0", NAMES[name], str(SERVERS), name, str(port), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        load(case, port, 1, folder / "load.lua")
        before, _ = usage(process.pid)
        said = load(case, port, seconds, folder / "load.lua")
        after, memory = usage(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return read(said, after - before, memory)


def read(said: str, cpu: float, memory: float) -> Result:
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])
    total = int(re.findall(r"(\d+) requests in", said)[0])
    number, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", said)[0]
    bad = re.findall(r"Non-2xx or 3xx responses: (\d+)", said)
    bad += [
        number
        for numbers in re.findall(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
        for number in numbers
    ]
    scale = {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return Result(rate, total / max(cpu, 0.01), float(number) * scale, memory, sum(map(int, bad)))


def idle_memory(folder: str, connections: int = 5000) -> float:
    """KiB for each connection that says nothing."""
    port = free_port()
    command = [sys.executable, str(SERVERS), "piped", str(port), folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        first = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        time.sleep(0.5)
        _, before = usage(process.pid)
        rest = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        for each in rest:
            each.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for each in rest:
            each.recv(1000)
        _, after = usage(process.pid)
        for each in (*first, *rest):
            each.close()
    finally:
        process.terminate()
        process.wait()
    return (after - before) * 1024 / connections


def report(case: Case, results: dict[str, list[Result]]) -> None:
    def median(name: str, what: str) -> float:
        return float(statistics.median(getattr(each, what) for each in results[name]))

    print(f"\n{case.name}: {case.connections} connections", flush=True)
    print(f"{'':15}{'req/s':>9}{'req/cpu-s':>11}{'ratio':>7}{'p99 ms':>9}{'MiB':>6}{'errors':>8}")
    base = median(BASE, "per_cpu") if BASE in results else None
    for name in sorted(results, key=lambda name: -median(name, "per_cpu")):
        ratio = f"{median(name, 'per_cpu') / base:7.2f}" if base else " " * 7
        errors = sum(each.errors for each in results[name])
        print(
            f"{name:15}{median(name, 'rate'):9,.0f}{median(name, 'per_cpu'):11,.0f}{ratio}"
            f"{median(name, 'p99'):9.2f}{median(name, 'memory'):6.0f}{errors:8}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--cases", default=",".join(case.name for case in CASES))
    parser.add_argument("--with", dest="names", default=",".join(NAMES))
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed")
    names = options.names.split(",")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "64k.bin").write_bytes(os.urandom(65536))
        for case in CASES:
            if case.name not in options.cases.split(","):
                continue
            results: dict[str, list[Result]] = {}
            for _ in range(options.rounds):
                for name in names:
                    if name in case.names:
                        found = measure(name, case, options.seconds, Path(folder))
                        results.setdefault(name, []).append(found)
            report(case, results)
        print(f"\nan idle connection: {idle_memory(folder):.1f} KiB")


if __name__ == "__main__":
    main()
