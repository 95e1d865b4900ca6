"""A pipeline behind either engine of HTTP, on a real socket, and a client that speaks HTTP/1.1."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from tests.processors.trying import environment

__all__ = ["ENGINES", "Answer", "Served", "answer_of", "engine", "serving"]


@dataclass
class Answer:
    """What a client got."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    lines: list[tuple[str, str]]

    def said(self, *names: str) -> str:
        """Its code, some of its headers and its body, in one line."""
        headers = [f"{name}: {self.headers.get(name)}" for name in names]
        return " | ".join([f"{self.status} {self.reason}", *headers, self.body.decode()])


@dataclass
class Served:
    """The site, and what came of the requests."""

    port: int
    baton: dict[str, Any] = field(default_factory=dict)
    results: list[Any] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    keep_open: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, line: str = "GET /", body: bytes = b"", **headers: str | bytes) -> Answer:
        """The answer to a request. An underscore in the name of a header is a hyphen."""
        reader, writer = await self.connect(line, body, **headers)
        data = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer_of(data, line.split(" ", maxsplit=1)[0])

    async def connect(
        self, line: str = "GET /", body: bytes = b"", **headers: str | bytes
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which a request has been sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**10)
        given = {"host": "test", "connection": "close", **headers}
        if body:
            given["content-length"] = str(len(body))
        head = [f"{line} HTTP/1.1".encode()]
        for name, value in given.items():
            text = value if isinstance(value, bytes) else value.encode()
            head.append(name.replace("_", "-").encode() + b": " + text)
        writer.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
        return reader, writer


def answer_of(data: bytes, method: str = "GET") -> Answer:
    """What bytes say, as Python's own client understands them."""
    response = HTTPResponse(_Socket(data), method=method)  # type: ignore[arg-type]
    response.begin()
    with response:
        lines = response.getheaders()
        named = {name.lower(): value for name, value in lines}
        return Answer(response.status, response.reason, named, response.read(), lines)


class _Socket:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


@asynccontextmanager
async def serving(
    steps: Any, baton: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[Served]:
    """A site whose requests go through a pipeline of `steps`, with what else is in the baton."""
    prepare(asyncio.get_running_loop())
    made = environment(steps, **options)
    pipeline = made.depend("somebody", "it").get_resource()
    await settled(made.application.startService())
    served = Served(0, dict(baton or {}))
    tasks = set()

    def handle(request: Any) -> None:
        served.requests.append(request)
        task = asyncio.ensure_future(_answer(pipeline, request, served))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    served.port, close = await _LISTENS[_chosen[-1]](handle)
    try:
        yield served
    finally:
        await close()
        await settled(made.application.stopService())
        await shut_down()


Close = Callable[[], Awaitable[Any]]


async def _listen_with_twisted(handle: Callable[[Any], None]) -> tuple[int, Close]:
    from twisted.internet import reactor
    from twisted.web.resource import Resource
    from twisted.web.server import NOT_DONE_YET, Site

    class Quiet(Site):
        noisy = False

        def log(self, request: object) -> None:
            pass

    class Piped(Resource):
        isLeaf = True  # noqa: N815 - Twisted's name for it

        def render(self, request: Any) -> int:
            handle(request)
            return NOT_DONE_YET

    site: Any = Quiet(Piped())
    port: Any = reactor.listenTCP(0, site, interface="127.0.0.1")
    return port.getHost().port, lambda: settled(port.stopListening())


async def _listen_with_piped(handle: Callable[[Any], None]) -> tuple[int, Close]:
    listen = import_module("piped.web.engine.listening").listen
    handler = type("Handler", (), {"expect": lambda *_: None, "handle": lambda _, r: handle(r)})
    server = import_module("piped.web.engine.server").Server(handler())
    listening = await listen("tcp:0:interface=127.0.0.1", server)

    async def close() -> None:
        await listening.close()
        await server.stop()

    return listening.names[0][1], close


_LISTENS = {"twisted": _listen_with_twisted, "piped": _listen_with_piped}
ENGINES = ["twisted", *(["piped"] if find_spec("piped.web.engine.server") else [])]
_chosen = [ENGINES[-1]]


@contextmanager
def engine(name: str) -> Iterator[None]:
    """Have `serving` take that one."""
    _chosen.append(name)
    yield
    _chosen.pop()


async def _answer(pipeline: Any, request: Any, served: Served) -> None:
    try:
        served.results += await settled(pipeline.run({"request": request, **served.baton}))
    except Exception as failure:  # noqa: BLE001 - a pipeline may fail in any way
        served.failures.append(failure)
        if is_there(request):
            _say(request, failure)
    else:
        if is_there(request) and not served.keep_open:
            request.finish()
    finally:
        served.ended.set()


def is_there(request: Any) -> bool:
    return getattr(request, "channel", None) is not None


def _say(request: Any, failure: Exception) -> None:
    if not request.startedWriting:
        request.setResponseCode(getattr(failure, "status", 500))
        request.write(f"{type(failure).__name__}: {getattr(failure, 'msg', failure)}".encode())
    request.finish()
