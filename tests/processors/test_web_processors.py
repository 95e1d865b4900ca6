"""Responses, as clients get them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from piped.exceptions import UnfitBaton
from tests.processors.trying import complaint, result
from tests.processors.web import Answer, serving

pytestmark = pytest.mark.usefixtures("engine")

OF_TEXT = "text/html; charset=utf-8"


async def answer(step: str = "", content: Any = ..., line: str = "GET /", **baton: Any) -> Answer:
    """What a client gets of one step that writes `content`."""
    found = baton if content is ... else {"content": content, **baton}
    async with serving(f"write-web-response: {{{step}}}", found) as served:
        got = await served.ask(line)
        if served.failures:
            raise served.failures[0]
        return got


async def test_the_hello_world_of_the_tutorial() -> None:
    steps = "set-value: {path: content, value: Hello from a pipeline.}, write-web-response"
    async with serving(steps.replace(", write", "}, {write").join("{}")) as served:
        got = await served.ask()
    assert got.said("content-type", "content-length") == (
        f"200 OK | content-type: {OF_TEXT} | content-length: 22 | Hello from a pipeline."
    )


async def test_the_host_of_the_manual() -> None:
    steps = (
        "{eval-lambda: {input_path: request, output_path: host,"
        " lambda: 'request: request.getHost()'}}, {write-web-response: {body_path: host}}"
    )
    async with serving(steps) as served:
        assert (await served.ask()).body == b"127.0.0.1"


async def test_a_picture_of_the_tutorial() -> None:
    got = await answer("content_type: image/svg+xml", b"<svg/>")
    assert got.said("content-type") == "200 OK | content-type: image/svg+xml | <svg/>"


async def test_the_greeting_of_the_front_page() -> None:
    assert (await answer("fallback_content: Hello")).body == b"Hello"
    assert (await answer("fallback_content: Hello", "Bye")).body == b"Bye"
    assert (await answer("fallback_content: !path other", other="There")).body == b"There"
    assert (await answer("fallback_content: !path missing", "Bye")).body == b"Bye"


@pytest.mark.parametrize("step", ["", "fallback_content: null"])
async def test_without_anything_nothing_is_written(step: str) -> None:
    got = await answer(step + ", response_code: NOT_FOUND" if step else "response_code: NOT_FOUND")
    assert got.said("content-length") == "404 Not Found | content-length: 0 | "


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("404", 404),
        ("NOT_FOUND", 404),
        ("Not Found", 404),
        ("not found", 404),
        ("'404'", 404),
        ("NOT_ALLOWED", 405),
        ("Method Not Allowed", 405),
        ("I'm a Teapot", 418),
        ("299", 299),
        ("!path code", 403),
    ],
)
async def test_codes(code: str, status: int) -> None:
    assert (await answer(f"response_code: {code}", "a", code="Forbidden")).status == status


def test_the_names_are_those_of_twisted() -> None:
    from twisted.web import http

    from piped.processors.http_statuses import status_of

    codes = {
        name: code
        for name, code in vars(http).items()
        if name.isupper() and type(code) is int and code in http.RESPONSES and code >= 200
    }
    assert len(codes) > 40
    assert {name: status_of(name) for name in codes} == codes
    for code, phrase in http.RESPONSES.items():
        if code >= 200 and code not in {407, 408, 413, 414, 416}:
            assert status_of(phrase.decode()) in {code, None}


@pytest.mark.parametrize("code", ["204", "304"])
async def test_some_codes_have_no_body(code: str) -> None:
    got = await answer(f"response_code: {code}", "a")
    assert got.body == b""
    assert "content-length" not in got.headers


async def test_a_head_has_the_length_only() -> None:
    got = await answer("", "abc", line="HEAD /")
    assert got.said("content-length") == "200 OK | content-length: 3 | "
    assert "content-length" not in (await answer("", line="HEAD /")).headers


@pytest.mark.parametrize(
    ("step", "content", "content_type"),
    [
        ("", "ø", OF_TEXT),
        ("", "ø".encode(), "text/html"),
        ("content_type: text/plain", "ø", "text/plain; charset=utf-8"),
        ("content_type: text/plain", "ø".encode(), "text/plain"),
        ("content_type: text/plain; charset=UTF-8", "ø", "text/plain; charset=UTF-8"),
        ("content_type: application/json", "ø", "application/json"),
        ("content_type: !path kind", "ø", "text/csv; charset=utf-8"),
    ],
)
async def test_types(step: str, content: Any, content_type: str) -> None:
    got = await answer(step, content, kind="text/csv")
    assert got.said("content-type") == f"200 OK | content-type: {content_type} | ø"


async def test_a_type_that_was_set_before_stays() -> None:
    steps = "{set-http-headers: {headers: {Content-Type: text/css}}}, write-web-response"
    async with serving(steps, {"content": "a"}) as served:
        assert (await served.ask()).headers["content-type"] == "text/css"


async def test_text_is_encoded() -> None:
    got = await answer("encoding: latin-1, content_type: text/plain", "ø")
    assert got.body == b"\xf8"
    assert got.headers["content-type"] == "text/plain; charset=iso8859-1"


@pytest.mark.parametrize(
    "content", [bytearray(b"ab"), memoryview(b"ab"), type("T", (str,), {})("ab")]
)
async def test_what_is_like_text_or_bytes(content: Any) -> None:
    assert (await answer("", content)).body == b"ab"


@pytest.mark.parametrize("content", [None, 7, {"a": 1}, ["a"], object()])
async def test_what_cannot_be_sent_is_unfit_before_anything_is_sent(content: Any) -> None:
    async with serving("write-web-response: {response_code: 201}", {"content": content}) as served:
        got = await served.ask()
    assert got.status == 500
    assert b"at 'content', which cannot be sent" in got.body


async def test_a_text_that_the_encoding_lacks_is_unfit_before_anything_is_sent() -> None:
    with pytest.raises(UnfitBaton, match="cannot be sent as ascii"):
        await answer("encoding: ascii", "ø")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("response_code: !path a", "expected a status code .*, got 'Nowhere'"),
        ("content_type: !path a, response_code: 200", None),
        ("content_type: !path b", "it has control characters"),
        ("encoding: !path a", "there is no encoding 'Nowhere'"),
    ],
)
async def test_options_from_the_baton_are_looked_at_first(step: str, message: str | None) -> None:
    baton = {"a": "Nowhere", "b": "text/html\r\nset-cookie: a=b"}
    if message is None:
        assert (await answer(step, "x", **baton)).status == 200
    else:
        with pytest.raises(UnfitBaton, match=message):
            await answer(step, "x", **baton)


async def test_a_response_can_be_written_in_parts() -> None:
    steps = "{write-web-response: {finish: false}}, {write-web-response: {content_path: more}}"
    async with serving(steps, {"content": "a", "more": b"b"}) as served:
        got = await served.ask()
    assert got.said("transfer-encoding") == "200 OK | transfer-encoding: chunked | ab"


async def test_an_answered_request_is_left_alone() -> None:
    async with serving("write-web-response, write-web-response", {"content": "a"}) as served:
        assert (await served.ask()).body == b"a"
    assert not served.failures


async def test_an_answered_request_can_be_an_error() -> None:
    steps = "write-web-response, {write-web-response: {skip_if_request_stopped: false}}"
    async with serving(steps, {"content": "a"}) as served:
        assert (await served.ask()).body == b"a"
    assert len(served.failures) == 1


def test_without_a_request_the_baton_is_unfit() -> None:
    with pytest.raises(UnfitBaton, match="there is no request at 'request'"):
        result("write-web-response", {"content": "a"})


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{response_code: NOT_FOND}", "a status code like 404, NOT_FOUND or Not Found (did you"),
        ("{response_code: 99}", "got 99"),
        ("{response_code: true}", "expected a status code"),
        ("{response_code: [404]}", "expected a status code"),
        ("{encoding: utf9}", "there is no encoding 'utf9'"),
        ('{content_type: "a\\nb"}', "it has control characters"),
        ("{content_path: a, body_path: b}", "either 'content_path' or 'body_path'"),
        ("{content_path: !path a}", "content_path cannot be taken from the baton"),
        ("{request_path: !path a}", "request_path cannot be taken from the baton"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(f"write-web-response: {step}")


# Streams


async def pieces(*found: Any) -> AsyncIterator[Any]:
    for each in found:
        await asyncio.sleep(0)
        yield each


def some(*found: Any) -> Iterator[Any]:
    yield from found


async def test_what_comes_in_pieces_is_sent_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 200_000)
    with path.open("rb") as file:
        got = await answer("content_type: text/plain", file)
        assert file.closed
    assert got.said("content-type", "transfer-encoding") == (
        f"200 OK | content-type: text/plain | transfer-encoding: chunked | {'x' * 200_000}"
    )
    for stream in (pieces("ø", "", b"b"), some("ø", b"b"), iter(["ø", "b"]), io.StringIO("øb")):
        got = await answer("content_type: text/plain", stream)
        assert got.said("content-type") == "200 OK | content-type: text/plain; charset=utf-8 | øb"
    assert (await answer("", pieces())).said() == "200 OK | "
    assert (await answer("response_code: 204", pieces("a"))).said() == "204 No Content | "


async def test_a_stream_can_be_written_on() -> None:
    steps = "{write-web-response: {finish: false}}, {write-web-response: {content_path: more}}"
    async with serving(steps, {"content": pieces("a", "b"), "more": "c"}) as served:
        assert (await served.ask()).body == b"abc"


async def test_a_first_piece_that_is_unfit_is_noticed_before_anything_is_sent() -> None:
    async with serving("write-web-response", {"content": pieces(7)}) as served:
        assert (await served.ask()).status == 500


async def test_a_failure_in_the_middle_ends_the_connection() -> None:
    async def breaking() -> AsyncIterator[str]:
        yield "a" * 10
        raise ValueError("broken")

    async with serving("write-web-response", {"content": breaking()}) as served:
        reader, writer = await served.connect()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readuntil(b"\r\n0\r\n")
        writer.close()
    assert [str(each) for each in served.failures] == ["broken"]


async def test_a_slow_client_is_waited_for_and_one_that_is_gone_is_not() -> None:
    given, closed = [0], asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                given[0] += 1
                yield b"x" * 65536
        finally:
            closed.set()

    async with serving("write-web-response", {"content": endless()}) as served:
        reader, writer = await served.connect()
        await reader.readexactly(1000)
        before = -1
        while given[0] != before:  # the buffers on the way fill up
            before = given[0]
            for _ in range(50):
                await asyncio.sleep(0.001)
        assert given[0] < 1000
        await reader.readexactly(65536 * given[0] - 1000)
        writer.transport.abort()
        await asyncio.wait_for(closed.wait(), 10)
        await served.ended.wait()
    assert not served.failures


async def test_nobody_is_waited_for_when_the_client_is_gone() -> None:
    closed = asyncio.Event()

    async def silent() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with serving("write-web-response", {"content": silent()}) as served:
        reader, writer = await served.connect()
        await reader.readuntil(b"a\r\n")
        writer.transport.abort()
        await asyncio.wait_for(closed.wait(), 10)
        await served.ended.wait()
    assert not served.failures
    assert len(served.results) == 1


@pytest.mark.parametrize(("line", "code"), [("HEAD /", 200), ("GET /", 204)])
async def test_what_nobody_gets_is_not_asked_for(line: str, code: int) -> None:
    given = []

    async def endless() -> AsyncIterator[str]:
        while True:
            given.append(1)
            yield "a"

    got = await answer(f"response_code: {code}", endless(), line=line)
    assert (got.status, got.body, len(given)) == (code, b"", 1)


async def test_what_cannot_be_sent_any_more_is_closed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    steps = "write-web-response, {write-web-response: {content_path: file}}"
    with (tmp_path / "file").open("rb") as file:
        async with serving(steps, {"content": "a", "file": file}) as served:
            assert (await served.ask()).body == b"a"
        assert file.closed
    assert not served.failures
