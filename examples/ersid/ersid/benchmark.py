"""How fast is an Ersid? Ask it, many times at once, and say how long the answers took."""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ersid.connection import Connections
from ersid.latencies import Latencies, histogram, told
from ersid.parallel import parallel_map

__all__ = ["Answer", "Load", "Report", "main", "measure"]

FAILED = 0  # in the place of a status: there was no answer


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is asked for."""

    url: str = "http://localhost:8080"
    concurrency: int = 50
    duration: float = 10.0
    count: int | None = None
    reads: float = 80.0
    keys: int = 1000
    size: int = 100
    seed: int = 1

    def questions(self) -> Iterator[tuple[str, str]]:
        """What to do to which key, until the time is over."""
        chance = random.Random(self.seed)  # noqa: S311 - nobody is to be kept from guessing
        end = time.monotonic() + self.duration
        asked = 0
        while asked < self.count if self.count is not None else time.monotonic() < end:
            asked += 1
            kind = "read" if chance.random() * 100 < self.reads else "write"
            yield kind, f"/benchmark-{chance.randrange(self.keys)}"


class Answer(NamedTuple):
    """What came of one question, and when: in seconds since the first."""

    kind: str
    status: int
    seconds: float
    at: float


@dataclass
class Report:
    """All answers."""

    load: Load
    seconds: float = 0.0
    answers: list[Answer] = field(default_factory=list)

    def latencies(self, kind: str) -> Latencies | None:
        """Of those who got what they asked for."""
        good = [each.seconds for each in self.answers if each.kind == kind and each.status == 200]
        return Latencies.of(good) if good else None

    @property
    def errors(self) -> Counter[int]:
        return Counter(each.status for each in self.answers if each.status != 200)

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds if self.seconds else 0.0

    def summary(self) -> dict[str, Any]:
        """For programs."""
        kinds = {kind: self.latencies(kind) for kind in ("read", "write")}
        return {
            "load": vars(self.load),
            "seconds": self.seconds,
            "requests": len(self.answers),
            "requests_per_second": self.rate,
            "errors": {_meaning(status): count for status, count in self.errors.items()},
            "latencies": {kind: each.summary() for kind, each in kinds.items() if each is not None},
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{len(self.answers):,} requests in {told(self.seconds)}: {self.rate:,.0f}/s"
        for status, count in sorted(self.errors.items()):
            yield f"{count:,} went wrong: {_meaning(status)}"
        for kind in ("read", "write"):
            latencies = self.latencies(kind)
            if latencies is not None:
                yield f"\n{kind}s: {len(latencies.ordered):,}"
                yield "  ".join(f"{name} {told(s)}" for name, s in latencies.summary().items())
                yield from histogram(latencies.ordered)


def _meaning(status: int) -> str:
    return "no answer" if status == FAILED else str(status)


async def measure(load: Load, progress: Progress | None = None) -> Report:
    """Set all keys, and ask then."""
    connections = Connections(load.url)
    value = random.Random(load.seed).randbytes(load.size)  # noqa: S311 - see above
    report = Report(load)

    async def fill(number: int) -> None:
        status, _ = await connections.ask("POST", f"/benchmark-{number}", value)
        if status != 200:
            raise ConnectionError(f"{load.url} answers {status}, and stores nothing")

    async def ask(question: tuple[str, str]) -> None:
        kind, path = question
        try:
            if kind == "read":
                status, seconds = await connections.ask("GET", path)
            else:
                status, seconds = await connections.ask("POST", path, value)
        except OSError:
            status, seconds = FAILED, 0.0
            await asyncio.sleep(0.01)  # who does not answer is not to be run down
        report.answers.append(Answer(kind, status, seconds, time.perf_counter() - began))

    try:
        await parallel_map(fill, range(load.keys), load.concurrency)
        began = time.perf_counter()
        telling = asyncio.ensure_future(progress.follow(report)) if progress is not None else None
        try:
            await parallel_map(ask, load.questions(), load.concurrency)
        finally:
            report.seconds = time.perf_counter() - began
            if telling is not None:
                telling.cancel()
                await asyncio.wait([telling])
    finally:
        connections.close()
    return report


class Progress:
    """Says each second how far it is, on one line of a terminal."""

    def __init__(self, stream: TextIO, every: float = 1.0) -> None:
        self._stream = stream
        self._every = every

    async def follow(self, report: Report) -> None:
        before, seconds = 0, 0.0
        try:
            while True:
                await asyncio.sleep(self._every)
                seconds += self._every
                done, wrong = len(report.answers), sum(report.errors.values())
                rate = (done - before) / self._every
                self._say(f"{seconds:.3g} s: {done:,} requests, {rate:,.0f}/s, {wrong:,} wrong")
                before = done
        finally:
            self._say("")

    def _say(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    csv_file, json_file = given.pop("csv"), given.pop("json")
    load = Load(**given)
    progress = Progress(sys.stderr) if sys.stderr.isatty() else None
    try:
        report = asyncio.run(measure(load, progress))
    except (OSError, ValueError) as error:
        sys.exit(f"benchmark: {error}")
    print("\n".join(report.lines()))
    if json_file is not None:
        json_file.write_text(json.dumps(report.summary(), indent=2))
    if csv_file is not None:
        with csv_file.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([Answer._fields, *report.answers])
    return 1 if report.errors else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmark", description=__doc__)
    parser.add_argument("url", nargs="?", default=Load.url, help="where it is (%(default)s)")
    numbers: tuple[tuple[str, type, Any, str], ...] = (
        ("concurrency", int, Load.concurrency, "how many requests are under way at once"),
        ("duration", float, Load.duration, "for how many seconds"),
        ("count", int, None, "how many requests, in place of a duration"),
        ("reads", float, Load.reads, "how many of a hundred are reads"),
        ("keys", int, Load.keys, "how many keys there are"),
        ("size", int, Load.size, "how many bytes a value has"),
        ("seed", int, Load.seed, "what chance begins with"),
    )
    for name, kind, default, what in numbers:
        parser.add_argument(f"--{name}", type=kind, default=default, metavar="N", help=what)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write each answer there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary there")
    return parser
