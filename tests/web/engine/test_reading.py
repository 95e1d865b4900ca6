"""From bytes to requests, however they are cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from piped.web.engine.limits import Limits
from tests.web.malformed import CASES, LENIENT
from tests.web.memory import Peer, answers

SMALL = Limits(target=200, head=1000, fields=20, body=1000, memory=100)


def tell(request: Any) -> None:
    """Answer with all that came."""
    body = request.content.read()
    fields = list(request.requestHeaders.getAllRawHeaders())
    text = repr((request.method, request.uri, request.clientproto, fields, body)).encode()
    request.write(text)
    request.finish()


@pytest.mark.parametrize(("data", "status"), CASES, ids=[repr(data)[:60] for data, _ in CASES])
async def test_what_is_malformed_is_refused_and_ends_the_connection(
    data: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    peer = Peer(tell, limits=SMALL)
    written = peer.send(data)
    if not written:
        # Nothing was said that could be answered yet: time ends it.
        await peer.clock.advance(100)
        written = peer.transport.written
    found = answers(written)
    assert [answer.status for answer in found] == [status]
    assert found[-1].headers["connection"] == "close"
    await peer.clock.advance(10)
    assert peer.transport.is_closed
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("data", "status"), CASES[::3], ids=[repr(data)[:60] for data, _ in CASES[::3]]
)
async def test_what_is_malformed_is_refused_as_well_byte_by_byte(data: bytes, status: int) -> None:
    peer = Peer(tell, limits=SMALL)
    for at in range(len(data)):
        peer.send(data[at : at + 1])
    if not peer.transport.written:
        await peer.clock.advance(100)
    assert [answer.status for answer in answers(peer.transport.written)] == [status]


@pytest.mark.parametrize("data", LENIENT, ids=repr)
async def test_what_is_odd_and_harmless_is_answered(data: bytes) -> None:
    peer = Peer(tell)
    assert [answer.status for answer in answers(peer.send(data))] == [200]


async def test_what_came_before_a_fault_is_answered_first() -> None:
    peer = Peer(tell)
    good = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    found = answers(peer.send(good * 2 + b"GET / HTTP/1.1\r\nHost : a\r\n\r\n" + good))
    assert [answer.status for answer in found] == [200, 200, 400]


async def test_a_client_that_says_it_is_done_is_not_heard_further() -> None:
    peer = Peer(tell)
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert len(answers(peer.send(last + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))) == 1
    assert peer.transport.is_closed


TOKEN = st.text("abcXYZ-_1", min_size=1, max_size=10)
VALUE = st.text("abc 123;=,\"'é\t", max_size=20).map(
    lambda text: text.strip(" \t").encode("latin-1")
)
FIELDS = st.lists(st.tuples(TOKEN.map(lambda name: b"X-" + name.encode()), VALUE), max_size=5)


@st.composite
def request(draw: st.DrawFn) -> bytes:
    """Some good request."""
    body = draw(st.binary(max_size=60))
    method = draw(st.sampled_from([b"GET", b"POST", b"PUT", b"OPTIONS"]))
    target = b"/" + draw(st.text("ab/?&=%20+", max_size=20)).encode()
    lines = [b"%b %b HTTP/1.1" % (method, target), b"Host: example.com"]
    lines += [b"%b: %b" % field for field in draw(FIELDS)]
    framing = draw(st.sampled_from(["none", "length", "chunks", "upgrade"]))
    if framing == "none":
        return b"\r\n".join([*lines, b"", b""])
    if framing == "upgrade":
        lines += [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"]
        framing = draw(st.sampled_from(["length", "chunks"]))
    if framing == "length":
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])
    size = draw(st.integers(1, 20))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    end = draw(st.sampled_from([b"0\r\n\r\n", b"0\r\nX-Trailer: a\r\n\r\n", b"000;a=b\r\n\r\n"]))
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunks + end])


@settings(deadline=None, max_examples=300)
@given(
    st.lists(request(), min_size=1, max_size=4),
    st.lists(st.integers(0, 1000), max_size=12),
    st.booleans(),
)
def test_any_cut_of_the_bytes_gives_the_same_requests(
    requests: list[bytes], cuts: list[int], is_late: bool
) -> None:
    data = b"".join(requests)
    whole = Peer(tell).send(data)
    assert len(answers(whole)) == len(requests)
    waiting: list[Any] = []
    peer = Peer(waiting.append if is_late else tell)
    at = 0
    for cut in [*sorted(cut % len(data) for cut in cuts), len(data)]:
        peer.send(data[at:cut])
        at = cut
    while waiting:
        tell(waiting.pop(0))
    found = [(answer.status, answer.body) for answer in answers(peer.transport.written)]
    assert found == [(answer.status, answer.body) for answer in answers(whole)]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.binary(max_size=40) | request(), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 500), st.binary(min_size=1, max_size=3)), max_size=3),
)
def test_no_bytes_make_it_stumble(pieces: list[bytes], changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(b"".join(pieces))
    for at, change in changes:
        if data:
            data[at % len(data) : at % len(data) + len(change)] = change
    peer = Peer(tell, limits=SMALL)
    for answer in answers(peer.send(bytes(data))):
        assert answer.status in {200, 400, 408, 413, 414, 417, 431, 501, 505}
