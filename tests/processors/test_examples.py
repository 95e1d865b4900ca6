"""Every processor has an example, and every example is true."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
import yaml
from sqlalchemy import StaticPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from piped.catalogue import Catalogue
from piped.conf.nodes import Entry, Mapping, plain
from piped.flows import Collector, Feed
from piped.interop import settled
from piped.problems import Place
from piped.processors import MANIFEST
from tests.mail.post import posting
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of, results_of
from tests.processing.yaml_nodes import nodes_in
from tests.processors.web import serving
from tests.processors.web_servers import answering

CATALOGUE = Catalogue.builtin()


@pytest.fixture(autouse=True)
def _no_debugger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.breakpointhook", lambda: None)


class Interval:
    def start_ticking(self) -> None:
        pass

    def stop_ticking(self) -> None:
        pass


class Store:
    async def save(self) -> None:
        pass


class Adding:
    async def callRemote(self, method: str, *numbers: int) -> int:  # noqa: N802 - Twisted's name
        assert method == "add"
        return sum(numbers)


class Summing:
    async def call(self, name: str, a: int, b: int) -> dict[str, int]:
        assert name == "Sum"
        return {"total": a + b}


class Publishing:
    async def publish(self, body: Any, **options: Any) -> None:
        assert (body, options["routing_key"]) == ({"id": 7}, "orders")


class Working:
    async def call(self, queue: str, name: str, args: Any, kwargs: Any, exchange: str) -> int:
        assert (queue, name, kwargs, exchange) == ("sums", "add", {}, "")
        return sum(args)


class Nodes:
    """Those of a ZooKeeper, as far as examples go."""

    workers: ClassVar = {"/workers/ada": b"the first", "/workers/bob": b""}

    async def cached_get(self, path: str) -> tuple[bytes, str]:
        return self.workers[path], f"the stat of {path}"

    async def cached_exists(self, path: str) -> str | None:
        return f"the stat of {path}" if path in self.workers else None

    async def cached_get_children(self, path: str) -> list[str]:
        assert path == "/workers"
        return [each.rpartition("/")[2] for each in self.workers]

    async def set(self, path: str, data: bytes) -> str:
        assert isinstance(data, bytes)
        return f"the stat of {path}"

    async def create(self, path: str, data: bytes, **_: bool) -> str:
        return path

    async def delete(self, path: str) -> None:
        assert path in self.workers


class Lock:
    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        yield


class Queue:
    def send_soon(self, message: dict[str, int]) -> None:
        assert message == {"id": 7}


class Metrics:
    def record(self, *_: Any) -> None:
        pass

    async def families(self) -> list[Any]:
        return []


class Flowing:
    """A flow that keeps what is put in."""

    @property
    def feed(self) -> Feed:
        made = Feed()
        made.flow_to(Collector())
        return made


# What an example cannot write down.
STAND_INS: dict[Any, Any] = {
    "some metrics": Metrics(),
    "a broker": Publishing(),
    "a worker that adds": Working(),
    "a server that adds": Adding(),
    "a server that sums": Summing(),
    "a flow": Flowing(),
    "a store": Store(),
    "a lock": Lock(),
    "a queue": Queue(),
    "an interval": Interval(),
    "some nodes": Nodes(),
}


def example_of(name: str, website: str = "", mail_server: str = "host: nowhere") -> Mapping:
    """The nodes of the example in a processor's docstring, with the addresses of its servers."""
    text = inspect.getdoc(CATALOGUE.processors[name].load()) or ""
    _, found, example = text.partition("Example::\n")
    assert found, f"{name} has no example"
    example = example.replace("http://engines.example", website)
    example = example.replace("host: mail.example.com", mail_server)
    node = nodes_in(yaml.compose(inspect.cleandoc(example), yaml.SafeLoader), name)
    assert isinstance(node, Mapping)
    return node


async def end_of(example: Mapping) -> Any:
    """The result, or what was raised."""
    if "request" in example:
        return await end_over_http(example)
    others = example.get("pipelines")
    entries = dict(others.entries) if isinstance(others, Mapping) else {}
    entries["it"] = Entry(example["pipeline"], Place("example", 1))
    offered = example.get("resources")
    resources = plain(offered) if offered else {}
    resources = {
        path: _stand_in(each) if isinstance(each, str) else each for path, each in resources.items()
    }
    environment = Environment(pipelines_of(Mapping(entries, example.origin)), resources)
    try:
        [result] = await results_of(environment, plain(example["given"]))
    except Exception as failure:  # noqa: BLE001 - an example may fail in any way
        return f"{type(failure).__name__}: {failure}"
    finally:
        await settled(environment.application.startService())
        await settled(environment.application.stopService())
        for each in resources.values():
            if isinstance(each, AsyncEngine):
                await each.dispose()
    return result


def _stand_in(name: str) -> Any:
    if name == "a database":  # each example has its own
        return create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    return STAND_INS.get(name, name)


async def end_of_asking(name: str) -> Any:
    """The same, with a web server to ask."""
    answers = plain(example_of(name)["answers"])
    async with answering(lambda each: (200, {}, answers[f"{each.method} {each.path}"])) as website:
        return await end_of(example_of(name, website))


async def end_of_posting(name: str) -> Any:
    """The same, with a server that takes mails."""
    async with posting() as post:
        result = await end_of(example_of(name, mail_server=f"host: 127.0.0.1, port: {post.port}"))
    expected = plain(example_of(name)["mails"])
    assert [to for each in post.got for to in each.rcpt_tos] == expected
    return result


async def end_over_http(example: Mapping) -> Any:
    """What comes of a real request, beside the answer if the example speaks of it."""
    line, *rest = plain(example["request"]).split(" | ")
    body = rest.pop().encode() if line.startswith("POST") else b""
    headers = dict(each.split(": ", 1) for each in rest)
    steps = example["pipeline"]
    async with serving(steps, plain(example["given"])) as served:
        answer = await served.ask(line, body, **headers)
    assert not served.failures
    [baton] = served.results
    assert baton.pop("request") is served.requests[0]
    if "response" in example:
        expected = plain(example["response"])
        names = [each.split(": ")[0] for each in expected.split(" | ")[1:-1]]
        assert answer.said(*names) == expected
    return baton


@pytest.mark.parametrize("name", MANIFEST)
def test_example(name: str) -> None:
    example = example_of(name)
    expected = plain(example["gives"] if "gives" in example else example["fails"])
    if "mails" in example:
        end = end_of_posting(name)
    else:
        end = end_of_asking(name) if "answers" in example else end_of(example)
    assert asyncio.run(end) == expected


@pytest.mark.parametrize("name", MANIFEST)
def test_a_processor_is_called_what_the_manifest_says(name: str) -> None:
    assert vars(CATALOGUE.processors[name].load())["name"] == name


@pytest.mark.parametrize("name", MANIFEST)
def test_every_option_is_explained(name: str) -> None:
    from piped.options import schema_of

    schema = schema_of(CATALOGUE.processors[name].load())
    assert [option.name for option in schema.options if not option.help] == []
    assert not schema.open
