"""Is anything lost that Ersid has acknowledged, when it is killed under load?

Run `python -m benchmarks.ersid_kills [--kills N] [--with NAME,…] [--writers N]`. Writers store
numbers that grow, each under keys of its own. Again and again Ersid is killed with SIGKILL, in the
midst of it, and started again; then each key has to have the number that was acknowledged last, or
one that was sent after it. Printed is how many writes were acknowledged, and how many keys are not
what they have to be: none is to be.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.ersid_servers import command, environment, storage
from benchmarks.http import free_port

NAMES = ("sqlite", "postgresql")
KEYS = 5  # of each writer
PATIENCE = 60  # seconds


@dataclass
class Written:
    """What was sent under each key last, and what was acknowledged last."""

    sent: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def wrong(self, key: str, found: int | None) -> bool:
        """Whether what was found cannot be."""
        last = self.acknowledged.get(key)
        if found is None:
            return last is not None
        return not (last or 0) <= found <= self.sent.get(key, 0)


class Server:
    """Ersid, at one port, which may be killed."""

    def __init__(self, where: str, folder: Path) -> None:
        self._where = where
        self._folder = folder
        self.port = free_port()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Any]:
        """It runs until it is killed."""
        with (self._folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command(self._where, self.port),
                cwd=self._folder,
                env=environment(self._where),
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def url(self, key: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{key}"


async def up(server: Server, client: aiohttp.ClientSession) -> None:
    """Wait until its storage is there."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with client.get(server.url()) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.02)


async def write(server: Server, client: aiohttp.ClientSession, name: int, written: Written) -> None:
    """Write one number after the other, until nobody answers."""
    number = max((written.sent.get(key_of(name, at), 0) for at in range(KEYS)), default=0)
    with contextlib.suppress(aiohttp.ClientError):
        while True:
            number += 1
            key = key_of(name, number % KEYS)
            written.sent[key] = number
            async with client.post(server.url(key), data=b"%d" % number) as answer:
                await answer.read()
                if answer.status == 200:
                    written.acknowledged[key] = number
                    written.count += 1


def key_of(writer: int, at: int) -> str:
    return f"key-{writer}-{at}"


async def lost(server: Server, client: aiohttp.ClientSession, written: Written) -> list[str]:
    """The keys that do not have what they should."""
    found = []
    for key in written.sent:
        async with client.get(server.url(key)) as answer:
            number = int(await answer.read()) if answer.status == 200 else None
        if written.wrong(key, number):
            found.append(f"{key}: {number}, not {written.acknowledged.get(key)}")
        elif number is not None:
            written.acknowledged[key] = number  # it is there now, and may not go any more
    return found


async def killed(server: Server, kills: int, writers: int) -> tuple[Written, list[str]]:
    """What was written, and what was lost of it."""
    written, gone = Written(), list[str]()
    chance = random.Random(kills)
    for turn in range(kills + 1):
        async with server.running() as process, aiohttp.ClientSession() as client:
            await up(server, client)
            gone += await lost(server, client, written)
            if turn == kills:
                break
            writing = [write(server, client, each, written) for each in range(writers)]
            all_of_them = asyncio.gather(*writing)
            enough = written.count + chance.randrange(writers, writers * 20)
            async with asyncio.timeout(PATIENCE):
                while written.count < enough:  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.001)
            process.kill()
            await process.wait()
            await all_of_them
    return written, gone


async def run(name: str, kills: int, writers: int) -> bool:
    with tempfile.TemporaryDirectory() as folder, storage(name, Path(folder)) as where:
        began = time.monotonic()
        written, gone = await killed(Server(where, Path(folder)), kills, writers)
        took = time.monotonic() - began
    print(
        f"{name}: {kills} kills in {took:.0f} s, {written.count} writes acknowledged, "
        f"{len(gone)} lost",
        *gone,
        sep="\n  ",
        flush=True,
    )
    return not gone


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--with", dest="names", default=",".join(NAMES))
    given = parser.parse_args()
    went_well = [
        asyncio.run(run(name, given.kills, given.writers)) for name in given.names.split(",")
    ]
    return 0 if all(went_well) else 1


if __name__ == "__main__":
    sys.exit(main())
