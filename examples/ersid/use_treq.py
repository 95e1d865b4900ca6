"""Show what is at a URL: the status, the headers, and the content."""

from __future__ import annotations

import asyncio
import sys

import aiohttp


async def main(url: str) -> None:
    """Print it."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        print(f"Status: {answer.status} {answer.reason}")
        print(f"Headers: {dict(answer.headers)}")
        print(await answer.text(errors="replace"))


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except IndexError:
        sys.exit("Syntax: use_treq.py URL")
    except (aiohttp.ClientError, OSError) as error:
        sys.exit(f"use_treq: {error}")
