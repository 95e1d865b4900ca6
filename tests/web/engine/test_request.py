"""What code written for `twisted.web` asks of a request, and what there is beyond."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.web import http, server
from twisted.web.resource import Resource
from twisted.web.util import Redirect

from piped.testing import ManualClock
from piped.web.engine.compression import Compression
from piped.web.engine.limits import Limits
from piped.web.site.mounting import Mounted
from tests.web.memory import Answer, Peer, answers

GET = b"GET %b HTTP/1.1\r\nHost: example.com:8080\r\n%b\r\n"


def ask(
    handle: Callable[[Any], object], target: bytes = b"/", fields: bytes = b"", **options: Any
) -> Answer:
    (answer,) = answers(Peer(handle, **options).send(GET % (target, fields)))
    return answer


def seen(look: Callable[[Any], object], target: bytes = b"/", fields: bytes = b"") -> Any:
    found: list[Any] = []

    def handle(request: Any) -> None:
        found.append(look(request))
        request.finish()

    assert ask(handle, target, fields).status == 200
    return found[0]


@pytest.mark.parametrize(
    ("look", "value"),
    [
        (lambda request: isinstance(request, server.Request), True),
        (lambda request: request.method, b"GET"),
        (lambda request: request.uri, b"/a%20b/c?x=1&x=2&y=%41+b&z"),
        (lambda request: request.path, b"/a%20b/c"),
        (lambda request: request.prepath, []),
        (lambda request: request.postpath, [b"a b", b"c"]),
        (lambda request: request.args, {b"x": [b"1", b"2"], b"y": [b"A b"]}),
        (lambda request: request.clientproto, b"HTTP/1.1"),
        (lambda request: request.content.read(), b""),
        (lambda request: request.getHeader("x-a"), "1"),
        (lambda request: request.getHeader(b"X-A"), b"1"),
        (lambda request: request.getHeader("nothing"), None),
        (lambda request: request.requestHeaders.getRawHeaders("x-a"), ["0", "1"]),
        (lambda request: request.getCookie(b"c"), b"d"),
        (lambda request: request.received_cookies, {b"c": b"d", b"e": b"f"}),
        (lambda request: request.getUser(), b"me"),
        (lambda request: request.getPassword(), b"secret"),
        (lambda request: request.getClientAddress(), IPv4Address("TCP", "192.0.2.1", 4242)),
        (lambda request: request.getHost(), IPv4Address("TCP", "192.0.2.2", 80)),
        (lambda request: request.getRequestHostname(), b"example.com"),
        (lambda request: request.isSecure(), False),
        (lambda request: request.channel.getPeer().host, "192.0.2.1"),
        (lambda request: request.transport.getPeer().port, 4242),
        (lambda request: request.channel.isSecure(), False),
        (lambda request: request.getAllHeaders()[b"x-a"], b"1"),
        (lambda request: str(request.URLPath()), "http://example.com/"),
        (lambda request: request.prePathURL(), b"http://example.com/"),
        (lambda request: request == request, True),  # noqa: PLR0124
        (lambda request: {request: 1}[request], 1),
        (lambda request: b"/a%20b" in repr(request).encode(), True),
    ],
)
async def test_what_is_asked_is_there(look: Callable[[Any], object], value: object) -> None:
    fields = b"X-A: 0\r\nx-a: 1\r\nCookie: c=d; e=f\r\nAuthorization: Basic bWU6c2VjcmV0\r\n"
    assert seen(look, b"/a%20b/c?x=1&x=2&y=%41+b&z", fields) == value


async def test_headers_cookies_and_redirects_are_sent() -> None:
    def handle(request: Any) -> None:
        request.addCookie("a", "b", httpOnly=True)
        request.setHeader("X-Any", "ä")
        request.responseHeaders.addRawHeader("X-Many", "1")
        request.responseHeaders.addRawHeader("X-Many", "2")
        request.redirect(b"/there")
        request.finish()

    peer = Peer(handle)
    written = peer.send(GET % (b"/", b""))
    assert written.startswith(b"HTTP/1.1 302 Found\r\n")
    for line in (
        b"Set-Cookie: a=b; HttpOnly",
        b"Location: /there",
        b"X-Many: 1\r\nX-Many: 2",
        "X-Any: ä".encode(),
    ):
        assert line in written


@pytest.mark.parametrize("evil", [b"a\r\nX-Evil: 1", b"a\nX-Evil: 1", b"a\rX-Evil: 1"])
async def test_no_value_makes_a_line_of_its_own(evil: bytes) -> None:
    def handle(request: Any) -> None:
        request.setResponseCode(200, evil)
        request.setHeader(b"X-A", evil)
        request.setHeader(b"Location", evil.decode())
        request.addCookie(b"c", evil)
        request.cookies.append(evil)
        request.setETag(evil)
        request.finish()

    head = Peer(handle).send(GET % (b"/", b"")).split(b"\r\n\r\n")[0]
    assert not any(line.startswith(b"X-Evil") for line in head.replace(b"\r", b"\n").split(b"\n"))


async def test_conditional_requests() -> None:
    def handle(request: Any) -> None:
        if request.setETag(b'"v1"') is not http.CACHED:
            request.write(b"new")
        request.finish()

    assert ask(handle).body == b"new"
    answer = ask(handle, fields=b'If-None-Match: "v1"\r\n')
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"v1"')


async def test_head_has_the_length_and_no_body() -> None:
    peer = Peer(lambda request: (request.write(b"hello"), request.finish()))
    written = peer.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"Content-Length: 5\r\n" in written
    assert written.endswith(b"\r\n\r\n")


async def test_what_is_written_later_goes_in_chunks() -> None:
    requests: list[Any] = []

    def handle(request: Any) -> None:
        request.write(b"one")
        requests.append(request)

    peer = Peer(handle)
    first = peer.send(GET % (b"/", b""))
    assert first.endswith(b"3\r\none\r\n")
    requests[0].write(b"two")
    requests[0].finish()
    assert peer.transport.written[len(first) :] == b"3\r\ntwo\r\n0\r\n\r\n"


async def test_a_stream_to_an_old_client_ends_with_the_connection() -> None:
    requests: list[Any] = []

    def handle(request: Any) -> None:
        request.write(b"one")
        requests.append(request)

    peer = Peer(handle)
    peer.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    requests[0].write(b"two")
    requests[0].finish()
    (answer,) = answers(peer.transport.written)
    assert (answer.body, answer.headers["connection"]) == (b"onetwo", "close")
    assert peer.transport.is_closed


async def test_an_answer_shorter_than_it_said_ends_the_connection() -> None:
    def handle(request: Any) -> None:
        request.setHeader(b"Content-Length", b"5")
        request.write(b"abc")
        request.finish()

    peer = Peer(handle)
    peer.send(GET % (b"/", b""))
    assert peer.transport.is_closed
    assert answers(Peer(handle).send(GET % (b"/", b"")))[0].headers["connection"] == "close"


async def test_an_answer_longer_than_it_said_is_cut() -> None:
    def handle(request: Any) -> None:
        request.setHeader(b"Content-Length", b"2")
        request.write(b"abc")
        request.write(b"def")
        request.finish()

    assert ask(handle).body == b"ab"


async def test_notify_finish_fires_when_it_is_finished() -> None:
    fired: list[Any] = []

    def handle(request: Any) -> None:
        request.notifyFinish().addCallback(fired.append)
        request.finish()

    ask(handle)
    assert fired == [None]


class Counter(Resource):
    isLeaf = True  # noqa: N815

    def render_GET(self, request: Any) -> bytes:  # noqa: N802
        session = request.getSession()
        session.count = getattr(session, "count", 0) + 1
        return b"%d" % session.count


async def test_sessions_last_until_they_expire() -> None:
    clock = ManualClock()
    mounted = Mounted(Counter(), clock=clock)
    peer = Peer(mounted.handle, clock=clock, limits=Limits(idle_time=10_000))
    first = answers(peer.send(GET % (b"/", b"")))[0]
    cookie = b"Cookie: %b\r\n" % first.headers["set-cookie"].split(";")[0].encode()
    peer.send(GET % (b"/", cookie))
    await clock.advance(800)
    peer.send(GET % (b"/", cookie))
    await clock.advance(1000)
    peer.send(GET % (b"/", cookie))
    assert [answer.body for answer in answers(peer.transport.written)] == [b"1", b"2", b"3", b"1"]


# Twisted warns of its own page.
@pytest.mark.filterwarnings("ignore:twisted.web.resource._Unsafe:DeprecationWarning")
async def test_resources_are_found_and_rendered() -> None:
    root = Resource()
    root.putChild(b"a", Redirect(b"/b"))
    root.putChild(b"count", Counter())
    peer = Peer(Mounted(root).handle)
    for target in (b"/a", b"/count", b"/nothing", b"/count/below"):
        peer.send(GET % (target, b""))
    peer.send(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    found = [answer.status for answer in answers(peer.transport.written)]
    assert found == [302, 200, 404, 200, 200]


async def test_a_resource_that_fails_is_answered_with_500() -> None:
    class Failing(Resource):
        isLeaf = True  # noqa: N815

        def render_GET(self, request: Any) -> bytes:  # noqa: N802
            raise ZeroDivisionError

    answer = ask(Mounted(Failing()).handle)
    assert (answer.status, b"Processing Failed" in answer.body) == (500, True)


def text(request: Any) -> None:
    request.setHeader(b"Content-Type", request.args.get(b"type", [b"text/plain"])[0])
    request.write(b"x" * int(request.args[b"size"][0]))
    request.finish()


@pytest.mark.parametrize(
    ("target", "accepted", "is_smaller"),
    [
        (b"/?size=5000", b"gzip", True),
        (b"/?size=5000", b"br, gzip;q=0.5", True),
        (b"/?size=5000", b"*", True),
        (b"/?size=5000&type=application/json", b"gzip", True),
        (b"/?size=5000", b"gzip;q=0", False),
        (b"/?size=5000", b"br", False),
        (b"/?size=500", b"gzip", False),
        (b"/?size=5000&type=image/png", b"gzip", False),
    ],
)
async def test_text_is_compressed_for_those_who_can_read_it(
    target: bytes, accepted: bytes, is_smaller: bool
) -> None:
    fields = b"Accept-Encoding: %b\r\n" % accepted
    answer = ask(text, target, fields, compression=Compression())
    assert ("content-encoding" in answer.headers) is is_smaller
    assert answer.headers.get("vary") == (None if b"image" in target else "Accept-Encoding")
    body = gzip.decompress(answer.body) if is_smaller else answer.body
    assert set(body) == set(b"x")
    assert "content-encoding" not in ask(text, target, fields).headers


async def test_a_compressed_stream_can_be_read_as_it_comes() -> None:
    requests: list[Any] = []
    peer = Peer(requests.append, compression=Compression())
    peer.send(GET % (b"/", b"Accept-Encoding: gzip\r\n"))
    reader = zlib.decompressobj(31)
    for number in range(3):
        before = len(peer.transport.written)
        requests[0].write(b"data: %d\n\n" % number)
        new = peer.transport.written[before:].split(b"\r\n\r\n", 1)[-1]
        assert reader.decompress(new.split(b"\r\n", 1)[1][:-2]) == b"data: %d\n\n" % number


FORM = (
    b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n'
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="x \\"y\\".txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nline\r\n--C\r\n\r\n--B--\r\n"
)


def post(content_type: bytes, body: bytes) -> bytes:
    return (
        b"POST /?a=0&b=1 HTTP/1.1\r\nHost: a\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
        % (
            content_type,
            len(body),
            body,
        )
    )


async def test_forms_of_both_kinds() -> None:
    found: list[Any] = []

    def handle(request: Any) -> None:
        found.append((request.args, request.form.files, request.content.read()))
        found.extend(upload.file.read() for upload in request.form.files.get(b"f", []))
        request.finish()

    peer = Peer(handle)
    peer.send(post(b"application/x-www-form-urlencoded; charset=utf-8", b"a=x%20y&c=+"))
    peer.send(post(b'multipart/form-data; boundary="B"', FORM))
    assert found[0] == ({b"a": [b"x y"], b"b": [b"1"], b"c": [b" "]}, {}, b"a=x%20y&c=+")
    args, files, content = found[1]
    assert args == {b"a": [b"one"], b"b": [b"1"], b"f": [b"line\r\n--C\r\n"]}
    (upload,) = files[b"f"]
    assert (upload.filename, upload.content_type) == (b'x "y".txt', b"text/plain")
    assert found[2] == b"line\r\n--C\r\n"
    assert upload.file.closed
    assert content == FORM


async def test_a_large_file_is_in_a_file_only() -> None:
    found: list[Any] = []

    def handle(request: Any) -> None:
        found.append((request.args, request.form.files[b"f"][0].size))
        request.finish()

    big = FORM.replace(b"line", b"x" * 5000)
    Peer(handle, limits=Limits(memory=1000)).send(post(b"multipart/form-data; boundary=B", big))
    assert found[0][0] == {b"a": [b"one"], b"b": [b"1"]}
    assert found[0][1] == 5000 + 7


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (b"multipart/form-data", FORM, 400),
        (b"multipart/form-data; boundary=X", FORM, 400),
        (b"multipart/form-data; boundary=B", FORM[:-10], 400),
        (b"multipart/form-data; boundary=B", b"--B\r\nnonsense\r\n\r\n--B--", 400),
        (b"multipart/form-data; boundary=B", FORM.replace(b"one", b"x" * 2000), 413),
        (b"application/x-www-form-urlencoded", b"a=b&" * 30, 400),
        (b"application/x-www-form-urlencoded", b"a=" + b"b" * 2000, 413),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(
    content_type: bytes, body: bytes, status: int
) -> None:
    peer = Peer(lambda request: request.args, limits=Limits(memory=1000, parts=20))
    assert answers(peer.send(post(content_type, body)))[0].status == status


async def test_a_connection_may_be_handed_to_another_protocol() -> None:
    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.WriteTransport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    requests: list[Any] = []
    peer = Peer(requests.append)
    fields = b"Connection: Upgrade\r\nUpgrade: echo\r\n"
    peer.send(GET % (b"/", fields) + b"early ")
    (request,) = requests
    assert request.upgrades
    request.setResponseCode(101)
    request.setHeader(b"Upgrade", b"echo")
    request.setHeader(b"Connection", b"Upgrade")
    request.switch(Echo())
    written = peer.send(b"late")
    head, _, rest = written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"Connection: Upgrade" in head
    assert rest == b"early late"


async def test_a_protocol_of_twisteds_may_speak_on_the_connection() -> None:
    lost: list[Any] = []

    class Echo(Protocol):
        def dataReceived(self, data: bytes) -> None:  # noqa: N802
            assert self.transport is not None
            self.transport.write(data)
            if data == b"bye":
                self.transport.loseConnection()

        def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
            lost.append(reason.value)

    def handle(request: Any) -> None:
        # As `twisted.web.websocket` does it.
        transport = request.channel.transport
        request.channel._protocolUpgradeForWebsockets(Echo())
        transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")

    peer = Peer(handle)
    peer.send(GET % (b"/", b"Connection: Upgrade\r\nUpgrade: echo\r\n") + b"early ")
    assert peer.send(b"late ", b"bye").endswith(b"\r\n\r\nearly late bye")
    assert [type(each) for each in lost] == [ConnectionDone]


async def test_what_another_protocol_speaks_on_is_closed_with_the_server() -> None:
    peer = Peer(lambda request: request.switch(asyncio.Protocol()))
    peer.send(GET % (b"/", b"Connection: Upgrade\r\nUpgrade: x\r\n"))
    await peer.server.stop()
    assert peer.transport.is_closed


@pytest.mark.parametrize(
    "data", [bytearray(b"abc"), memoryview(b"abc"), type("B", (bytes,), {})(b"abc")]
)
async def test_whatever_is_bytes_may_be_written(data: Any) -> None:
    def handle(request: Any) -> None:
        request.write("")
        request.write(data)
        request.finish()

    assert ask(handle).body == b"abc"


async def test_a_text_is_no_bytes() -> None:
    assert ask(lambda request: request.write("abc")).status == 500
