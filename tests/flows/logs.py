"""The application of the letter, made small: log files that are read, parsed and inserted."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from piped import flows
from piped.flows import Items, tube

__all__ = ["Database", "Entry", "entry", "parsed", "parsed_line", "reader", "write_log"]


@dataclass(frozen=True)
class Entry:
    """A line of a log."""

    number: int
    said: str


def parsed_line(line: str) -> Entry:
    number, _, said = line.partition(" ")
    return Entry(int(number), said)


entry = tube(parsed_line)


def write_log(path: Path, number: int, first: int = 0) -> Path:
    """So many lines."""
    path.write_text("".join(f"{each} it happened\n" for each in range(first, first + number)))
    return path


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(4096):
            yield chunk


def reader(path: Path) -> Items:
    """The bytes of a file."""
    return Items(chunks(path), size=1)


class Database:
    """Real storage, which may be held up."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self.connection.execute("create table if not exists entries (number unique, said)")
        self._lock = Lock()  # of threads that share the connection
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def store(self, entries: list[Entry]) -> None:
        """All of them, or none."""
        await self.is_open.wait()
        await asyncio.to_thread(self._insert, entries)

    def _insert(self, entries: list[Entry]) -> None:
        with self._lock, self.connection:
            rows = [(each.number, each.said) for each in entries]
            self.connection.executemany("insert into entries values (?, ?)", rows)

    @property
    def numbers(self) -> list[int]:
        """Of what is committed."""
        found = self.connection.execute("select number from entries order by number")
        return [number for (number,) in found]


# From bytes to entries: a recipe that many flows share.
parsed = flows.series(flows.lines(encoding="utf-8"), entry)
