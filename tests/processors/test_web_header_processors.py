"""What stands before a response."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from piped.exceptions import UnfitBaton
from piped.testing.clock import ManualClock
from tests.processors.trying import complaint
from tests.processors.web import Answer, serving

pytestmark = pytest.mark.usefixtures("engine")


async def answer(step: str, **baton: Any) -> Answer:
    async with serving(f"{{{step}}}, write-web-response", {"content": "a", **baton}) as served:
        got = await served.ask()
        if served.failures:
            raise served.failures[0]
        return got


async def test_headers_are_set_and_taken_away() -> None:
    got = await answer(
        "set-http-headers: {headers: {X-A: ø, x-b: [1, !path b], x-d: e}}},"
        "{set-http-headers: {headers: {x-d: null, x-c: !path c}}",
        b="two",
        c=None,
    )
    lines = [(name.lower(), value) for name, value in got.lines]
    assert ("x-a", "ø") in lines
    assert [value for name, value in lines if name == "x-b"] == ["1", "two"]
    assert got.headers.keys() & {"x-c", "x-d"} == set()


@pytest.mark.parametrize("value", ["a\r\nset-cookie: a=b", "a\0", True, {"a": 1}])
async def test_a_value_that_could_be_another_header_is_unfit(value: Any) -> None:
    with pytest.raises(UnfitBaton, match="cannot be the value of a header"):
        await answer("set-http-headers: {headers: {x-a: !path a}}", a=value)


@pytest.mark.parametrize(
    ("timedelta", "seconds"),
    [
        ("{hours: 1, minutes: 1.5}", 3690),
        ("{days: 1, seconds: 1}", 86401),
        ("{weeks: 1}", 604800),
        ("1h30m", 5400),
        ("90", 90),
        ("!path keep", 7),
        ("{minutes: 1, seconds: !path keep}", 67),
    ],
)
async def test_a_response_may_be_kept_for_a_time(timedelta: str, seconds: int) -> None:
    got = await answer(f"set-http-expires: {{timedelta: {timedelta}}}", keep=7)
    assert got.headers["cache-control"] == f"public,max-age={seconds}"
    assert got.headers["expires"].endswith(" GMT")
    expires = parsedate_to_datetime(got.headers["expires"]).timestamp()
    assert expires == ManualClock().time() + seconds


async def test_a_response_may_be_old_already() -> None:
    got = await answer("set-http-expires: {timedelta: {days: -1}}")
    assert got.headers["cache-control"] == "public,max-age=0"


@pytest.mark.parametrize("keep", ["long", None, True])
async def test_a_time_that_is_none_is_unfit(keep: Any) -> None:
    with pytest.raises(UnfitBaton, match="timedelta: expected"):
        await answer("set-http-expires: {timedelta: !path keep}", keep=keep)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("set-http-headers: {headers: {a b: 1}}", "'a b' is no name of a header"),
        ('set-http-headers: {headers: {a: "b\\nc"}}', "it has control characters"),
        ("set-http-headers: {headers: {a: {}}}", "it is a dict"),
        ("set-http-headers: {headers: !path a}", "headers cannot be taken from the baton"),
        ("set-http-expires", "needs the option 'timedelta'"),
        ("set-http-expires: {timedelta: {hour: 1}}", "did you mean 'hours'?"),
        ("set-http-expires: {timedelta: long}", "timedelta: expected"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
