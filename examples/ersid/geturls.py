"""Get several URLs, two at a time."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
from ersid.parallel import parallel_map

PARALLELISM = 2


async def main(*urls: str) -> None:
    """Say when each is asked for, and when it is there."""
    async with aiohttp.ClientSession() as session:

        async def get_url(url: str) -> None:
            print("getting url", url, flush=True)
            try:
                async with session.get(url) as answer:
                    await answer.text(errors="replace")
            except (aiohttp.ClientError, OSError) as error:
                print("no url", url, error, flush=True)
            else:
                print("got url", url, flush=True)

        await parallel_map(get_url, urls, PARALLELISM)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
