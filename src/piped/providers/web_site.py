"""A site as a service: its places made, its sockets open while it runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.clock import Clock
from piped.environment import RuntimeEnvironment
from piped.interop import outcome_of
from piped.providers.web_places import Places
from piped.providers.web_section import SiteSettings
from piped.providers.web_settings import AccessLog, LogFormat
from piped.web.engine import access_log
from piped.web.engine.listening import Listening, listen
from piped.web.engine.server import Server
from piped.web.site.proxies import TrustedProxies
from piped.web.site.site import Site

if TYPE_CHECKING:
    from piped.web.engine.stock import StockServer

__all__ = ["WebSite"]

logger = logging.getLogger(__name__)


class WebSite(Service):
    """Answers requests from its start to its stop."""

    handler: Site

    def __init__(self, site_name: str, site_configuration: SiteSettings) -> None:
        self.setName(f"web.{site_name}")
        self.settings = site_configuration
        # What its sockets are bound to, while it runs: hosts and ports, or paths.
        self.addresses: list[Any] = []
        self._server: _PipedServer | StockServer | None = None

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        """Make all places, and ask for what they need."""
        settings = self.settings
        places = Places(self, runtime_environment)
        proxies = TrustedProxies(settings.trusted_proxies) if settings.trusted_proxies else None
        self.handler = Site(places.branch(settings.routing, settings), proxies)
        self._tasks = places.tasks
        self._debuggers = list(places.debuggers.values())
        self._clock = runtime_environment.clock

    def startService(self) -> Any:
        super().startService()
        return outcome_of(self._open())

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._close())

    async def _open(self) -> None:
        if self.settings.engine == "piped":
            self._server = _PipedServer(self.handler, self.settings, self._clock)
        else:
            from piped.web.engine.stock import StockServer

            self._server = StockServer(self.handler)
        for debugger in self._debuggers:
            debugger.start()
        for endpoint in self.settings.endpoints():
            names = await self._server.listen(endpoint)
            self.addresses += names
            logger.info("%s listens on %s%s", self.name, endpoint, _where(endpoint, names))

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.stop()
        self.addresses.clear()
        for debugger in self._debuggers:
            debugger.stop()
        for task in tuple(self._tasks):
            task.cancel()


class _PipedServer:
    """Listens on the loop's own transports."""

    def __init__(self, handler: Site, settings: SiteSettings, clock: Clock) -> None:
        self._server = Server(
            handler,
            settings.limits,
            _access_log(settings.access_log or "none"),
            clock=clock,
        )
        self._listening: list[Listening] = []

    async def listen(self, endpoint: str) -> list[Any]:
        """Open `endpoint`. Gives the addresses to which it is bound."""
        listening = await listen(endpoint, self._server)
        self._listening.append(listening)
        return listening.names

    async def stop(self) -> None:
        for listening in self._listening:
            await listening.close()
        await self._server.stop()


def _where(endpoint: str, names: list[Any]) -> str:
    """What to open in a browser, if it is a port."""
    urls = []
    for name in names:
        if isinstance(name, tuple):
            host, port = name[:2]
            scheme = "https" if endpoint.startswith("ssl:") else "http"
            here = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - it is read only
            urls.append(f"{scheme}://{f'[{here}]' if ':' in here else here}:{port}/")
    return f", {' '.join(urls)}" if urls else ""


def _access_log(told: LogFormat | AccessLog) -> access_log.AccessLog | None:
    settings = told if isinstance(told, AccessLog) else AccessLog(format=told)
    if settings.format == "none":
        return None
    if settings.file is None:
        write = access_log.to_logger(logging.getLogger("piped.web.access"))
    else:
        with settings.file.open("ab"):  # what cannot be opened now fails the start
            write = access_log.to_file(settings.file)
    return access_log.AccessLog(write, settings.format)
