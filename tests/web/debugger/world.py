"""A site on a real socket, of either engine, of which the pipelines fail."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from piped.checking import check_file
from piped.interop import drive, settled
from piped.interop.reactor import prepare, shut_down
from piped.web.debugger.debugger import Debugger
from piped.web.debugger.gate import TOKEN_HEADER
from piped.web.debugger.settings import Debug
from piped.web.engine.listening import listen
from piped.web.engine.server import Server
from piped.web.engine.stock import StockServer
from tests.processing.environment import Environment
from tests.web.debugger.shop import Order

__all__ = ["PIPELINES", "Answer", "Shop", "opened_shop"]

PIPELINES = """
pipelines:
  shop.order:
    - passthrough
    - run-pipeline: {pipeline: .bill, id: bill-it}
    - passthrough: {id: thank-the-customer}

  shop.bill:
    consumers:
      - passthrough:
          id: look-up-customer
          chained_consumers:
            - eval-lambda:
                id: add-up
                output_path: total
                namespace: {shop: tests.web.debugger.shop}
                lambda: "baton: shop.total(baton)"
            - passthrough: {id: print-bill}
          error_consumers: []
      - passthrough: {id: count-orders}

  shop.lambda:
    - eval-lambda:
        lambda: "baton: baton['nothing']"

  shop.code:
    - exec-code:
        code: |
          wanted = "nothing"

          found = baton[wanted]
          return found

  shop.later:
    - exec-code:
        namespace: {shop: tests.web.debugger.shop}
        code: |
          waited_for = "a courier"
          await shop.deliver(waited_for)
"""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    code: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def fact(self, name: str) -> str:
        """What the page tells its script."""
        found = re.search(rf'data-{name}="([^"]*)"', self.text)
        assert found, name
        return found[1]


class Shop:
    """The site, and one who asks it."""

    def __init__(self, debugger: Debugger, environment: Environment, port: int) -> None:
        self.debugger = debugger
        self.environment = environment
        self.port = port
        self.batons: list[Any] = []

    async def ask(
        self, path: str = "/order", method: str = "GET", body: bytes | None = None, **headers: Any
    ) -> Answer:
        """One request of HTTP/1.1, on a connection of its own."""
        return await asyncio.to_thread(self._ask, path, method, body, headers)

    async def fail(self, path: str = "/order", **headers: Any) -> Answer:
        answer = await self.ask(path, **headers)
        assert answer.code == 500
        return answer

    async def call(self, page: Answer, name: str, /, **body: Any) -> Answer:
        """What the script of a page asks for."""
        if page.code != 404 and 'data-failure="' in page.text:
            body = {"failure": page.fact("failure"), **body}
        own = {
            "content-type": "application/json",
            TOKEN_HEADER: page.fact("token"),
            "origin": f"http://127.0.0.1:{self.port}",
            "sec-fetch-site": "same-origin",
        }
        path = f"{page.fact('base')}/{name}"
        return await self.ask(path, "POST", json.dumps(body).encode(), **own)

    def _ask(self, path: str, method: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, kept, answer.read())
        finally:
            connection.close()


@asynccontextmanager
async def opened_shop(
    folder: Path,
    settings: Debug,
    clock: Any,
    pipelines: str = PIPELINES,
    engine: str = "piped",
) -> AsyncIterator[Shop]:
    """The site, as long as the body runs. Its configuration is a file."""
    file = folder / "shop.yaml"
    file.write_text(pipelines)
    checked = check_file(file)
    assert not checked.problems
    environment = Environment(checked.settings["pipelines"], clock=clock)
    debugger = Debugger(settings, clock)
    prepare(asyncio.get_running_loop())
    shop = Shop(debugger, environment, 0)
    debugger.start()
    shop.port, stop = await (_piped if engine == "piped" else _twisted)(shop, clock)
    try:
        yield shop
    finally:
        debugger.stop()
        await stop()
        await shut_down()


class _Handler:
    """What a site is to an engine."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def expect(self, request: Any) -> None:
        pass

    def handle(self, request: Any) -> None:
        if b"/__debug__" in request.path:
            self._shop.debugger.handle(request)
        else:
            drive(_process(self._shop, request))


Opened = tuple[int, Callable[[], Awaitable[Any]]]


async def _piped(shop: Shop, clock: Any) -> Opened:
    server = Server(_Handler(shop), clock=clock)
    listening = await listen("tcp:0:interface=127.0.0.1", server)

    async def stop() -> None:
        await listening.close()
        await server.stop()

    return listening.names[0][1], stop


async def _twisted(shop: Shop, clock: Any) -> Opened:
    del clock
    server = StockServer(_Handler(shop))
    [(_, port)] = await server.listen("tcp:0:interface=127.0.0.1")
    return port, server.stop


async def _process(shop: Shop, request: Any) -> None:
    name = request.path.decode().rpartition("/")[2]
    baton = {"request": request, "order": Order("Ada", ["tea", "scone"], "SPRING")}
    shop.batons.append(baton)
    pipeline = shop.environment.depend(shop, f"shop.{name}").get_resource()
    try:
        await settled(pipeline.run(baton))
    except Exception as failure:  # noqa: BLE001 - it is what is shown
        # This frame stands for those of a site, which are ours.
        failure.__traceback__ = failure.__traceback__ and failure.__traceback__.tb_next
        request.setResponseCode(500)
        page = shop.debugger.page(request, failure)
        request.write(b"Processing Failed" if page is None else page)
    request.finish()
