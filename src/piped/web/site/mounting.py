"""Any `twisted.web` resource as a handler."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.python.failure import Failure
from twisted.web.server import Site

from piped.clock import Clock, LoopClock
from piped.exceptions import UnfitRequest
from piped.web.engine import private
from piped.web.engine.sessions import site_on

__all__ = ["Mounted"]


class Mounted:
    """Answers with `resource` and what it finds below it."""

    def __init__(
        self, resource: Any, site: Site | None = None, *, clock: Clock | None = None
    ) -> None:
        self.resource = resource
        self.site = site or site_on(clock or LoopClock(), resource)

    def expect(self, request: Any) -> None:
        """Take bodies as they come."""

    def handle(self, request: Any) -> None:
        request.site = self.site
        request.prepath = []
        if request.path == b"*":
            private.answer_star(request)
            return
        request.postpath = [unquote_to_bytes(part) for part in request.path[1:].split(b"/")]
        try:
            resource = self.site.getResourceFor(request)
            encoder = private.encoder_of(resource, request)
            if encoder is not None:
                private.encode_with(request, encoder)
            request.render(resource)
        except UnfitRequest:
            raise
        except Exception:  # noqa: BLE001 - whatever a resource raises is answered
            request.processingFailed(Failure())
