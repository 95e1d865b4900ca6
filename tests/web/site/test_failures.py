"""What clients are told of what went wrong."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from piped.exceptions import BatonDropped, PipelineFull, ResourceLost, UnfitRequest
from piped.web.engine.head import Refusal
from tests.web.serving import serving, until

ENGINES = pytest.mark.parametrize("engine", ["piped", "twisted"])


def failing_with(failure: Exception) -> Any:
    def fail(baton: Any) -> None:
        baton["request"].setHeader(b"x-of-the-place", b"kept")
        baton["request"].setHeader(b"content-security-policy", b"sandbox")
        raise failure

    return fail


@ENGINES
@pytest.mark.parametrize("failure", [PipelineFull("full"), BatonDropped("dropped")])
async def test_who_finds_no_room_is_told_to_come_again(
    engine: str, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    routing = "__config__: {processor: fail}"
    async with serving(routing, engine=engine, fail=failing_with(failure)) as it:
        answer = await it.fetch("/")
    assert (answer.code, answer.headers["retry-after"]) == (503, "1")
    assert "There is too much to do just now." in answer.text
    assert [each for each in caplog.records if each.levelno > logging.INFO] == []


@ENGINES
async def test_what_is_lost_meanwhile_may_come_again(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    routing = "__config__: {processor: fail}"
    lost = failing_with(ResourceLost("the connection is lost"))
    async with serving(routing, engine=engine, fail=lost) as it:
        answer = await it.fetch("/")
    assert (answer.code, answer.headers["retry-after"]) == (503, "1")
    [told] = [each for each in caplog.records if each.levelno > logging.INFO]
    assert told.getMessage() == "GET /: 'fail' lost what it needs: the connection is lost"
    assert told.exc_info is None


@pytest.mark.parametrize("overflow", ["fail", "drop-newest", "drop-oldest"])
async def test_a_pipeline_with_a_bound_turns_clients_away(overflow: str) -> None:
    open_again = asyncio.Event()
    more = f"""
        pipelines:
          narrow:
            concurrency: 1
            queue: 1
            overflow: {overflow}
            consumers: [call-dependency: {{dependency: gate, method: wait}}, write-web-response]
    """
    routing = "__config__: {processor: pipeline.narrow}"
    async with serving(routing, more=more, gate=open_again) as it:
        asking = [asyncio.ensure_future(it.fetch("/")) for _ in range(3)]
        await until(lambda: any(each.done() for each in asking))
        assert [each.result().code for each in asking if each.done()] == [503]
        open_again.set()
        assert sorted([(await each).code for each in asking]) == [200, 200, 503]


@ENGINES
@pytest.mark.parametrize("failure", [UnfitRequest("too sour", 415), Refusal(415, "too sour")])
async def test_what_a_client_did_wrong_is_told_to_it(engine: str, failure: Exception) -> None:
    routing = "__config__: {processor: fail}"
    async with serving(routing, engine=engine, fail=failing_with(failure)) as it:
        answer = await it.fetch("/")
    assert (answer.code, answer.headers["x-of-the-place"]) == (415, "kept")
    assert "Too sour." in answer.text


@ENGINES
async def test_the_page_of_a_failure_has_headers_of_its_own(engine: str) -> None:
    """What a page may do is not what the place said of its own."""
    routing = "__config__: {processor: fail, debug: {allow: [localhost]}}"
    async with serving(routing, engine=engine, fail=failing_with(ValueError("x"))) as it:
        answer = await it.fetch("/")
    assert answer.code == 500
    assert "ValueError" in answer.text
    [policy] = answer.headers.get_all("content-security-policy", [])
    assert "default-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
