"""Any `twisted.web` resource as a handler, or at a place of a routing."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.python.failure import Failure
from twisted.web.resource import getChildForRequest
from twisted.web.server import Site

from piped.clock import Clock, LoopClock
from piped.exceptions import UnfitRequest
from piped.web.engine import private
from piped.web.engine.sessions import site_on
from piped.web.site.failures import Failures
from piped.web.site.routing import Found

__all__ = ["Mounted", "MountedHere"]


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
            render(self.resource, request)
        except UnfitRequest:
            raise
        except Exception:  # noqa: BLE001 - whatever a resource raises is answered
            request.processingFailed(Failure())


class MountedHere:
    """Answers at one place of a routing, and below it."""

    def __init__(self, resource: Any, failures: Failures) -> None:
        self._resource = resource
        self._failures = failures

    def __call__(self, request: Any, found: Found[Any]) -> None:
        request.prepath, request.postpath = list(found.prepath), list(found.postpath)
        try:
            render(self._resource, request)
        except Exception as failure:  # noqa: BLE001 - it is answered
            self._failures.answer(request, failure, "the resource")


def render(resource: Any, request: Any) -> None:
    """Let whoever is left of the path below `resource` answer."""
    there = getChildForRequest(resource, request)
    encoder = private.encoder_of(there, request)
    if encoder is not None:
        private.encode_with(request, encoder)
    request.render(there)
