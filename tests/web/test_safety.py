"""What strangers try: with a real socket each, from the first byte to the answer."""

from __future__ import annotations

import gzip
import logging
from typing import Any

import pytest

from tests.web.memory import Answer, answers
from tests.web.serving import Serving, serving

ENGINES = pytest.mark.parametrize("engine", ["piped", "twisted"])
ROUTING = "__config__: {processor: tell, no_resource_processor: tell}"
FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"


def tell(baton: Any) -> None:
    request = baton["request"]
    request.write(b"%b %d" % (request.getRequestHostname(), len(request.args)))
    request.finish()


async def said(it: Serving, text: bytes) -> Answer:
    """The only answer to `text`, after which the client says no more."""
    reader, writer = await it.open()
    writer.write(text)
    writer.write_eof()
    [answer] = answers(await reader.read())
    writer.close()
    return answer


def post(body: bytes, fields: bytes = b"") -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%bContent-Length: %d\r\n\r\n"
    return head % (fields, len(body)) + body


def parts(count: int, field: bytes = b"name=a") -> bytes:
    part = b"--x\r\nContent-Disposition: form-data; %b\r\n\r\n1\r\n" % field
    return part * count + b"--x--\r\n"


@ENGINES
async def test_of_a_whole_address_the_host_counts_and_the_header_does_not(engine: str) -> None:
    text = b"GET http://a.example:80/x HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n"
    async with serving(ROUTING, engine=engine, tell=tell) as it:
        assert (await said(it, text)).body == b"a.example 0"


@ENGINES
async def test_a_client_of_old_may_leave_out_the_host(engine: str) -> None:
    async with serving(ROUTING, engine=engine, tell=tell) as it:
        answer = await said(it, b"GET / HTTP/1.0\r\n\r\n")
    assert (answer.status, answer.headers.get("transfer-encoding")) == (200, None)


@pytest.mark.parametrize(
    "hosts", [b"", b"Host: a\r\nHost: a\r\n", b"Host: a b\r\n", b"Host: a/b\r\n"]
)
async def test_a_host_is_one_and_a_name(hosts: bytes) -> None:
    async with serving(ROUTING, tell=tell) as it:
        assert (await said(it, b"GET / HTTP/1.1\r\n%b\r\n" % hosts)).status == 400


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"GET /?%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 9000), 414),
        (b"GET /?%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a=1&" * 1001), 400),
        (post(b"a=1&" * 1001, b"Content-Type: application/x-www-form-urlencoded\r\n"), 400),
        (post(b"a=" + b"1" * 300_000, b"Content-Type: application/x-www-form-urlencoded\r\n"), 413),
        (post(parts(1001), FORM), 400),
        (post(parts(1001, b"name=a; filename=b"), FORM), 400),
        (post(parts(1, b"name=a; x=" + b"y" * 9000), FORM), 400),
        (post(b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\n--x--", FORM), 400),
        (post(b"\r\n--x" * 100_000, FORM), 400),
        (post(b"", b"Content-Type: multipart/form-data; boundary=%b\r\n" % (b"x" * 80)), 200),
        (post(b"x", b"Content-Type: multipart/form-data; boundary=%b\r\n" % (b"x" * 80)), 400),
    ],
)
async def test_what_is_too_much_is_refused(text: bytes, status: int) -> None:
    async with serving(ROUTING, tell=tell) as it:
        assert (await said(it, text)).status == status
        assert (await it.fetch("/")).code == 200


async def test_what_came_packed_is_not_unpacked() -> None:
    """A few bytes that are packed may become more than there is room for."""
    more = "pipelines: {read: [extract-web-request-json: {}, write-web-response: {}]}"
    fields = b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
    async with serving("__config__: {processor: pipeline.read}", more=more) as it:
        assert (await said(it, post(gzip.compress(b"{}"), fields))).status == 400


async def test_nothing_that_a_handler_sets_begins_another_line() -> None:
    evil = b"a\r\nX-Evil: yes\r\n\r\nbody"

    def answer(baton: Any) -> None:
        request = baton["request"]
        request.setResponseCode(200, evil)
        request.setHeader(b"x-a", evil)
        request.responseHeaders.addRawHeader(b"x-b", evil)
        request.addCookie(b"c", evil, path=evil, domain=evil)
        request.cookies.append(evil)
        request.redirect(b"/" + evil)
        request.setResponseCode(200, evil)
        request.finish()

    async with serving("__config__: {processor: answer}", answer=answer) as it:
        got = await it.fetch("/")
    assert (got.code, got.headers["x-evil"], got.body) == (200, None, b"")


@ENGINES
async def test_a_proxy_may_say_who_asks_but_nobody_may_debug_through_it(engine: str) -> None:
    def fail(baton: Any) -> None:
        raise ValueError("a secret of the house")

    site = "trusted_proxies: [127.0.0.1]\ndebug: {allow: [localhost]}"
    async with serving("__config__: {processor: fail}", engine=engine, site=site, fail=fail) as it:
        assert "a secret" in (await it.fetch("/")).text
        for headers in (
            {"x-forwarded-for": "127.0.0.1"},
            {"x-forwarded-host": "localhost"},
            {"host": "evil.example"},
        ):
            assert "a secret" not in (await it.fetch("/", headers=headers)).text
            assert (await it.fetch("/__debug__/", headers=headers)).code == 403


async def test_the_debugger_takes_no_long_bodies() -> None:
    site = "debug: {allow: [localhost]}"
    async with serving(ROUTING, site=site, tell=tell) as it:
        head = b"POST /__debug__/execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        assert (await said(it, head % 10_000_000)).status == 413


async def test_who_asks_first_in_a_chain_of_proxies_may_lie() -> None:
    seen: list[str] = []

    def keep(baton: Any) -> None:
        seen.append(baton["request"].getClientAddress().host)
        baton["request"].finish()

    site = "trusted_proxies: [127.0.0.1, 10.0.0.0/8]"
    async with serving("__config__: {processor: keep}", site=site, keep=keep) as it:
        lie = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 127.0.0.1\r\n"
        await said(it, lie + b"X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n\r\n")
        await said(it, lie + b"X-Forwarded-For: 192.0.2.1:99\r\n\r\n")
    assert seen == ["192.0.2.1", "192.0.2.1"]


@ENGINES
async def test_a_path_writes_no_line_of_its_own_into_the_log(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(baton: Any) -> None:
        raise ValueError

    routing = "__config__: {no_resource_processor: fail}"
    async with serving(routing, engine=engine, fail=fail) as it:
        await said(it, b"GET /%0aERROR\x1b[31m HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    for record in caplog.records:
        assert record.levelno < logging.ERROR or record.getMessage().isprintable()
