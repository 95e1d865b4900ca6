"""A client: `ersid get KEY`, `ersid set KEY VALUE`."""

from __future__ import annotations

import asyncio
import os
import sys
from urllib.parse import quote

import aiohttp
from yarl import URL

__all__ = ["Client", "main"]

SYNTAX = "Syntax: set/get key [value]"
_WORDS = {"set": 3, "get": 2}


class Client:
    """Asks an Ersid."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url.rstrip("/")
        self._session = session

    async def set(self, key: str, data: bytes | str) -> None:
        """Store `data`. Raises `aiohttp.ClientError`, if that cannot be."""
        async with self._session.post(self._at(key), data=data) as answer:
            if answer.status != 200:
                raise aiohttp.ClientError(await answer.text())

    async def get(self, key: str) -> bytes | None:
        """What is stored, or None. Raises `aiohttp.ClientError` without an answer."""
        async with self._session.get(self._at(key)) as answer:
            if answer.status == 404:
                return None
            if answer.status != 200:
                raise aiohttp.ClientError(await answer.text())
            return await answer.read()

    def _at(self, key: str) -> URL:
        return URL(f"{self._url}/{quote(key, safe='')}", encoded=True)


async def _run(command: str, key: str, value: str = "") -> int:
    url = os.environ.get("ERSID_URL", "http://localhost:8080")
    async with aiohttp.ClientSession() as session:
        client = Client(url, session)
        if command == "set":
            await client.set(key, value)
            return 0
        data = await client.get(key)
    if data is None:
        print("Not found")
        return 1
    sys.stdout.buffer.write(data + b"\n")
    return 0


def main(arguments: list[str]) -> int:
    """The command. Returns the exit code."""
    if arguments[:1] not in (["set"], ["get"]) or len(arguments) != _WORDS[arguments[0]]:
        sys.exit(SYNTAX)
    try:
        return asyncio.run(_run(*arguments))
    except (aiohttp.ClientError, OSError) as error:
        sys.exit(f"ersid: {error}")
