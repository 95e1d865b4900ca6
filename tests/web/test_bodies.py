"""How much may come with a request, and when."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.web.serving import serving


def count(baton: dict[str, Any]) -> None:
    request = baton["request"]
    request.write(b"%d" % len(request.content.read()))
    request.finish()


async def test_each_place_may_have_its_limit() -> None:
    routing = """
        __config__: {processor: count, body_limit: 10}
        large: {__config__: {processor: count, body_limit: 1MiB}}
    """
    async with serving(routing, site="limits: {body: 1KiB}", count=count) as it:
        assert (await it.fetch("/", "POST", body=b"x" * 10)).text == "10"
        assert (await it.fetch("/", "POST", body=b"x" * 11)).code == 413
        assert (await it.fetch("/large", "POST", body=b"x" * 100_000)).text == "100000"


async def test_a_place_that_is_not_there_does_not_wait_for_a_body() -> None:
    async with serving("a: {__config__: {processor: count}}", count=count) as it:
        reader, writer = await it.open()
        writer.write(b"POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 404 ")
        writer.close()


async def test_a_processor_may_read_a_body_while_it_comes() -> None:
    pieces: list[bytes] = []
    came = asyncio.Event()

    async def read(baton: dict[str, Any]) -> None:
        request = baton["request"]
        async for piece in request.pieces():
            pieces.append(piece)
            came.set()
        request.write(b"".join(pieces))
        request.finish()

    async with serving("__config__: {processor: read, stream: true}", read=read) as it:
        reader, writer = await it.open()
        writer.write(
            b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 6\r\n\r\nabc"
        )
        await asyncio.wait_for(came.wait(), 10)
        assert pieces == [b"abc"]
        writer.write(b"def")
        assert b"abcdef" in await reader.read()
        writer.close()
