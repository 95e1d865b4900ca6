"""What is sent in one go is what would be sent in several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.web.engine.compression import Compression
from piped.web.engine.heads import Heads
from tests.web.memory import Peer, answers

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
REQUESTS = {
    "GET": GET,
    "HEAD": GET.replace(b"GET", b"HEAD"),
    "the last one": GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    "1.0": GET.replace(b"1.1", b"1.0"),
    "compressed": GET.replace(b"\r\n\r\n", b"\r\nAccept-Encoding: gzip\r\n\r\n"),
    "two": GET + GET,
    "with a body": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
}
DONE_BEFORE: dict[str, Callable[[Any], object]] = {
    "a status": lambda request: request.setResponseCode(404),
    "a status with a message": lambda request: request.setResponseCode(200, b"Fine"),
    "a status without a body": lambda request: request.setResponseCode(204),
    "a type": lambda request: request.setHeader(b"content-type", b"text/x"),
    "two types": lambda request: request.responseHeaders.setRawHeaders("Content-Type", ["a", "b"]),
    "a field": lambda request: request.setHeader(b"X-A", b"b"),
    "a cookie": lambda request: request.addCookie(b"a", b"b"),
    "an etag": lambda request: request.setETag(b"x"),
    "a date": lambda request: request.setLastModified(1_700_000_000),
    "no default type": lambda request: setattr(request, "defaultContentType", None),
    "a beginning": lambda request: request.write(b"begin"),
    "the end of the connection": lambda request: request.setHeader(b"Connection", b"close"),
    "a length": lambda request: request.setHeader(b"Content-Length", b"5"),
}


def in_several(request: Any, data: bytes) -> None:
    request.write(data)
    request.finish()


def in_one(request: Any, data: bytes) -> None:
    request.end_with(data)


def sent(end: Callable[[Any, bytes], None], requests: bytes, *done: str, **options: Any) -> bytes:
    def handle(request: Any) -> None:
        for each in done:
            DONE_BEFORE[each](request)
        end(request, b"hello")

    return Peer(handle, **options).send(requests)


@given(
    st.sampled_from(sorted(REQUESTS)), st.lists(st.sampled_from(sorted(DONE_BEFORE)), max_size=3)
)
def test_one_go_sends_what_several_send(request_: str, done: list[str]) -> None:
    requests = REQUESTS[request_]
    assert sent(in_one, requests, *done) == sent(in_several, requests, *done)


@pytest.mark.parametrize("requests", REQUESTS.values(), ids=REQUESTS)
def test_one_go_is_compressed_as_several_are(requests: bytes) -> None:
    kind = Compression(minimum=1)
    assert sent(in_one, requests, compression=kind) == sent(in_several, requests, compression=kind)


def test_an_answer_that_comes_later_has_its_length_too() -> None:
    waiting: list[Any] = []
    peer = Peer(waiting.append)
    assert peer.send(REQUESTS["HEAD"]) == b""
    waiting.pop().end_with(b"hello")
    assert answers(peer.transport.written, ["HEAD"])[0].headers["content-length"] == "5"


def test_a_client_that_is_gone_is_told_of_as_before() -> None:
    waiting: list[Any] = []
    peer = Peer(waiting.append)
    peer.send(GET)
    peer.leave()
    with pytest.raises(RuntimeError, match="after its connection was lost"):
        waiting.pop().end_with(b"hello")


def test_an_answer_ends_once() -> None:
    def twice(request: Any) -> None:
        request.end_with(b"a")
        with pytest.raises(RuntimeError, match="after Request\\.finish"):
            request.end_with(b"b")

    assert Peer(twice).send(GET).endswith(b"\r\n\r\na")


async def test_the_date_in_a_head_is_not_an_old_one() -> None:
    peer = Peer(lambda request: request.end_with(b""))
    peer.send(GET)
    await peer.clock.advance(60)
    peer.send(GET)
    first, second = answers(peer.transport.written)
    assert first.headers["date"] != second.headers["date"]


def test_only_so_many_heads_are_kept() -> None:
    heads = Heads(b"")
    for number in range(1000):
        fields = {b"Content-Type": [b"text/%d" % number]}
        head = heads.of(200, b"OK", fields, None)
        assert head == heads.of(200, b"OK", {}, b"text/%d" % number)
        assert head is not None
        assert b"text/%d\r\n" % number in head
    assert len(heads._made) == 256
