"""Processes of piped that serve a site."""

from __future__ import annotations

import asyncio
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.commands import PIPED, environment

__all__ = ["LIMIT", "free_port", "opened", "serving"]

LIMIT = 30  # seconds; never reached when all is well


@asynccontextmanager
async def serving(
    folder: Path, port: int, *arguments: str, **variables: str
) -> AsyncIterator[Process]:
    """`piped` that listens at a port; what is done with it has a time limit, and it ends well."""
    process = await asyncio.create_subprocess_exec(
        *(*PIPED, "-n", "-p", "", *arguments), cwd=folder, env=environment(**variables)
    )
    try:
        async with asyncio.timeout(LIMIT):
            await opened(port)
            yield process
    finally:
        if process.returncode is None:
            process.terminate()
        assert await process.wait() == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


async def opened(port: int) -> None:
    """Wait until somebody listens there."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
