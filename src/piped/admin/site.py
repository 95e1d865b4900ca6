"""The HTTP side of the console page: four files and one question, all read-only."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack
from importlib.resources import files
from typing import Any

from twisted.application.service import Service
from twisted.internet.endpoints import serverFromString
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from piped.admin.state import RecentLog, state_of
from piped.environment import RuntimeEnvironment
from piped.interop import outcome_of, settled
from piped.observe.metrics import Metrics

__all__ = ["ConsolePage"]

logger = logging.getLogger(__name__)

_FILES = {
    b"": ("index.html", b"text/html; charset=utf-8"),
    b"page.css": ("page.css", b"text/css; charset=utf-8"),
    b"page.js": ("page.js", b"text/javascript; charset=utf-8"),
}
_HEADERS = {
    b"content-security-policy": b"default-src 'none'; style-src 'self' 'unsafe-inline';"
    b" script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
    b"cache-control": b"no-store",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}
_OWN_NAMES = {"localhost", "127.0.0.1", "::1"}


class ConsolePage(Service):
    """Listens while it runs."""

    def __init__(
        self, listen: str, hosts: list[str], runtime_environment: RuntimeEnvironment
    ) -> None:
        self.setName("admin")
        self._listen = listen
        self._environment = runtime_environment
        self._hosts = _OWN_NAMES | {host.lower() for host in hosts}
        self._log = RecentLog()
        self._metrics = Metrics()
        self._watching = ExitStack()
        self._port: Any = None

    def startService(self) -> Any:
        from twisted.internet import reactor

        super().startService()
        logging.getLogger().addHandler(self._log)
        self._watching.enter_context(self._metrics.attached())
        root = _Console(self._environment, self._log, self._metrics, self._hosts)
        listening = serverFromString(reactor, self._listen).listen(_QuietSite(root))
        return outcome_of(self._say_where(listening))

    async def _say_where(self, listening: Any) -> None:
        self._port = await settled(listening)
        address = self._port.getHost()
        where = getattr(address, "name", None) or f"http://{address.host}:{address.port}/"
        logger.info("the console page is at %s", where)

    def stopService(self) -> Any:
        super().stopService()
        self._watching.close()
        logging.getLogger().removeHandler(self._log)
        return outcome_of(settled(self._port.stopListening())) if self._port else None


class _QuietSite(Site):
    """Writes no access log, which a page that asks once a second would fill."""

    noisy = False

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name, for its lines in the log
        return "admin"

    def log(self, request: object) -> None:
        del request


class _Console(Resource):
    """Answers those who call it by a name that it knows: no other page can read it for its user."""

    isLeaf = True  # noqa: N815 - Twisted's name for it

    def __init__(
        self, environment: RuntimeEnvironment, log: RecentLog, metrics: Metrics, hosts: set[str]
    ) -> None:
        super().__init__()
        self._environment = environment
        self._log = log
        self._metrics = metrics
        self._hosts = hosts
        page = files("piped.admin") / "page"
        self._files = {
            name: ((page / file).read_bytes(), kind) for name, (file, kind) in _FILES.items()
        }

    def render(self, request: Request) -> bytes:
        if request.method not in {b"GET", b"HEAD"}:
            return _refusal(405, "This page is for looking only.", request)
        if request.getRequestHostname().decode("ascii", "replace").lower() not in self._hosts:
            return _refusal(403, "This is not one of my names: see admin.hosts.", request)
        path = b"/".join(request.postpath or [])
        if path == b"state":
            body, kind = self._state(), b"application/json"
        elif path in self._files:
            body, kind = self._files[path]
        else:
            return _refusal(404, "There is no such page.", request)
        for name, value in {**_HEADERS, b"content-type": kind}.items():
            request.setHeader(name, value)
        return body

    def _state(self) -> bytes:
        state = state_of(self._environment, self._log, self._metrics)
        return json.dumps(state, default=repr).encode()


def _refusal(code: int, why: str, request: Request) -> bytes:
    request.setResponseCode(code)
    request.setHeader(b"content-type", b"text/plain; charset=utf-8")
    return why.encode()
