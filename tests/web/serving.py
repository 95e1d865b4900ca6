"""Sites on real sockets, and clients that speak to them over such."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from textwrap import dedent, indent
from typing import Any

from piped.checking import check
from piped.conf import Configuration
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from piped.providers.web_site import WebSite

LIMIT = 20  # seconds; never reached when all is well


@dataclass
class Answer:
    """What came back."""

    code: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Serving:
    """A site that runs, and whoever asks it."""

    site: WebSite
    environment: RuntimeEnvironment

    @property
    def port(self) -> int:
        port: int = self.site.addresses[0][1]
        return port

    async def fetch(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        return await asyncio.to_thread(self._fetch, path, method, dict(headers or {}), body)

    def _fetch(self, path: str, method: str, headers: dict[str, str], body: bytes | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def codes(self, *paths: str) -> list[int]:
        return [(await self.fetch(path)).code for path in paths]


@asynccontextmanager
async def serving(
    routing: str,
    *,
    site: str = "",
    listen: str | None = "tcp:0:interface=127.0.0.1",
    engine: str = "piped",
    more: str = "",
    **resources: Any,
) -> AsyncIterator[Serving]:
    """Run a site with this routing; `site` are more of its keys, `more` other sections."""
    parts = [
        "web:",
        "  it:",
        f"    listen: {listen}" if listen else "",
        f"    engine: {engine}",
        indent(dedent(site).strip(), "    "),
        "    routing:",
        indent(dedent(routing).strip(), "      "),
        dedent(more).strip(),
    ]
    prepare(asyncio.get_running_loop())
    try:
        async with _running("\n".join(parts), resources) as running:
            yield running
    finally:
        await shut_down()


@asynccontextmanager
async def _running(text: str, resources: dict[str, Any]) -> AsyncIterator[Serving]:
    configuration = Configuration.from_text(text, "app.yaml")
    checked = check(configuration, offers=resources)
    checked.raise_errors()
    environment = RuntimeEnvironment(
        checked.configuration, catalogue=checked.catalogue, settings=checked.settings
    )
    environment.configure()
    for name, resource in resources.items():
        environment.offer(name, resource=resource)
    for provider in checked.providers:
        provider.configure(environment)
    environment.dependency_manager.resolve_initial_states()
    await settled(environment.application.startService())
    try:
        [running] = [each for each in environment.application if isinstance(each, WebSite)]
        yield Serving(running, environment)
    finally:
        await settled(environment.application.stopService())


async def until(condition: Any) -> None:
    """Let the loop turn until `condition()` holds."""
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 - it is anything that can be seen
            await asyncio.sleep(0.001)
