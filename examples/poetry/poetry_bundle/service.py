"""Poetry as services, which start and stop with whatever they are part of."""

from __future__ import annotations

from pathlib import Path

from twisted.application.internet import TCPServer
from twisted.application.service import MultiService, Service
from twisted.python import log

from poetry_bundle.protocol import PoetryFactory
from poetry_bundle.proxy import PoetryProxyFactory, ProxyService

__all__ = ["PoetryService", "poetry_proxy", "poetry_server"]


class PoetryService(Service):
    """Has the poem, as soon as it is started."""

    def __init__(self, poetry_file: str | Path) -> None:
        self.poetry_file = poetry_file
        self.poem = b""

    def startService(self) -> None:
        super().startService()
        self.poem = Path(self.poetry_file).read_bytes()
        log.msg(f"loaded a poem from: {self.poetry_file}")


def poetry_server(poem: str | Path, port: int, iface: str) -> MultiService:
    """A poem, and the port where it is served."""
    both = MultiService()
    service = PoetryService(poem)
    service.setServiceParent(both)
    TCPServer(port, PoetryFactory(service), interface=iface).setServiceParent(both)
    return both


def poetry_proxy(host: str, port: int, listen_port: int, iface: str) -> MultiService:
    """The poem of the server at `host` and `port`, and the port where it is served, too."""
    both = MultiService()
    service = ProxyService(host, port)
    service.setServiceParent(both)
    TCPServer(listen_port, PoetryProxyFactory(service), interface=iface).setServiceParent(both)
    return both
