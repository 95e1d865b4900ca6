"""Places that compress what they answer."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest

from piped.web.engine.compression import takes_gzip
from tests.web.serving import Answer, Serving, serving

TEXT = b"the same again and " * 200
ROUTING = """
    __config__: {processor: say, compress: true}
    plain: {__config__: {processor: say, compress: false}}
"""
TAKES = {"accept-encoding": "gzip"}


def saying(content: bytes = TEXT, pieces: int = 1, **headers: Any) -> Any:
    async def say(baton: Any) -> None:
        request = baton["request"]
        for name, value in headers.items():
            request.setHeader(name.replace("_", "-"), value)
        size = len(content) // pieces
        for at in range(0, len(content), size):
            request.write(content[at : at + size])
            await asyncio.sleep(0)
        request.finish()

    return say


async def fetched(it: Serving, path: str = "/") -> Answer:
    answer = await it.fetch(path, headers=TAKES)
    if answer.headers["content-encoding"] == "gzip":
        answer.body = gzip.decompress(answer.body)
    return answer


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("length", [{}, {"content_length": str(len(TEXT))}])
async def test_a_text_is_compressed_for_those_who_take_it(
    pieces: int, length: dict[str, Any]
) -> None:
    say = saying(pieces=pieces, **length)
    async with serving(ROUTING, say=say) as it:
        small = await fetched(it)
        assert small.headers["content-encoding"] == "gzip"
        assert small.body == TEXT
        assert small.headers["vary"] == "Accept-Encoding"
        large = await it.fetch("/")
        assert (large.body, large.headers["content-encoding"]) == (TEXT, None)
        assert large.headers["vary"] == "Accept-Encoding"
        assert (await fetched(it, "/plain")).headers["content-encoding"] is None


@pytest.mark.parametrize(
    "say",
    [
        saying(b"short", content_length="5"),
        saying(content_type="image/png"),
        saying(gzip.compress(TEXT), content_encoding="gzip"),
    ],
    ids=["short", "image", "done"],
)
async def test_what_would_not_get_smaller_is_left_alone(say: Any) -> None:
    async with serving(ROUTING, say=say) as it, serving_plainly(say) as plain:
        answer, expected = await it.fetch("/", headers=TAKES), await plain.fetch("/", headers=TAKES)
        assert answer.body == expected.body
        assert answer.headers["content-encoding"] == expected.headers["content-encoding"]


def serving_plainly(say: Any) -> Any:
    return serving("__config__: {processor: say}", say=say)


async def test_files_are_compressed_but_not_their_parts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT * 100)
    routing = f"__config__: {{static: '{tmp_path}', compress: true}}"
    async with serving(routing) as it:
        answer = await fetched(it, "/a.txt")
        assert answer.headers["etag"].startswith('W/"')
        assert answer.body == TEXT * 100
        again = await it.fetch("/a.txt", headers={"if-none-match": answer.headers["etag"]})
        assert again.code == 304
        part = await it.fetch("/a.txt", headers={**TAKES, "range": "bytes=0-1999"})
        assert (part.code, part.body) == (206, (TEXT * 100)[:2000])
        head = await it.fetch("/a.txt", "HEAD", TAKES)
        assert head.headers["content-length"] == str(len(TEXT * 100))


async def test_a_tag_that_was_set_as_a_header_is_a_weak_one_then() -> None:
    async with serving(ROUTING, say=saying(etag='"same"')) as it:
        assert (await fetched(it)).headers.get_all("etag") == ['W/"same"']
        assert (await it.fetch("/")).headers.get_all("etag") == ['"same"']


@pytest.mark.parametrize(
    "header", [b"gzip", b"br, gzip", b"GZIP;q=0.5", b"*", b"br;q=1, *;q=0.1", b"gzip ; q=1.0"]
)
def test_gzip_is_taken(header: bytes) -> None:
    assert takes_gzip(header)


@pytest.mark.parametrize(
    "header", [b"", b"br", b"gzip;q=0", b"gzip; q=0.000", b"*;q=0", b"gzip;q=0, *", b"xgzip"]
)
def test_gzip_is_not_taken(header: bytes) -> None:
    assert not takes_gzip(header)
