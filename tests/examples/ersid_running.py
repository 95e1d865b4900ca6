"""Ersid as a process, in a folder of its own, and what tests import of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from tests.commands import SOURCE
from tests.sites import free_port, opened

__all__ = ["EXAMPLE", "LIMIT", "Ersid", "copied", "environment", "part", "running"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "ersid"
LIMIT = 30  # seconds; never reached when all is well


def part(name: str) -> Any:
    """A module of the example."""
    if str(EXAMPLE) not in sys.path:
        sys.path.append(str(EXAMPLE))
    return import_module(f"ersid.{name}")


def copied(folder: Path) -> Path:
    """The example, for one test alone."""
    leave = shutil.ignore_patterns("__pycache__", "*.sqlite*", "_trial_temp", "dropin.cache")
    return Path(shutil.copytree(EXAMPLE, folder / "ersid", ignore=leave))


def environment(**more: str) -> dict[str, str]:
    """That of a shell in the folder of the example."""
    bin_folder = Path(sys.executable).parent
    given = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f".{os.pathsep}{SOURCE}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **given, **more}


@dataclass(frozen=True)
class Ersid:
    """One that runs."""

    url: str
    folder: Path
    process: asyncio.subprocess.Process
    client: aiohttp.ClientSession

    def at(self, key: str) -> URL:
        """The URL of a key that is escaped already."""
        return URL(f"{self.url}/{key}", encoded=True)

    async def ask(
        self, method: str, key: str, data: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.request(
            method, self.at(key), data=None if data is None else BytesIO(data), headers=asked
        )
        async with answer as found:
            return found.status, await found.read()

    async def until(self, status: int, key: str = "") -> None:
        """Wait until a key is answered so."""
        while (await self.ask("GET", key))[0] != status:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    folder: Path, storage: str = "dictionary", *overrides: str, exit_code: int = 0, **more: str
) -> AsyncIterator[Ersid]:
    """Run it in `folder`, until its storage is there, and stop it."""
    port = free_port()
    given = [
        f"web.ersid.listen:tcp:{port}:interface=127.0.0.1",
        "manholes.ersid.enabled:false",
        f"ersid.dump_file:{folder / 'dump'}",
        *overrides,
    ]
    name = "dictionary.yaml" if storage == "dictionary" else "ersid.yaml"
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "piped", "-n", "-p", "", "-c", str(EXAMPLE / name)),
            *(part for each in given for part in ("-O", each)),
            cwd=folder,
            env=environment(ERSID_STORAGE=storage, **more),
            stderr=log,
        )
    try:
        async with asyncio.timeout(LIMIT), aiohttp.ClientSession() as client:
            if exit_code == 0:
                await opened(port)
            yield Ersid(f"http://127.0.0.1:{port}", folder, process, client)
            if exit_code == 0 and process.returncode is None:
                process.terminate()
            assert await process.wait() == exit_code
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
