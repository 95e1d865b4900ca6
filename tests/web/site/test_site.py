"""Requests to a site: who answers them, and what becomes of them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from piped.exceptions import UnfitRequest
from tests.web.serving import serving, until

ENGINES = pytest.mark.parametrize("engine", ["piped", "twisted"])


def say(text: str) -> Any:
    """A processor that answers with its text, and with what is left of the path."""

    def answer(baton: dict[str, Any]) -> None:
        request = baton["request"]
        left = b"/".join(request.postpath)
        request.write(f"{text}|{len(request.postpath)}|{left.decode()}".encode())
        request.finish()

    return answer


@ENGINES
async def test_a_processor_answers_its_path_and_no_other(engine: str) -> None:
    routing = """
        __config__: {processor: root}
        a: {b: {__config__: {processor: deep}}}
    """
    async with serving(routing, engine=engine, root=say("root"), deep=say("deep")) as it:
        assert (await it.fetch("/")).text == "root|0|"
        assert (await it.fetch("/a/b")).text == "deep|0|"
        assert (await it.fetch("/a/b/?x=1")).text == "deep|0|"
        assert await it.codes("/a", "/a/b/c", "/c") == [404, 404, 404]


@ENGINES
async def test_who_answers_for_what_is_missing_gets_the_rest_of_the_path(engine: str) -> None:
    routing = """
        a:
          __config__: {no_resource_processor: sparse}
          known: {deeper: {__config__: {processor: deep}}}
    """
    async with serving(routing, engine=engine, sparse=say("sparse"), deep=say("deep")) as it:
        told = {path: (await it.fetch(path)).text for path in ("/a", "/a/", "/a/b/c", "/a/known")}
        assert told == {
            "/a": "sparse|0|",
            "/a/": "sparse|1|",
            "/a/b/c": "sparse|2|b/c",
            "/a/known": "sparse|1|known",
        }
        assert (await it.fetch("/a/known/deeper")).text == "deep|0|"


async def test_the_baton_has_the_request_and_the_parameters_of_its_path() -> None:
    batons = []

    def keep(baton: dict[str, Any]) -> None:
        batons.append(dict(baton))
        baton["request"].finish()

    async with serving("users/{id:int}/{name}: {__config__: {processor: keep}}", keep=keep) as it:
        await it.fetch("/users/17/anna%20b")
    [baton] = batons
    assert baton.pop("request").path == b"/users/17/anna%20b"
    assert baton == {"path_parameters": {"id": 17, "name": "anna b"}}


async def test_each_method_has_its_processor() -> None:
    routing = "a: {__config__: {methods: {get: read, post: change}}}"
    async with serving(routing, read=say("read"), change=say("change")) as it:
        assert (await it.fetch("/a")).text == "read|0|"
        assert (await it.fetch("/a", "POST", body=b"x")).text == "change|0|"
        head = await it.fetch("/a", "HEAD")
        assert (head.code, head.body) == (200, b"")
        refused = await it.fetch("/a", "DELETE")
        assert (refused.code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
        options = await it.fetch("/a", "OPTIONS")
        assert (options.code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def fail(baton: Any) -> None:
    raise ValueError("a secret of the house")


@ENGINES
async def test_a_failure_is_logged_and_tells_strangers_nothing(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving("__config__: {processor: fail}", engine=engine, fail=fail) as it:
        answer = await it.fetch("/?x")
    assert answer.code == 500
    assert "Processing Failed" in answer.text
    assert "secret" not in answer.text
    assert int(answer.headers["content-length"]) == len(answer.body)
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == "GET /: 'fail' failed"
    assert record.exc_info is not None
    assert "a secret of the house" in str(record.exc_info[1])


async def test_failures_are_logged_at_the_level_of_their_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    routing = "{__config__: {processor: fail, log_exceptions: debug}}"
    async with serving(routing, fail=fail) as it:
        assert await it.codes("/") == [500]
    assert [each.levelname for each in caplog.records if "failed" in each.message] == ["DEBUG"]


async def test_what_was_said_of_the_content_does_not_stay_with_a_failure() -> None:
    def begin(baton: Any) -> None:
        request = baton["request"]
        request.setHeader("cache-control", "public,max-age=8600")
        request.setHeader("content-type", "image/png")
        request.setHeader("content-length", "3")
        raise ValueError

    async with serving("__config__: {processor: begin}", begin=begin) as it:
        answer = await it.fetch("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] is None


@ENGINES
async def test_half_an_answer_does_not_look_like_a_whole(engine: str) -> None:
    async def begin(baton: Any) -> None:
        baton["request"].write(b"the first half")
        await asyncio.sleep(0)
        raise ValueError

    async with serving("__config__: {processor: begin}", engine=engine, begin=begin) as it:
        reader, writer = await it.open()
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        said = await reader.read()
        writer.close()
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert b"the first half" in said
    assert not said.endswith(b"0\r\n\r\n")
    assert b"Processing Failed" not in said


@ENGINES
async def test_a_pipeline_that_does_not_answer_is_named(engine: str) -> None:
    more = "pipelines: {quiet: [passthrough]}"
    routing = "__config__: {processor: pipeline.quiet}"
    async with serving(routing, engine=engine, more=more) as it:
        answer = await it.fetch("/")
    assert answer.code == 500
    assert "The pipeline &#x27;quiet&#x27; ended without an answer." in answer.text


async def test_where_requests_are_kept_open_somebody_else_may_answer_later() -> None:
    kept: list[Any] = []
    routing = "__config__: {processor: keep, keep_open: true}"
    async with serving(routing, keep=kept.append) as it:
        asking = asyncio.ensure_future(it.fetch("/"))
        await until(lambda: kept)
        kept[0]["request"].write(b"at last")
        kept[0]["request"].finish()
        assert (await asking).text == "at last"


@ENGINES
async def test_a_processor_that_is_not_there_is_a_failure_that_names_it(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    routing = "__config__: {processor: hello}"
    async with serving(routing, engine=engine, hello=say("hello")) as it:
        offer = it.environment.resource_manager.get_registered_resources()["hello"]
        assert await it.codes("/") == [200]
        offer.lost("gone")
        answer = await it.fetch("/")
        assert (answer.code, answer.headers["retry-after"]) == (503, "1")
        assert "What answers here is not available just now." in answer.text
        assert "'hello' is not there: 'hello' is not available now" in caplog.text
        assert "Traceback" not in caplog.text
        offer.ready(say("again"))
        assert (await it.fetch("/")).text == "again|0|"


async def test_what_a_pipeline_lacks_is_named(caplog: pytest.LogCaptureFixture) -> None:
    more = "pipelines: {hello: [call-dependency: {dependency: backend, method: x}]}"
    routing = "__config__: {processor: pipeline.hello}"
    async with serving(routing, more=more, backend=object()) as it:
        it.environment.resource_manager.get_registered_resources()["backend"].lost("gone")
        assert await it.codes("/") == [503]
    assert "'pipeline.hello' is not available now: there is no 'backend'" in caplog.text


@ENGINES
async def test_a_processor_may_take_its_time(engine: str) -> None:
    async def slow(baton: Any) -> None:
        await asyncio.sleep(0.001)
        say("slow")(baton)

    async with serving("__config__: {processor: slow}", engine=engine, slow=slow) as it:
        assert (await it.fetch("/")).text == "slow|0|"
        assert not it.site._tasks


@ENGINES
async def test_a_client_that_goes_ends_what_runs_for_it(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def wait(baton: Any) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with serving("__config__: {processor: wait}", engine=engine, wait=wait) as it:
        _, writer = await it.open()
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.wait_for(began.wait(), 10)
        writer.close()
        await asyncio.wait_for(ended.wait(), 10)
        await until(lambda: not it.site._tasks)
    assert "failed" not in caplog.text


async def test_a_failure_behind_the_end_of_a_client_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    began = asyncio.Event()

    async def wait(baton: Any) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("while it was given up")

    async with serving("__config__: {processor: wait}", wait=wait) as it:
        _, writer = await it.open()
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.wait_for(began.wait(), 10)
        writer.close()
        await until(lambda: not it.site._tasks)
    assert "while it was given up" in caplog.text


async def test_a_failure_behind_the_answer_is_logged_and_the_answer_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def both(baton: Any) -> None:
        say("answered")(baton)
        raise RuntimeError("after the answer")

    async with serving("__config__: {processor: both}", both=both) as it:
        assert (await it.fetch("/")).text == "answered|0|"
    assert "after the answer" in caplog.text


def note(log: list[str], name: str, *, answers: bool = False) -> Any:
    def noted(baton: Any) -> None:
        log.append(name)
        baton.setdefault("seen", []).append(name)
        if answers:
            baton["request"].write(",".join(baton["seen"]).encode())
            baton["request"].finish()

    return noted


SURROUNDED = """
    __config__: {before: first, after: last, processor: main}
    inner: {__config__: {processor: main}}
    other: {__config__: {before: second, processor: main}}
    plain: {__config__: {before: false, after: false, processor: main}}
    early: {__config__: {before: refuse, processor: main}}
    broken: {__config__: {processor: fail}}
