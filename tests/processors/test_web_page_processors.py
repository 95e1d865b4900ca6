"""Getting pages, the simple way."""

from __future__ import annotations

import io
from typing import Any

import pytest
from twisted.internet.defer import inlineCallbacks, succeed
from twisted.web.error import Error

from piped.exceptions import TimeoutError as TookTooLong, UnfitBaton
from piped.processors.http_failures import HttpError, UnfitResponse
from piped.testing import YamlEnvironment
from tests.processors.trying import complaint
from tests.processors.web_servers import Reply, answering, misbehaving


async def get(step: str, baton: Any) -> Any:
    [found] = await YamlEnvironment(f"[web-client-get-page: {{{step}}}]").run(baton)
    return found


async def page(step: str = "", **baton: Any) -> Any:
    return (await get(step, baton))["page"]


async def mirror(request: Any) -> Reply:
    """Says what it was asked."""
    body = (await request.read()).decode()
    names = ("User-Agent", "Cookie", "X-A", "Authorization")
    headers = [f"{name}: {request.headers[name]}" for name in names[1:] if name in request.headers]
    return 200, {}, " | ".join([request.method, request.path_qs, *headers, body])


async def test_a_page_is_bytes() -> None:
    async with answering(mirror) as site:
        assert await page(url=f"{site}/a?b=c") == b"GET | /a?b=c | "


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("url: [!path site, a, 7]", "GET | /a/7 | "),
        ("url: /a, base_url: !path site", "GET | /a | "),
        ("url: !path later", "GET | /later | "),
        ("url: !path called", "GET | /called | "),
        ("url: !path bytes", "GET | /bytes | "),
        ("url: !path site, method: put, postdata: ø", "PUT | / | ø"),
        ("url: !path site, method: !path method, postdata: !path file", "POST | / | file"),
        ("url: !path site, headers: {x-a: !path n}", "GET | / | X-A: 7 | "),
        ("url: !path site, cookies: {a: b, c: !path n}", "GET | / | Cookie: a=b; c=7 | "),
        ("url: !path site, headers: null, cookies: null, timeout: 0", "GET | / | "),
    ],
)
async def test_every_option_may_come_from_the_baton_or_later(step: str, said: str) -> None:
    async with answering(mirror) as site:
        baton = {
            "site": site,
            "later": succeed(f"{site}/later"),
            "called": lambda: f"{site}/called",
            "bytes": f"{site}/bytes".encode(),
            "method": "POST",
            "file": io.BytesIO(b"file"),
            "n": 7,
        }
        assert (await get(step + ", output_path: ''", baton)).decode() == said


async def test_we_say_who_we_are() -> None:
    async with answering(lambda each: (200, {}, each.headers["User-Agent"])) as site:
        assert (await page(url=site)).startswith(b"piped/")
        assert await page("agent: engine", url=site) == b"engine"


async def test_a_page_may_be_text() -> None:
    async with answering(lambda _: (200, {}, b"\xf8")) as site:
        assert await page("encoding: latin-1", url=site) == "ø"
        with pytest.raises(UnfitResponse, match="is no text in utf8"):
            await page("encoding: utf8", url=site)


async def test_it_may_go_nowhere() -> None:
    async with answering(mirror) as site:
        assert await get("output_path: null", {"url": site}) == {"url": site}


async def test_an_error_has_what_it_had_in_twisted() -> None:
    async with answering(lambda _: (500, {"X-A": "b"}, "web.Server Traceback")) as site:
        with pytest.raises(Error) as raised:
            await page(url=f"{site}/a?token=hidden")
    error = raised.value
    assert isinstance(error, HttpError)
    assert (error.status, error.message) == ("500", "Internal Server Error")
    assert error.response == b"web.Server Traceback"
    assert error.headers["x-a"] == "b"
    assert str(error) == "500 Internal Server Error"
    assert f"while asking: GET {site}/a" in error.__notes__


