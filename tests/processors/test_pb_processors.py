"""Calls to servers of Perspective Broker, over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from twisted.spread import pb

from piped.exceptions import UnfitBaton
from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from piped.testing import YamlEnvironment, check_yaml

SERVER = "{listen: 8789, processor: pipeline.it"


class Server(pb.Root):
    def remote_add(self, *numbers: int, more: int = 0) -> int:
        return sum(numbers) + more

    def remote_fail(self) -> None:
        raise LookupError("no such engine")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    prepare(asyncio.get_running_loop())
    from twisted.internet import reactor

    factory: Any = pb.PBServerFactory(Server())
    listening: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
    yield listening.getHost().port
    await settled(listening.stopListening())
    await shut_down()


def calling(port: int, options: str) -> YamlEnvironment:
    return YamlEnvironment(
        f"pb: {{clients: {{sums: {{endpoint: 'tcp:127.0.0.1:{port}'}}}}}}\n"
        f"pipelines: {{it: [pb-call-remote: {{client: sums, {options}}}]}}\n"
    )


@pytest.mark.parametrize(
    ("options", "given", "gives"),
    [
        ("name: add", {}, {"result": 0}),
        ("name: add, args_path: a", {"a": [1, 2]}, {"a": [1, 2], "result": 3}),
        ("name: add, args_path: a", {}, {"result": 0}),
        ("name: add, kwargs_path: k", {"k": {"more": 4}}, {"k": {"more": 4}, "result": 4}),
        ("name: add, args_path: '', output_path: ''", (1, 2), 3),
        ("name: add, output_path: null", {}, {}),
        ("name: !path m, output_path: sum", {"m": "add"}, {"m": "add", "sum": 0}),
    ],
)
async def test_a_method_is_called(port: int, options: str, given: Any, gives: Any) -> None:
    assert await calling(port, options).run(given) == [gives]


async def test_a_failure_there_is_a_readable_failure_here(port: int) -> None:
    with pytest.raises(pb.RemoteError, match=r"LookupError: no such engine") as raised:
        await calling(port, "name: fail").run({})
    assert "raised by the method 'fail' of pb.client.sums" in raised.value.__notes__


@pytest.mark.parametrize(
    ("options", "given", "said"),
    [
        ("name: add, args_path: a", {"a": 7}, "there is 7 at 'a', and no list of arguments"),
        ("name: add, kwargs_path: k", {"k": [1]}, r"there is \[1\] at 'k', and no mapping"),
        ("name: add, kwargs_path: k", {"k": {1: 2}}, "there is {1: 2} at 'k', and no mapping"),
    ],
)
async def test_arguments_that_are_none(port: int, options: str, given: Any, said: str) -> None:
    with pytest.raises(UnfitBaton, match=said):
        await calling(port, options).run(given)


def test_a_client_that_is_not_there_is_found_before_the_start() -> None:
    text = """\
        pb: {clients: {sums: {endpoint: tcp:localhost:8789}}}
        pipelines: {it: [pb-call-remote: {client: summs, name: add}]}
    """
    [problem] = check_yaml(text)
    assert "pb.client.summs.root_object" in problem
    assert "pb.client.sums.root_object" in problem


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("servers: {it: {processor: pipeline.it}}", "needs the option 'listen'"),
        ("servers: {it: {listen: [], processor: pipeline.it}}", "at least one endpoint"),
        ("servers: {it: {listen: tcp:x, processor: pipeline.it}}", "an endpoint"),
        ("servers: {it: {listen: 8789, processor: pipeline.if}}", "pipeline.it"),
        ("servers: {it: {listen: 8789, processor: pipeline.it, queue: 0}}", "room for one"),
        (
            f"servers: {{it: {SERVER}, keep_open: true, default_callback: 1}}}}",
            "never given",
        ),
        ("servers: {it: {listen: 8789, processor: pipeline.it, chequer: a.b}}", "checker"),
        (f"servers: {{it: {SERVER}, checker: {{name: no.such}}}}}}", "there is no 'no.such'"),
        (f"servers: {{it: {SERVER}, checker: {{name: io.StringIO}}}}}}", "it is no checker"),
        (
            f"servers: {{it: {SERVER}, checker: {{name: twisted.cred.checkers.FilePasswordDB}}}}}}",
            "'twisted.cred.checkers.FilePasswordDB' cannot be made: ",
        ),
        ("clients: {it: {}}", "needs the option 'endpoint'"),
        ("clients: {it: {endpoint: tcp:8789}}", "an endpoint"),
        ("clients: {it: {endpoint: 'tcp:a:1', username: ada}}", "go together"),
        ("clients: {it: {endpoint: 'tcp:a:1', max_delay: 0.5}}", "at most `max_delay`"),
    ],
)
def test_wrong_settings_are_problems(settings: str, said: str) -> None:
    problems = check_yaml(f"pb: {{{settings}}}\npipelines: {{it: [passthrough]}}\n")
    assert any(said in problem for problem in problems), problems
