"""Asking web servers, in any way."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from piped.exceptions import TimeoutError as TookTooLong, UnfitBaton
from piped.processors.http_client import web_client_of
from piped.processors.http_failures import HttpError, UnfitResponse
from piped.secret import Secret
from piped.testing import ManualClock, YamlEnvironment
from tests.processors.trying import complaint
from tests.processors.web_servers import Reply, answering, misbehaving


async def ask(step: str = "", clock: ManualClock | None = None, **baton: Any) -> Any:
    text = f"[web-client-request: {{{step}}}]"
    [found] = await YamlEnvironment(text, clock=clock).run(baton)
    return found["response"]


async def mirror(request: Any) -> Reply:
    """Says what it was asked, as JSON."""
    said = {
        "method": request.method,
        "path": request.path_qs,
        "body": (await request.read()).decode(),
        "headers": {name.lower(): value for name, value in request.headers.items()},
    }
    return 200, {"Content-Type": "application/json"}, json.dumps(said)


async def said(step: str = "", **baton: Any) -> Any:
    async with answering(mirror) as site:
        return (await ask(f"read_as: json, {step}", url=f"{site}/a?b=c", **baton))["json"]


class Flaky:
    """Answers in turn."""

    def __init__(self, *answers: Reply) -> None:
        self.asked: list[str] = []
        self._answers = iter(answers)

    def __call__(self, request: Any) -> Reply:
        self.asked.append(request.method)
        return next(self._answers)


OK: Reply = (200, {}, "ok")
BUSY: Reply = (503, {}, "busy")


# What is asked


async def test_what_is_in_the_answer() -> None:
    answer = (201, {"X-A": "b", "Set-Cookie": "c=d; Path=/"}, "ø")
    async with answering(lambda _: answer) as site:
        found = await ask(url=f"{site}/a")
    headers = found.pop("headers")
    assert found == {
        "status": 201,
        "reason": "Created",
        "url": f"{site}/a",
        "cookies": {"c": "d"},
        "body": "ø".encode(),
    }
    assert headers["x-a"] == "b"


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ("", "/a?b=c"),
        ("params: {d: [1, 2], e: null, f: true, g: 'ø &'}", "/a?b=c&d=1&d=2&f=true&g=%C3%B8+%26"),
        ("params: {d: !path d}", "/a?b=c&d=7"),
        ("params: {b: d}", "/a?b=c&b=d"),
    ],
)
async def test_arguments(step: str, path: str) -> None:
    assert (await said(step, d=7))["path"] == path


@pytest.mark.parametrize(
    ("step", "body", "content_type"),
    [
        ("json: {a: [!path n]}", '{"a": [7]}', "application/json"),
        ("json: null", "null", "application/json"),
        ("json: 1, headers: {content-type: a/b}", "1", "a/b"),
        ("data: {a: [1, ø], b: null}", "a=1&a=%C3%B8", "application/x-www-form-urlencoded"),
        ("data: ø", "ø", "application/octet-stream"),
        ("body_path: text", "text", "application/octet-stream"),
        ("body_path: stream", "abc", "application/octet-stream"),
        ("body_path: file", "file", "application/octet-stream"),
    ],
)
async def test_bodies(tmp_path: Path, step: str, body: str, content_type: str) -> None:
    async def stream() -> AsyncIterator[Any]:
        yield "ab"
        yield b"c"

    (tmp_path / "file").write_text("file")
    with (tmp_path / "file").open("rb") as file:
        baton = {"n": 7, "text": "text", "stream": stream(), "file": file}
        found = await said(f"method: POST, {step}", **baton)
    assert (found["body"], found["headers"]["content-type"]) == (body, content_type)


@pytest.mark.parametrize(
    ("step", "header"),
    [
        ("basic_auth: {username: ada, password: b}", "Basic YWRhOmI="),
        ("basic_auth: {username: !path who, password: !path password}", "Basic YWRhOmI="),
        ("bearer: abc", "Bearer abc"),
        ("bearer: !path password", "Bearer b"),
        ("headers: {authorization: !path password}", "b"),
    ],
)
async def test_who_asks(step: str, header: str) -> None:
    found = await said(step, who="ada", password=Secret("b"))
    assert found["headers"]["authorization"] == header


@pytest.mark.parametrize(("read_as", "value"), [("bytes", b"[1]"), ("text", "[1]"), ("json", [1])])
async def test_what_becomes_of_the_body(read_as: str, value: Any) -> None:
    key = {"bytes": "body"}.get(read_as, read_as)
    async with answering(lambda _: (200, {}, "[1]")) as site:
        assert (await ask(f"read_as: {read_as}", url=site))[key] == value


async def test_text_is_in_the_encoding_that_the_answer_names() -> None:
    headers = {"Content-Type": "text/plain; charset=latin-1"}
    async with answering(lambda _: (200, headers, b"\xf8")) as site:
        assert (await ask("read_as: text", url=site))["text"] == "ø"


@pytest.mark.parametrize(
    ("read_as", "body"), [("json", b"{"), ("json", b"\xff"), ("text", b"\xff")]
)
async def test_a_body_that_is_something_else(read_as: str, body: bytes) -> None:
    async with answering(lambda _: (200, {}, body)) as site:
        with pytest.raises(UnfitResponse, match="the response is no"):
            await ask(f"read_as: {read_as}", url=site)


# Files and streams


async def test_a_file_is_there_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text("old")
    step = f"file_path: {path}, max_size: 2MiB"
    async with answering(lambda _: (200, {}, b"x" * 1_000_000)) as site:
        assert (await ask(step, url=site))["size"] == 1_000_000
    assert path.read_bytes() == b"x" * 1_000_000
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


async def test_a_file_that_is_not_complete_is_not_there(tmp_path: Path) -> None:
    async with misbehaving(broken) as site:
        with pytest.raises(aiohttp.ClientPayloadError):
            await ask(f"file_path: {tmp_path / 'page'}", url=site)
    assert list(tmp_path.iterdir()) == []


async def broken(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    await writer.drain()


async def test_a_stream_is_read_by_whoever_comes_next() -> None:
    sizes = []

    async def count(baton: Any) -> Any:
        sizes.extend([len(piece) async for piece in baton["response"]["stream"]])
        return baton

    text = "[web-client-request: {read_as: stream}, count]"
    async with answering(lambda _: (200, {}, b"x" * 1_000_000)) as site:
        await YamlEnvironment(text, count=count).run({"url": site})
    assert sum(sizes) == 1_000_000
    assert len(sizes) > 1


async def test_a_stream_may_be_left() -> None:
    async def leave(baton: Any) -> Any:
        stream = baton["response"]["stream"]
        assert await anext(stream)
        await stream.aclose()
        return baton

    text = "[web-client-request: {read_as: stream}, leave]"
    async with answering(lambda _: (200, {}, b"x" * 1_000_000)) as site:
        await YamlEnvironment(text, leave=leave).run({"url": site})


async def test_a_stream_may_be_only_so_long() -> None:
    async def read(baton: Any) -> Any:
        return [piece async for piece in baton["response"]["stream"]]

    text = "[web-client-request: {read_as: stream, max_size: 10}, read]"
    async with answering(lambda _: (200, {}, b"x" * 11)) as site:
        with pytest.raises(UnfitResponse, match="longer than 10B"):
            await YamlEnvironment(text, read=read).run({"url": site})


async def test_what_is_compressed_is_measured_when_it_is_not() -> None:
    bomb = gzip.compress(gzip.compress(b"0" * 200_000_000))
    inner = gzip.decompress(bomb)
    async with answering(lambda _: (200, {"Content-Encoding": "gzip"}, inner)) as site:
        with pytest.raises(UnfitResponse, match="longer than 1MiB"):
            await ask("max_size: 1MiB", url=site)
    async with answering(
        lambda _: (200, {"Content-Encoding": "gzip"}, gzip.compress(b"a"))
    ) as site:
        assert (await ask(url=site))["body"] == b"a"


# Failures, and trying again


async def test_an_error_fails_unless_it_may_be() -> None:
    async with answering(lambda _: (404, {}, "none")) as site:
        with pytest.raises(HttpError, match="404 Not Found"):
            await ask(url=site)
        found = await ask("raise_for_status: false", url=site)
    assert (found["status"], found["body"]) == (404, b"none")


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        ("retries: 2", ["GET"] * 3),
        ("retries: 3", ["GET"] * 3),
        ("retries: 2, method: PUT, data: a", ["PUT"] * 3),
        ("retries: 2, raise_for_status: false", ["GET"] * 3),
        ("retries: 2, method: POST, retry_methods: [post]", ["POST"] * 3),
    ],
)
async def test_a_busy_server_is_asked_again(step: str, asked: list[str]) -> None:
    server, clock = Flaky(BUSY, BUSY, OK), ManualClock()
    async with answering(server) as site:
        assert (await ask(step, clock, url=site))["body"] == b"ok"
    assert server.asked == asked
    assert 0.75 <= clock.monotonic() <= 1.5


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        ("retries: 1", ["GET"] * 2),
        ("retries: 2, method: POST", ["POST"]),
        ("retries: 2, retry_methods: [HEAD]", ["GET"]),
        ("retries: 2, retry_statuses: [500]", ["GET"]),
        ("retries: 2, method: PUT, body_path: stream", ["PUT"]),
    ],
)
async def test_it_is_not_asked_for_ever(step: str, asked: list[str]) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"a"

    server = Flaky(BUSY, BUSY, OK)
    async with answering(server) as site:
        with pytest.raises(HttpError, match="503 Service Unavailable"):
            await ask(step, url=site, stream=stream())
    assert server.asked == asked


@pytest.mark.parametrize(("after", "pause"), [("7", 7), ("9999", 30)])
async def test_a_server_may_say_when_to_ask_again(after: str, pause: float) -> None:
    clock = ManualClock()
    async with answering(Flaky((429, {"Retry-After": after}, ""), OK)) as site:
        await ask("retries: 1", clock, url=site)
    assert clock.monotonic() == pause


async def test_a_connection_that_breaks_is_tried_again() -> None:
    talks = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(1)
        if len(talks) < 3:
            await broken(reader, writer)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()

    async with misbehaving(talk) as site:
        assert (await ask("retries: 2", url=site))["body"] == b"ok"
        assert len(talks) == 3
        talks.clear()
        with pytest.raises(aiohttp.ClientPayloadError) as raised:
            await ask("method: POST", url=site)
    assert len(talks) == 1
    assert raised.value.__notes__[0] == f"while asking: POST {site}"


async def test_a_server_that_hangs_up_is_not_asked_again_for_what_may_be_done_once() -> None:
    talks = []

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(1)
        writer.close()

    async with misbehaving(hang_up) as site:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await ask("method: POST, retries: 3", url=site)
    assert len(talks) == 1


async def test_nobody_listens(unused_tcp_port: int) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask("retries: 1", url=f"http://127.0.0.1:{unused_tcp_port}")


@pytest.mark.parametrize(
    "limit", ["50ms", "{total: 50ms}", "{read: 50ms}", "{read: !path seconds}"]
)
async def test_a_server_may_take_only_so_long(limit: str) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        await asyncio.Event().wait()

    async with misbehaving(drip) as site:
        with pytest.raises(TookTooLong, match="was not answered"):
            await ask(f"timeout: {limit}", url=site, seconds=0.05)


async def test_a_request_that_is_cancelled_goes_no_further() -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        gone.set()

    async with misbehaving(wait) as site:
        task = asyncio.ensure_future(ask(url=site))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 10)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 1_000_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_answer(answer: bytes) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    async with misbehaving(talk) as site:
        with pytest.raises(aiohttp.ClientError):
            await ask(url=site)


# Redirects


async def test_what_is_for_one_server_is_not_told_to_another() -> None:
    step = "read_as: json, bearer: b, headers: {cookie: a=b, x-a: b}"
    async with (
        answering(mirror) as other,
        answering(lambda _: (302, {"Location": f"{other}/end"}, "")) as site,
    ):
        found = (await ask(step, url=site))["json"]
    assert found["path"] == "/end"
    assert found["headers"]["x-a"] == "b"
    assert found["headers"].keys() & {"authorization", "cookie"} == set()


@pytest.mark.parametrize("where", ["file:///etc/passwd", "javascript:1", "http://[", "http://"])
async def test_a_redirect_leads_to_web_servers_only(where: str) -> None:
    async with answering(lambda _: (302, {"Location": where}, "")) as site:
        assert (await ask(url=site))["status"] == 302


async def test_redirects_end() -> None:
    server = Flaky(*[(302, {"Location": "/"}, "")] * 20)
    async with answering(server) as site:
        assert (await ask("max_redirects: 3", url=site))["status"] == 302
        assert len(server.asked) == 4
        assert (await ask("follow_redirects: false", url=site))["status"] == 302
    assert len(server.asked) == 5


# TLS and proxies


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def of_server(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_a_server_has_to_prove_who_it_is(authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with answering(lambda _: OK, of_server(authority)) as site:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await ask("retries: 3", url=site)
        for tls in (f"{{ca_file: {tmp_path / 'ca.pem'}}}", "{verify: false}"):
            assert (await ask(f"tls: {tls}", url=site))["body"] == b"ok"


async def test_a_server_may_want_a_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    ca, own = tmp_path / "ca.pem", tmp_path / "own.pem"
    authority.cert_pem.write_to_path(ca)
    authority.issue_cert("ada@engines.example").private_key_and_cert_chain_pem.write_to_path(own)
    context = of_server(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    async with answering(lambda _: OK, context) as site:
        step = f"tls: {{ca_file: {ca}, certificate: {own}}}"
        assert (await ask(step, url=site))["body"] == b"ok"
        with pytest.raises(aiohttp.ClientError):
            await ask(f"tls: {{ca_file: {ca}}}", url=site)


async def test_a_proxy_is_asked() -> None:
    found = []

    def proxy(request: Any) -> Reply:
        found.append((str(request.raw_path), request.headers["Proxy-Authorization"]))
        return OK

    async with answering(proxy) as site:
        where = Secret(site.replace("://", "://ada:b@"))
        got = await ask("proxy: !path where", url="http://engines.example/a", where=where)
    assert got["body"] == b"ok"
    assert found == [("http://engines.example/a", "Basic YWRhOmI=")]


# Connections


async def test_connections_are_used_again_and_closed_at_the_end() -> None:
    peers = []

    def answer(request: Any) -> Reply:
        peers.append(request.transport.get_extra_info("peername"))
        return OK

    text = "[web-client-request, web-client-get-page, web-client-request]"
    async with answering(answer) as site:
        environment = YamlEnvironment(text)
        await environment.run({"url": site})
        assert len(peers) == 3
        assert len(set(peers)) == 1
        client = web_client_of(environment.environment)
        assert not client.running
        assert client._session is None
        await environment.run({"url": site})
    assert len(set(peers)) == 2


# What does not fit


@pytest.mark.parametrize(
    ("step", "baton", "message"),
    [
        ("body_path: body", {}, "there is no body at 'body'"),
        ("body_path: body", {"body": 7}, "7 cannot be sent as a body"),
        ("json: !path body", {"body": object()}, "cannot be written as JSON"),
        ("json: !path body", {"body": float("nan")}, "cannot be written as JSON"),
        ("method: !path body", {"body": "GET /"}, "is no method of HTTP"),
        ("headers: {a: !path body}", {"body": "a\nb"}, "the header 'a' cannot be sent"),
    ],
)
async def test_batons_that_are_unfit(step: str, baton: Any, message: str) -> None:
    with pytest.raises(UnfitBaton, match=message):
        await ask(step, url="http://127.0.0.1:1", **baton)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("json: 1, data: a", "only one of 'json', 'data' and 'body_path'"),
        ("bearer: a, basic_auth: {username: a, password: b}", "only one of 'basic_auth' and"),
        ("basic_auth: {username: a}", "needs the option 'password'"),
        ("file_path: a, read_as: json", "cannot be read by 'read_as', too"),
        ("read_as: xml", "one of 'bytes', 'text', 'json'"),
        ("tls: {key: a}", "'key' is of no use without its 'certificate'"),
        ("tls: {verify: false, ca_file: a}", "no 'ca_file' is looked at"),
        ("timeout: {totl: 1s}", "did you mean 'total'?"),
        ("retries: -1", "from 0 to 100"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(f"web-client-request: {{{step}}}")


async def test_files_of_tls_that_are_not_there_are_said() -> None:
    from piped.exceptions import ConfigurationError

    with pytest.raises(ConfigurationError, match="the files of 'tls' cannot be used"):
        await ask("tls: {ca_file: /nowhere}", url="http://127.0.0.1:1")