async def test_of_the_body_of_an_error_the_beginning_is_kept() -> None:
    async with answering(lambda _: (404, {}, "x" * 1_000_000)) as site:
        with pytest.raises(HttpError) as raised:
            await page(url=site)
    assert raised.value.response == b"x" * 65_536


def redirecting(request: Any) -> Any:
    if request.path == "/end":
        return mirror(request)
    status, _, where = request.path.strip("/").partition("/")
    return int(status), {"Location": f"/{where}"}, ""


@pytest.mark.parametrize(
    ("step", "path", "said"),
    [
        ("", "/302/end", "GET | /end | "),
        ("", "/301/307/303/end", "GET | /end | "),
        ("method: POST, postdata: a", "/303/end", "GET | /end | "),
        ("method: POST, postdata: a", "/302/end", "POST | /end | a"),
        ("method: POST, postdata: a, after_found_get: true", "/302/end", "GET | /end | "),
        ("method: POST, postdata: a, after_found_get: true", "/307/end", "POST | /end | a"),
        ("redirect_limit: 2", "/302/302/end", "GET | /end | "),
    ],
)
async def test_redirects(step: str, path: str, said: str) -> None:
    async with answering(redirecting) as site:
        assert (await page(step, url=site + path)).decode() == said


@pytest.mark.parametrize("step", ["follow_redirect: false", "redirect_limit: 1"])
async def test_a_redirect_that_is_not_followed_is_an_error(step: str) -> None:
    async with answering(redirecting) as site:
        with pytest.raises(HttpError) as raised:
            await page(step, url=f"{site}/302/302/end")
    assert raised.value.status == "302"


async def test_an_endless_redirect_ends() -> None:
    async with answering(lambda _: (302, {"Location": "/"}, "")) as site:
        with pytest.raises(HttpError, match="302 Found"):
            await page(url=site)


async def test_a_server_may_take_only_so_long() -> None:
    async def never(reader: Any, writer: Any) -> None:
        await reader.read()

    async with misbehaving(never) as site:
        with pytest.raises(TookTooLong, match=r"was not answered in 50ms"):
            await page("timeout: 50ms", url=site)


async def test_a_page_may_be_only_so_long() -> None:
    async with answering(lambda _: (200, {}, "x" * 100)) as site:
        assert len(await page("max_size: 100", url=site)) == 100
        with pytest.raises(UnfitResponse, match="longer than 99B"):
            await page("max_size: 99", url=site)


async def test_others_may_yield_it_under_inline_callbacks() -> None:
    found = []

    @inlineCallbacks
    def see(baton: Any) -> Any:
        yield succeed(None)
        found.append(baton["page"])
        return baton

    async with answering(mirror) as site:
        text = "[web-client-get-page, see, web-client-get-page]"
        await YamlEnvironment(text, see=see).run({"url": site})
    assert found == [b"GET | / | "]


@pytest.mark.parametrize(
    ("baton", "message"),
    [
        ({}, "nothing at 'url'"),
        ({"url": None}, "None is no URL"),
        ({"url": "http://[/"}, "is no URL"),
        ({"url": "file:///etc/passwd"}, "is no URL of a web server"),
        ({"url": "/a"}, "is no URL of a web server"),
        ({"url": ["http://a", b"\xff"]}, "is no text"),
    ],
)
async def test_what_is_no_url_is_unfit(baton: Any, message: str) -> None:
    with pytest.raises(UnfitBaton, match=message):
        await get("", baton)


@pytest.mark.parametrize("step", ["method: !path a", "headers: {x-a: !path a}", "agent: !path a"])
async def test_what_could_be_another_request_is_unfit(step: str) -> None:
    with pytest.raises(UnfitBaton):
        await page(step, url="http://127.0.0.1:1", a="GET / HTTP/1.1\r\nx: y")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("timeout: soon", "a duration like 1.5s"),
        ("redirect_limit: -1", "from 0 to 100"),
        ("follow_redirects: true", "did you mean 'follow_redirect'?"),
        ("max_size: big", "a size like 10MiB"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(f"web-client-get-page: {{{step}}}")
