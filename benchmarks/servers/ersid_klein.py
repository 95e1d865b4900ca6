"""Ersid as the guide of 2013 has it, on Klein, in memory: `python ersid_klein.py PORT`."""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import defer, epollreactor

epollreactor.install()

from klein import Klein  # type: ignore[import-not-found] # noqa: E402 - after the reactor
from twisted.internet import reactor  # noqa: E402
from twisted.web.server import Site  # noqa: E402


class DictStorage:
    def __init__(self) -> None:
        self._storage: dict[str, bytes] = {}

    def set(self, key: str, data: bytes) -> Any:
        self._storage[key] = data
        return defer.succeed(None)

    def get(self, key: str) -> Any:
        return defer.succeed(self._storage.get(key))


class Service:
    app: Any = Klein()

    def __init__(self, storage: DictStorage) -> None:
        self.storage = storage

    @app.route("/<key>", methods=["POST"])  # type: ignore[untyped-decorator] # Klein has no types
    def set_key(self, request: Any, key: str) -> Any:
        return self.storage.set(key, request.content.getvalue())

    @app.route("/<key>", methods=["GET"])  # type: ignore[untyped-decorator]
    def get_key(self, request: Any, key: str) -> Any:
        def got_key(data: bytes | None) -> bytes | str:
            if data is None:
                request.setResponseCode(404)
                return "Not found"
            return data

        return self.storage.get(key).addCallback(got_key)


site: Any = Site(Service(DictStorage()).app.resource())
site.log = lambda _: None
listening: Any = reactor
listening.listenTCP(int(sys.argv[1]), site, interface="127.0.0.1", backlog=1024)
listening.run()
