"""A line for each answer, made later."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Literal

import pytest

from piped.web.engine.access_log import AccessLog, to_file, to_logger
from piped.web.engine.limits import Limits
from tests.web.memory import Peer

Style = Literal["common", "combined", "json"]
GET = b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n"


def hello(request: Any) -> None:
    request.write(b"hello")
    request.finish()


async def lines(style: Style, *requests: bytes) -> list[bytes]:
    written: list[bytes] = []
    log = AccessLog(written.append, style)
    Peer(hello, access_log=log).send(*requests)
    log.flush()
    return b"".join(written).splitlines()


async def test_the_common_form() -> None:
    assert await lines("common", GET % (b"/a?b", b"")) == [
        b'192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] "GET /a?b HTTP/1.1" 200 5'
    ]


async def test_the_combined_form() -> None:
    fields = b"User-Agent: me/1\r\nReferer: http://a/\r\n"
    found = await lines("combined", GET % (b"/", fields), GET % (b"/", b""))
    assert found[0].endswith(b'"GET / HTTP/1.1" 200 5 "http://a/" "me/1"')
    assert found[1].endswith(b'"GET / HTTP/1.1" 200 5 "-" "-"')


async def test_json() -> None:
    (line,) = await lines("json", GET % (b"/", b'User-Agent: \xe4"\\\r\n'))
    assert json.loads(line) == {
        "time": "2023-11-14T22:13:20Z",
        "client": "192.0.2.1",
        "method": "GET",
        "uri": "/",
        "version": "HTTP/1.1",
        "status": 200,
        "size": 5,
        "seconds": 0.0,
        "referer": "",
        "agent": 'ä"\\',
    }


async def test_json_says_how_long_an_answer_took_since_its_head_came() -> None:
    written: list[bytes] = []
    waiting: list[Any] = []
    peer = Peer(waiting.append, access_log=AccessLog(written.append, "json"))
    peer.send(GET % (b"/", b""))
    await peer.clock.advance(1.25)
    hello(waiting[0])
    await peer.server.stop()
    assert json.loads(b"".join(written))["seconds"] == 1.25


async def test_nothing_a_client_sends_leaves_its_place() -> None:
    fields = b'User-Agent: a" 200 5 "b\\\t\xff\x9b31m\r\nReferer: \xe2\x80\xa8\r\n'
    (line,) = await lines("combined", GET % (b'/"\\x', fields))
    assert b'"GET /\\x22\\x5cx HTTP/1.1"' in line
    assert line.endswith(b'"\\xe2\\x80\\xa8" "a\\x22 200 5 \\x22b\\x5c\\x09\\xff\\x9b31m"')


async def test_lines_are_written_when_there_are_many_or_the_time_has_come(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    peer = Peer(hello, access_log=AccessLog(to_file(path), "common"))
    peer.send(GET % (b"/", b""))
    assert not path.exists()
    await peer.clock.advance(1)
    assert path.read_bytes().count(b"\n") == 1
    for _ in range(2000):
        peer.send(GET % (b"/", b""))
    assert path.read_bytes().count(b"\n") > 1000


async def test_lines_may_go_to_a_logger(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog(to_logger(logging.getLogger("access")), "common")
    peer = Peer(hello, access_log=log)
    with caplog.at_level(logging.INFO, "access"):
        peer.send(GET % (b"/%s", b""), GET % (b"/2", b""))
        await peer.server.stop()
    assert [record.getMessage().split('"')[1] for record in caplog.records] == [
        "GET /%s HTTP/1.1",
        "GET /2 HTTP/1.1",
    ]


async def test_who_asked_may_be_another_than_who_is_connected() -> None:
    written: list[bytes] = []
    log = AccessLog(written.append, "common")

    def handle(request: Any) -> None:
        request.logged_client = b"203.0.113.9"
        hello(request)

    Peer(handle, access_log=log).send(GET % (b"/", b""))
    log.flush()
    assert written[0].startswith(b"203.0.113.9 - - [")


async def test_who_cannot_write_keeps_nobody_from_being_watched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def write(lines: bytes) -> None:
        raise ValueError("no room")

    peer = Peer(hello, limits=Limits(idle_time=10), access_log=AccessLog(write))
    peer.send(GET % (b"/", b""))
    await peer.clock.advance(1)
    peer.send(GET % (b"/", b""))
    await peer.clock.advance(12)
    assert peer.transport.is_closed
    assert caplog.text.count("the access log cannot be written: no room") == 1