"""


@pytest.mark.parametrize(
    ("path", "answer", "ran"),
    [
        ("/", "first,main", ["first", "main", "last"]),
        ("/inner", "first,main", ["first", "main", "last"]),
        ("/other", "second,main", ["second", "main", "last"]),
        ("/plain", "main", ["main"]),
        ("/early", "refuse", ["refuse", "last"]),
        ("/broken", None, ["first", "last"]),
    ],
)
async def test_what_runs_before_and_after_is_that_of_the_nearest_above(
    path: str, answer: str | None, ran: list[str]
) -> None:
    log: list[str] = []
    resources = {name: note(log, name) for name in ("first", "second", "last")}
    resources |= {name: note(log, name, answers=True) for name in ("main", "refuse")}
    async with serving(SURROUNDED, **resources, fail=fail) as it:
        answered = await it.fetch(path)
        await until(lambda: len(log) == len(ran))
    assert log == ran
    if answer is None:
        assert answered.code == 500
    else:
        assert answered.text == answer


async def test_a_stop_ends_what_runs_too_long(caplog: pytest.LogCaptureFixture) -> None:
    began = asyncio.Event()

    async def wait(baton: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    site = "limits: {close_time: 0.05}"
    async with serving("__config__: {processor: wait}", site=site, wait=wait) as it:
        _, writer = await it.open()
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.wait_for(began.wait(), 10)
        tasks = it.site._tasks
    await until(lambda: not tasks)
    writer.close()


DEBUGGED = """
    __config__: {processor: fail}
    strict: {__config__: {processor: fail, debug: {allow: []}}}
    inner: {__config__: {processor: fail, debug: {max_inactive_time: 10}}}
    sparse: {__config__: {no_resource_processor: fail}}
    plain: {}
