"""Cookies and redirects."""

from __future__ import annotations

from typing import Any

import pytest

from piped.exceptions import UnfitBaton, UnfitRequest
from tests.processors.trying import complaint
from tests.processors.web import Answer, serving

pytestmark = pytest.mark.usefixtures("engine")


async def answer(step: str, **baton: Any) -> Answer:
    async with serving(f"{{{step}}}, write-web-response", {"content": "a", **baton}) as served:
        got = await served.ask()
        if served.failures:
            raise served.failures[0]
        return got


async def test_a_cookie_is_kept_from_scripts_and_others() -> None:
    got = await answer("set-http-cookie: {cookie: a, value: b}")
    assert got.headers["set-cookie"] == "a=b; Path=/; Secure; HttpOnly; SameSite=lax"


async def test_a_cookie_may_be_anything_else() -> None:
    step = (
        "set-http-cookie: {cookie: !path name, value: !path value, max_age: 1m, path: null,"
        " domain: engines.example, secure: false, http_only: false, same_site: null}"
    )
    got = await answer(step, name="a", value=7)
    assert got.headers["set-cookie"] == "a=7; Domain=engines.example; Max-Age=60"


@pytest.mark.parametrize("value", ["a;b", "a b", 'a"', "a\nb", "ø", None, "a,b"])
async def test_a_value_that_no_cookie_can_have_is_unfit(value: Any) -> None:
    with pytest.raises(UnfitBaton, match="cannot be the value of a cookie"):
        await answer("set-http-cookie: {cookie: a, value: !path a}", a=value)


@pytest.mark.parametrize(
    ("where", "location"),
    [
        ("/a", "/a"),
        ("https://a.example/b?c=d&e#f", "https://a.example/b?c=d&e#f"),
        ("/ø b", "/%C3%B8%20b"),
        ("/a\r\nset-cookie: a=b", "/a%0D%0Aset-cookie:%20a=b"),
    ],
)
async def test_a_client_is_sent_elsewhere(where: str, location: str) -> None:
    got = await answer("redirect-web-request: {location: !path where}", where=where)
    assert got.said("location", "content-length") == (
        f"302 Found | location: {location} | content-length: 0 | "
    )


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example/", "evil", "javascript:x", " /a", "\\\\evil"]
)
async def test_a_client_may_name_no_other_site(where: str) -> None:
    step = "redirect-web-request: {location: !path where, only_here: true}"
    with pytest.raises(UnfitRequest, match="no path of this site"):
        await answer(step, where=where)


@pytest.mark.parametrize(
    ("where", "location"), [("/", "/"), ("/a//b?c", "/a//b?c"), ("/\\evil", "/%5Cevil")]
)
async def test_a_client_may_name_a_path_here(where: str, location: str) -> None:
    got = await answer(
        "redirect-web-request: {location: !path where, only_here: true}", where=where
    )
    assert got.said("location") == f"302 Found | location: {location} | "


async def test_a_redirect_can_be_written_on() -> None:
    step = "redirect-web-request: {location: /a, response_code: !path code, finish: false}"
    got = await answer(step, code="Permanent Redirect")
    assert got.said("location") == "308 Permanent Redirect | location: /a | a"


@pytest.mark.parametrize(("where", "code"), [("", 302), (None, 302), ("/a", 200), ("/a", "x")])
async def test_what_leads_nowhere_is_unfit(where: Any, code: Any) -> None:
    step = "redirect-web-request: {location: !path where, response_code: !path code}"
    with pytest.raises(UnfitBaton, match=r"is no|expected"):
        await answer(step, where=where, code=code)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("set-http-cookie: {cookie: a b, value: c}", "'a b' cannot be the name of a cookie"),
        ("set-http-cookie: {cookie: a, value: b;c}", "'b;c' cannot be the value of a cookie"),
        ("set-http-cookie: {cookie: a, value: b, same_site: any}", "expected one of 'lax'"),
        ("set-http-cookie: {cookie: a, value: b, same_site: none, secure: false}", "has to be"),
        ("redirect-web-request: {location: /a, response_code: 200}", "sends a client elsewhere"),
        ("redirect-web-request", "needs the option 'location'"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
