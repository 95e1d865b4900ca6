"""Resources of `twisted.web` at places of a routing."""

from __future__ import annotations

import pytest

from piped.exceptions import ConfigurationError
from tests.web.serving import serving
from tests.web.site.test_site import ENGINES, say

TREE = "old: {__config__: {resource: tests.web.site.resources.tree}}"


# Twisted itself answers a method that is not there by what it has deprecated.
@pytest.mark.filterwarnings("ignore:twisted.web.resource:DeprecationWarning")
@ENGINES
async def test_a_resource_answers_at_its_place_and_below(engine: str) -> None:
    async with serving(TREE, engine=engine) as it:
        assert (await it.fetch("/old")).text == "root/old"
        assert (await it.fetch("/old/")).text == "root/old/"
        assert (await it.fetch("/old/later", "POST", body=b"abc")).text == "cba"
        assert await it.codes("/", "/old/none", "/older") == [404, 404, 404]
        assert (await it.fetch("/old/later")).code == 405


@ENGINES
async def test_it_has_sessions(engine: str) -> None:
    async with serving(TREE, engine=engine) as it:
        first = await it.fetch("/old/counter")
        cookie = (first.headers["set-cookie"] or "").partition(";")[0]
        second = await it.fetch("/old/counter", headers={"cookie": cookie})
        assert (first.text, second.text) == ("1", "2")


@ENGINES
async def test_what_it_raises_is_answered_as_any_failure(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(TREE, engine=engine) as it:
        answer = await it.fetch("/old/broken")
    assert (answer.code, "Processing Failed" in answer.text) == (500, True)
    assert "GET /old/broken: the resource failed" in caplog.text


async def test_who_may_debug_sees_what_it_raised() -> None:
    debug = "__config__: {debug: {allow: [127.0.0.1]}}"
    async with serving(f"{{{debug}, {TREE}}}") as it:
        assert "no such thing" in (await it.fetch("/old/broken")).text


async def test_the_routing_wins_over_it_and_holds_for_it() -> None:
    routing = """
        old:
          __config__: {resource: tests.web.site.resources.Tree, cors: {origins: ["http://b"]}}
          counter: {__config__: {processor: new}}
    """
    async with serving(routing, new=say("new")) as it:
        assert (await it.fetch("/old/counter")).text == "new|0|"
        answer = await it.fetch("/old", headers={"origin": "http://b"})
        assert answer.headers["access-control-allow-origin"] == "http://b"


async def test_it_may_be_the_whole_site() -> None:
    async with serving("__config__: {resource: tests.web.site.resources.tree}") as it:
        assert (await it.fetch("/")).text == "root/"
        assert (await it.fetch("/counter")).text == "1"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tests.web.site.resources.nothing", "which is no resource of twisted.web"),
        ("tests.web.site.resources.none", "which is not there"),
    ],
)
async def test_what_is_no_resource(name: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        async with serving(f"old: {{__config__: {{resource: {name}}}}}"):
            pass


async def test_two_that_would_answer_the_same_do_not_go_together() -> None:
    both = "__config__: {resource: tests.web.site.resources.tree, no_resource_processor: a}"
    with pytest.raises(ConfigurationError) as caught:
        async with serving(both, a=say("a")):
            pass
    [problem] = caught.value.problems
    wanted = "`resource` and `no_resource_processor` would answer the same requests"
    assert wanted in problem.message