"""


@ENGINES
async def test_who_may_debug_gets_the_page_of_the_failure(engine: str) -> None:
    site = "debug: {allow: [localhost], reap_interval: 10}"
    async with serving(DEBUGGED, site=site, engine=engine, fail=fail) as it:
        for path in ("/", "/inner", "/sparse/a/b"):
            answer = await it.fetch(path)
            assert answer.code == 500
            assert "web.Server Traceback" in answer.text
            assert "a secret of the house" in answer.text
        assert "web.Server Traceback" not in (await it.fetch("/strict")).text
        assert await it.codes("/__debug__/", "/inner/__debug__/", "/sparse/__debug__/") == [200] * 3
        assert await it.codes("/strict/__debug__/", "/plain/__debug__/") == [404, 404]


async def test_without_debugging_nothing_is_reserved() -> None:
    routing = "__config__: {no_resource_processor: hello}"
    async with serving(routing, hello=say("hello")) as it:
        assert (await it.fetch("/__debug__/x")).text == "hello|2|__debug__/x"


async def test_results_of_a_pipeline_are_nobodys() -> None:
    def answer(baton: Any) -> str:
        say("hello")(baton)
        return "something else"

    async with serving("__config__: {processor: answer}", answer=answer) as it:
        assert (await it.fetch("/")).text == "hello|0|"


async def test_requests_are_logged_unless_they_are_not_to_be(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "piped.web.access")
    for site in ("", "access_log: none", "access_log: null"):
        async with serving("__config__: {processor: hello}", site=site, hello=say("hello")) as it:
            await it.fetch("/?a=1", headers={"user-agent": "a test"})
    [line] = [each.message for each in caplog.records if each.name == "piped.web.access"]
    assert line.endswith('"GET /?a=1 HTTP/1.1" 200 8 "-" "a test"')


@ENGINES
async def test_a_cancellation_that_comes_at_once_is_answered_too(engine: str) -> None:
    def cancelled(baton: Any) -> None:
        raise asyncio.CancelledError

    async with serving("__config__: {processor: it}", engine=engine, it=cancelled) as it:
        assert await it.codes("/") == [500]


async def test_requests_have_sessions() -> None:
    def count(baton: Any) -> None:
        request = baton["request"]
        session = request.getSession()
        session.visits = getattr(session, "visits", 0) + 1
        request.write(b"%d" % session.visits)
        request.finish()
        if session.visits == 2:
            session.expire()

    async with serving("__config__: {processor: count}", count=count) as it:
        first = await it.fetch("/")
        cookie = {"cookie": first.headers["set-cookie"].partition(";")[0]}
        assert [first.text, (await it.fetch("/", headers=cookie)).text] == ["1", "2"]


async def raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request + b"\r\nhost: x\r\nconnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_target_may_be_absolute_or_the_server_itself() -> None:
    async with serving("a: {__config__: {processor: hello}}", hello=say("hello")) as it:
        assert b"hello|0|" in await raw(it.port, b"GET http://x/a?b HTTP/1.1")
        assert (await raw(it.port, b"OPTIONS * HTTP/1.1")).startswith(b"HTTP/1.1 204")
        assert (await raw(it.port, b"GET http://x/ HTTP/1.1")).startswith(b"HTTP/1.1 404")


async def test_what_a_client_does_wrong_is_told_to_it(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(baton: Any) -> None:
        raise UnfitRequest("the body is no <JSON>", 415)

    def read(baton: Any) -> None:
        say(str(len(baton["request"].args)))(baton)

    routing = """
        refuse: {__config__: {processor: refuse, debug: {allow: [localhost]}}}
        read: {__config__: {processor: read}}
    """
    async with serving(routing, site="limits: {parts: 1}", refuse=refuse, read=read) as it:
        refused = await it.fetch("/refuse")
        assert (refused.code, "The body is no &lt;JSON&gt;." in refused.text) == (415, True)
        assert await it.codes("/read?a=1", "/read?a=1&b=2") == [200, 400]
    assert not [each for each in caplog.records if each.levelno > logging.INFO]
