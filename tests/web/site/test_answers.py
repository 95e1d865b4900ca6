"""Short answers, and whether there is anything to answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from piped.web.engine.answering import UNMADE
from piped.web.site import answers
from tests.web.memory import Peer

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def test_it_is_over_when_it_was_answered_or_nobody_listens() -> None:
    requests: list[Any] = []
    peer = Peer(requests.append)
    peer.send(GET)
    [request] = requests
    assert not answers.is_over(request)
    assert request.kept_channel is UNMADE, "nobody has asked for it"
    assert request.channel is not None
    assert not answers.is_over(request)
    peer.leave()
    assert answers.is_over(request)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (b"application/json", b"application/problem+json"),
        (b"application/problem+json, */*", b"application/problem+json"),
        (b"text/html, application/json", b"text/html; charset=utf-8"),
        (b"*/*", b"text/html; charset=utf-8"),
    ],
)
async def test_programs_are_told_in_json(accept: bytes, kind: bytes) -> None:
    get = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: %b\r\n\r\n" % accept
    written = Peer(lambda request: answers.page(request, 404, "It is gone.")).send(get)
    assert b"Content-Type: %b\r\n" % kind in written
    assert b"Vary: Accept\r\n" in written
    if b"json" in kind:
        body = json.loads(written.rpartition(b"\r\n\r\n")[2])
        assert body == {"status": 404, "title": "Not Found", "detail": "It is gone."}


async def test_every_code_has_its_name() -> None:
    written = Peer(lambda request: answers.page(request, 429)).send(GET)
    assert written.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")


@pytest.mark.parametrize("text", ["", "<b>&"])
async def test_a_page_says_what_its_code_means(text: str) -> None:
    written = Peer(lambda request: answers.page(request, 404, text)).send(GET)
    assert b"<title>Not Found</title>" in written
    assert b"<b>" not in written
