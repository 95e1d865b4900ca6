"""Applications of Tornado, asked over HTTP."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import tornado.web
from aiohttp import ClientSession

from piped.checking import check
from piped.conf import Configuration
from piped.environment import RuntimeEnvironment
from piped.exceptions import PipelineFull
from piped.interop import settled
from piped.providers.tornado_site import TornadoSite
from piped.testing import check_yaml
from tests.providers import tornado_handlers as ours
from tests.web.serving import LIMIT

OURS = "tests.providers.tornado_handlers"


class Asked:
    """A site that runs, and who asks it."""

    def __init__(
        self, environment: RuntimeEnvironment, site: TornadoSite, client: ClientSession
    ) -> None:
        self.environment = environment
        self.site = site
        self._client = client
        self.url = f"http://127.0.0.1:{site.addresses[0][1]}"

    async def ask(self, path: str, method: str = "GET", **more: Any) -> tuple[int, str]:
        async with self._client.request(method, self.url + path, **more) as answer:
            return answer.status, await answer.text()

    async def headers(self, path: str) -> Any:
        async with self._client.get(self.url + path) as answer:
            return answer.headers


@asynccontextmanager
async def serving(
    handlers: str, more: str = "", site: str = "", section: str = "tornado", offers: Any = None
) -> AsyncIterator[Asked]:
    """A site with such handlers, and more settings of the application, while it runs."""
    text = (
        f"{section}:\n  it:\n    listen: tcp:0:interface=127.0.0.1\n    {site}\n"
        f"    application:\n      handlers: [{handlers}]\n      {more}\n"
    )
    checked = check(Configuration.from_text(text, "app.yaml"), offers=offers or {})
    checked.raise_errors()
    environment = RuntimeEnvironment(checked.configuration, settings=checked.settings)
    environment.configure()
    for name, resource in (offers or {}).items():
        environment.offer(name, resource=resource)
    for provider in checked.providers:
        provider.configure(environment)
    environment.dependency_manager.resolve_initial_states()
    await settled(environment.application.startService())
    try:
        [running] = [each for each in environment.application if isinstance(each, TornadoSite)]
        async with asyncio.timeout(LIMIT), ClientSession() as client:
            yield Asked(environment, running, client)
    finally:
        await settled(environment.application.stopService())


def with_pipeline(
    pipeline: Callable[[Any], Any], more: str = "", entry: str = "", site: str = ""
) -> Any:
    handler = f"{{pattern: '/(.*)', handler: {{provider: pipeline.it}}, {entry}}}"
    return serving(handler, more, site, offers={"pipeline.it": pipeline})


async def test_handlers_are_classes_in_each_notation() -> None:
    ours.Hello.environments.clear()
    handlers = f"""
        ['/', {OURS}.Hello],
        ['/bye/(.*)', {OURS}.Hello, {{greeting: Bye}}, bye],
        {{pattern: '/dict/(?P<name>.*)', handler: {OURS}.Hello, kwargs: {{greeting: Hi}}}},
        ['/class', {{class: {OURS}.Hello}}]
    """
    async with serving(handlers) as it:
        assert await it.ask("/") == (200, "Hello, world.")
        assert await it.ask("/bye/Ada") == (200, "Bye, Ada.")
        assert await it.ask("/dict/Bob") == (200, "Hi, Bob.")
        assert await it.ask("/class") == (200, "Hello, world.")
        assert (await it.ask("/nothing"))[0] == 404
        assert it.site.application.reverse_url("bye", "Eve") == "/bye/Eve"
        assert ours.Hello.environments == [it.environment]


async def test_the_application_is_a_resource_under_the_name_of_its_section() -> None:
    for section in ("tornado", "cyclone"):
        async with serving(f"['/', {OURS}.Hello]", section=section) as it:
            offer = it.environment.resource_manager.get_provider_or_fail(
                f"{section}.application.it"
            )
            assert offer.resource is it.site.application


async def test_names_of_cyclone_are_those_of_tornado() -> None:
    handler = "['/', cyclone.web.RedirectHandler, {url: /there}]"
    for key in ("application_factory", "type"):
        site = f"{key}: cyclone.web.Application"
        async with serving(handler, site=site, section="cyclone") as it:
            assert type(it.site.application) is tornado.web.Application
            assert (await it.ask("/", allow_redirects=False))[0] == 301


async def test_a_class_comes_from_a_provider_for_each_request() -> None:
    handler = "['/(.*)', {provider: some.handler}, {greeting: Hail}]"
    async with serving(handler, offers={"some.handler": ours.Hello}) as it:
        assert await it.ask("/Ada") == (200, "Hail, Ada.")


async def test_a_class_that_is_not_there_is_a_503_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with lost("some.handler") as it:
        assert (await it.ask("/x"))[0] == 503
        assert (await it.headers("/x"))["Retry-After"] == "1"
    assert "'some.handler' is not available now" in caplog.text
    assert "Traceback" not in caplog.text


async def test_what_is_no_class_of_a_handler_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async with serving("['/', {provider: some.handler}]", offers={"some.handler": "text"}) as it:
        assert (await it.ask("/"))[0] == 500
    assert "'some.handler' is no class of a RequestHandler" in caplog.text


async def test_a_pipeline_that_is_not_there_is_a_503_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with with_pipeline(print) as it:
        it.environment.resource_manager.get_provider_or_fail("pipeline.it").lost()
        assert (await it.ask("/x"))[0] == 503
        assert (await it.headers("/x"))["Retry-After"] == "1"
    [told, *_] = [each for each in caplog.records if "is not available now" in each.getMessage()]
    assert (told.levelno, told.exc_info) == (logging.WARNING, None)
    assert "Traceback" not in caplog.text


async def test_a_pipeline_that_is_full_is_a_503(caplog: pytest.LogCaptureFixture) -> None:
    def pipeline(_: Any) -> None:
        raise PipelineFull("it is full")

    async with with_pipeline(pipeline) as it:
        assert (await it.ask("/x"))[0] == 503
    assert "Traceback" not in caplog.text


async def test_a_pipeline_that_is_cancelled_from_within_is_a_500() -> None:
    async def pipeline(_: Any) -> None:
        raise asyncio.CancelledError

    async with with_pipeline(pipeline) as it:
        assert (await it.ask("/"))[0] == 500


async def test_the_stop_of_a_site_ends_what_takes_too_long() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def pipeline(_: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with with_pipeline(pipeline, site="close_time: 0s") as it:
        asking = asyncio.ensure_future(it.ask("/"))
        await begun.wait()
        await settled(it.site.stopService())
        await ended.wait()
        with pytest.raises(aiohttp.ClientConnectionError):
            await asking


@asynccontextmanager
async def lost(path: str) -> AsyncIterator[Asked]:
    """A site with a handler that has gone."""
    async with serving(f"['/(.*)', {{provider: {path}}}]", offers={path: ours.Hello}) as it:
        it.environment.resource_manager.get_provider_or_fail(path).lost()
        yield it


async def test_a_pipeline_finishes_the_handler_for_each_method() -> None:
    async def pipeline(baton: Any) -> None:
        await asyncio.sleep(0)
        handler = baton["handler"]
        handler.finish(f"{handler.request.method} {baton['args']} {baton['kwargs']}")

    async with with_pipeline(pipeline) as it:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            assert await it.ask("/a%20b", method) == (200, f"{method} ('a b',) {{}}")
        assert await it.ask("/a", "HEAD") == (200, "")


async def test_a_pipeline_that_fails_is_a_500_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def pipeline(baton: Any) -> None:
        baton["handler"].write("half")
        raise LookupError("it failed")

    async with with_pipeline(pipeline) as it:
        status, text = await it.ask("/")
    assert (status, "half" in text, "it failed" in text) == (500, False, False)
    [told] = [each for each in caplog.records if each.exc_info]
    assert told.getMessage() == "GET /: the pipeline 'it' failed"


async def test_a_pipeline_that_does_not_finish_the_handler_is_a_500_that_names_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with with_pipeline(lambda _: None) as it:
        assert (await it.ask("/"))[0] == 500
    assert "the pipeline 'it' ended without finishing the handler" in caplog.text


async def test_a_handler_that_is_kept_open_is_finished_later() -> None:
    kept: asyncio.Queue[Any] = asyncio.Queue()
    async with with_pipeline(kept.put_nowait, entry="keep_open: true") as it:
        asking = asyncio.ensure_future(it.ask("/"))
        (await kept.get())["handler"].finish("later")
        assert await asking == (200, "later")


async def test_a_pipeline_that_fails_behind_half_an_answer_closes_the_connection() -> None:
    async def pipeline(baton: Any) -> None:
        baton["handler"].write("half")
        await baton["handler"].flush()
        raise LookupError("it failed")

    async with with_pipeline(pipeline) as it:
        with pytest.raises(aiohttp.ClientPayloadError):
            await it.ask("/")


async def test_a_client_that_goes_away_ends_what_runs_for_it() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def pipeline(_: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with with_pipeline(pipeline) as it:
        asking = asyncio.ensure_future(it.ask("/"))
        await begun.wait()
        asking.cancel()
        await ended.wait()


async def test_what_a_pipeline_answers_by_an_exception_is_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def pipeline(_: Any) -> None:
        raise tornado.web.HTTPError(418)

    async with with_pipeline(pipeline) as it:
        assert (await it.ask("/"))[0] == 418
    assert "Traceback" not in caplog.text


async def test_settings_reach_the_application(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{% raw modules.Badge('well done') %}")
    more = f"""
      template_path: !filepath {tmp_path}
      cookie_secret: !secret much
      own: [1, 2]
      ui_modules: {{Badge: {OURS}.Badge}}
      transforms: [{OURS}.Loud]
      piped_dependencies: {{shop: some.shop}}
    """.strip()
    handlers = f"['/page', {OURS}.Templated], ['/shop', {OURS}.Dependent]"
    async with serving(handlers, more, offers={"some.shop": "a shop"}) as it:
        assert it.site.application.settings["own"] == [1, 2]
        assert it.site.application.settings["template_path"] == str(tmp_path)
        assert it.site.application.settings["cookie_secret"] == "much"
        assert await it.ask("/page") == (200, "<WELL DONE>")
        assert await it.ask("/shop") == (200, "A SHOP")


async def test_ui_modules_may_be_a_module(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{% raw modules.Badge('ok') %}")
    more = f"ui_modules: {OURS}\n      template_path: !filepath {tmp_path}"
    async with serving(f"['/', {OURS}.Templated]", more) as it:
        assert await it.ask("/") == (200, "<ok>")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> type[ours.Slow]:
    monkeypatch.setattr(ours.Slow, "begun", asyncio.Event(), raising=False)
    monkeypatch.setattr(ours.Slow, "end", asyncio.Event(), raising=False)
    return ours.Slow


async def test_a_request_that_is_under_way_is_answered_before_the_site_stops(
    slow: type[ours.Slow],
) -> None:
    async with serving(f"['/', {OURS}.Hello], ['/slow', {OURS}.Slow]") as it:
        assert (await it.ask("/"))[0] == 200  # its connection stays, and has nothing to do
        asking = asyncio.ensure_future(it.ask("/slow"))
        await slow.begun.wait()
        stopping = asyncio.ensure_future(settled(it.site.stopService()))
        await refused(it.url)
        assert not stopping.done()
        slow.end.set()
        assert await asking == (200, "at last")
        await stopping


async def refused(url: str) -> None:
    """Nobody is let in any more."""
    async with ClientSession() as client:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(url)


async def test_a_request_that_takes_too_long_is_cut_off(
    slow: type[ours.Slow], caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(f"['/slow', {OURS}.Slow]", site="close_time: 0s") as it:
        asking = asyncio.ensure_future(it.ask("/slow"))
        await slow.begun.wait()
        await settled(it.site.stopService())
        with pytest.raises(aiohttp.ClientConnectionError):
            await asking
        slow.end.set()
    assert "1 requests were cut off" in caplog.text


async def test_a_site_starts_again() -> None:
    async with serving(f"['/', {OURS}.Hello]") as it:
        await settled(it.site.stopService())
        await settled(it.site.startService())
        it.url = f"http://127.0.0.1:{it.site.addresses[0][1]}"
        assert (await it.ask("/"))[0] == 200


DEBUG = "debug: true\n      debug_allow: [127.0.0.1]\n      xsrf_cookies: true"


async def test_who_may_debug_gets_the_page_and_its_console(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(f"['/deep/down', {OURS}.Failing]", DEBUG) as it:
        status, page = await it.ask("/deep/down")
        assert (status, "LookupError" in page) == (500, True)
        failure, token = found("failure", page), found("token", page)
        for name in ("", failure, "page.js"):
            assert (await it.ask(f"/__debug__/{name}"))[0] == 200
        call = {"failure": failure, "frame": 1, "code": "shelf.upper()"}
        headers = {"x-piped-debugger": token}
        status, answer = await it.ask("/__debug__/execute", "POST", json=call, headers=headers)
        assert (status, "THE SHELF" in answer) == (200, True)
        assert (await it.ask("/__debug__/execute", "POST", json=call))[0] == 403
    assert "nothing on the shelf" in caplog.text


def found(fact: str, page: str) -> str:
    match = re.search(f'data-{fact}="([^"]+)"', page)
    assert match, page
    return match[1]


@pytest.mark.parametrize(
    "more", ["debug: false", "debug: true", "debug: true\n      debug_allow: [10.0.0.1]"]
)
async def test_nobody_else_sees_what_failed(more: str) -> None:
    async with serving(f"['/', {OURS}.Failing]", more) as it:
        status, page = await it.ask("/")
        assert (status, "LookupError" in page) == (500, False)
        assert (await it.ask("/__debug__/"))[0] in {403, 404}


async def test_a_forwarded_request_sees_nothing() -> None:
    async with serving(f"['/', {OURS}.Failing]", DEBUG) as it:
        _, page = await it.ask("/", headers={"X-Forwarded-For": "127.0.0.1"})
        assert "LookupError" not in page


async def test_a_pipeline_that_fails_is_shown_as_well() -> None:
    def pipeline(_: Any) -> None:
        raise LookupError("it failed")

    async with with_pipeline(pipeline, "debug: {allow: [localhost]}") as it:
        status, page = await it.ask("/")
        assert (status, "it failed" in page) == (500, True)


@pytest.mark.parametrize(
    ("handler", "place", "problem"),
    [
        ("[/x]", "5:9", "needs the option 'handler'"),
        ("{pattern: /x}", "5:9", "needs the option 'handler'"),
        ("{handler: tornado.web.RequestHandler}", "5:9", "needs the option 'pattern'"),
        ("[/x, tornado.web.RequestHandler, {}, a, b]", "5:9", "got a list of 5"),
        ("text", "5:9", "expected a handler like [pattern, handler, kwargs, name]"),
        ("[/x, {}]", "5:14", "expected one of the keys 'class' and 'provider'"),
        ("[/x, {provider: pipeline.none}]", "5:25", "nothing offers the resource"),
        ("[/x, 7]", "5:14", "expected a dotted name"),
        ("[/x, nowhere.Handler]", "5:9", "there is no nowhere.Handler"),
        ("[/x, pipeline.it]", "5:9", "there is no pipeline.it"),
        ("[/x, builtins.dict]", "5:9", "builtins.dict is no class of a RequestHandler"),
        ("['/(x', tornado.web.RequestHandler]", "5:9", "`pattern` is no regular expression"),
        ("['/(?P<a>x)(y)', tornado.web.RequestHandler]", "5:9", "all have names, or none"),
        ("{pattern: /, handler: tornado.web.RequestHandler, nam: a}", "", "did you mean 'name'"),
        ("{pattern: /, handler: a.B, keep_open: true}", "5:9", "`keep_open` is for pipelines"),
        ("[/, {provider: pipeline.it}, {a: 1}]", "5:9", "a pipeline takes no `kwargs`"),
    ],
)
def test_a_wrong_handler_is_a_problem_with_its_place(
    handler: str, place: str, problem: str
) -> None:
    text = f"tornado:\n  it:\n    application:\n      handlers:\n      - {handler}\n"
    [told] = check_yaml(f"{text}pipelines: {{it: [passthrough]}}\n")
    assert problem in told
    assert f":{place}" in told


@pytest.mark.parametrize(
    ("site", "problem"),
    [
        ("listen: 'unix:x'", "neither `tcp:` nor `tcp6:`"),
        ("listen: tcp:x", "expected an endpoint like tcp:8080"),
        ("application_factory: tornado.web.Aplication", "there is no tornado.web.Aplication"),
        ("application_factory: a.B, type: a.B", "say one of them"),
        ("application: {transforms: [no.where]}", "there is no no.where"),
        ("application: {ui_modules: {a: no.where}}", "there is no no.where"),
        ("application: {ui_modules: 7}", "ui_modules"),
        ("application: {piped_dependencies: {a: none.such}}", "nothing offers the resource"),
        ("application: {debug_template: x}", "the debugger has no `debug_template`"),
        ("application: {debug_timeout: x}", "debug_timeout"),
        ("aplication: {}", "did you mean 'application'"),
    ],
)
@pytest.mark.parametrize("section", ["tornado", "cyclone"])
def test_what_is_wrong_with_a_site_is_said(section: str, site: str, problem: str) -> None:
    told = "\n".join(check_yaml(f"{section}: {{it: {{{site}}}}}\npipelines: {{it: [passthrough]}}"))
    assert problem in told


def test_a_site_that_is_not_enabled_is_not_there() -> None:
    text = "tornado: {it: {enabled: false, application: {handlers: [[/, no.where]]}}}"
    assert check(Configuration.from_text(text, "app.yaml")).problems == []


@pytest.fixture(autouse=True)
def tornado_at_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
