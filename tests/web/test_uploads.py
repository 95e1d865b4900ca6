"""Files that came with a form end with the request, whoever took them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.web.serving import serving, until

# More than is kept in memory.
FORM = b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n%b\r\n--x--\r\n" % (
    b"z" * 400_000
)
KIND = {"content-type": "multipart/form-data; boundary=x"}
ROUTING = "__config__: {processor: take}"


def files_of(request: Any) -> list[Any]:
    assert request.args is not None
    return [request.content, *(each.file for each in request.form.files[b"a"])]


@pytest.mark.parametrize("ending", ["finish", "later", "fail"])
async def test_files_that_nobody_takes_are_closed(ending: str) -> None:
    files: list[Any] = []

    async def finish_later(request: Any) -> None:
        await asyncio.sleep(0)
        request.finish()

    def take(baton: Any) -> Any:
        request = baton["request"]
        files.extend(files_of(request))
        if ending == "later":
            return finish_later(request)
        if ending == "fail":
            raise ValueError
        return request.finish()

    async with serving(ROUTING, take=take) as it:
        answer = await it.fetch("/", "POST", KIND, FORM)
    assert answer.code == (500 if ending == "fail" else 200)
    assert [each.closed for each in files] == [True, True]


async def test_they_end_with_a_client_who_goes_away() -> None:
    files: list[Any] = []

    async def take(baton: Any) -> None:
        files.extend(files_of(baton["request"]))
        await asyncio.Event().wait()

    async with serving(ROUTING, take=take) as it:
        _, writer = await it.open()
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % (KIND["content-type"].encode(), len(FORM)) + FORM)
        await until(lambda: files)
        writer.close()
        await until(lambda: all(each.closed for each in files))
