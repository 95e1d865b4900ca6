"""Twisted's own HTTP, in place of ours: `engine: twisted`. Its limits are its own, too."""

from __future__ import annotations

from typing import Any

from twisted.internet.endpoints import serverFromString
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from piped.interop import settled
from piped.web.engine.handler import Handler

__all__ = ["QuietSite", "StockServer", "WebResource"]


class WebResource(Resource):
    """Lets a handler answer, wherever in a tree of resources it stands."""

    isLeaf = True  # noqa: N815 - Twisted's name for it

    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self._handler = handler

    def render(self, request: Any) -> int:
        self._handler.handle(request)
        return NOT_DONE_YET


class QuietSite(Site):
    """Has no access log of its own, and says nothing of its start. It keeps sessions."""

    noisy = False

    def log(self, request: object) -> None:
        del request


class StockServer:
    """Listens by Twisted."""

    def __init__(self, handler: Handler) -> None:
        self._site = QuietSite(WebResource(handler))
        self._ports: list[Any] = []

    async def listen(self, endpoint: str) -> list[Any]:
        """Open `endpoint`. Gives the addresses to which it is bound."""
        from twisted.internet import reactor

        port = await settled(serverFromString(reactor, endpoint).listen(self._site))
        self._ports.append(port)
        host = port.getHost()
        return [(host.host, host.port) if hasattr(host, "port") else host.name]

    async def stop(self) -> None:
        for port in self._ports:
            await settled(port.stopListening())
        self._ports.clear()
