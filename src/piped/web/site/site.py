"""A site: it looks for the place that a path leads to, and lets it answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from piped.web.site import answers
from piped.web.site.routing import Branch, Router

__all__ = ["Answer", "Place", "Site"]

_ADDRESS = re.compile(rb"https?://([^/]*)", re.IGNORECASE)
# What answers a request. A place is told what was found; layers hand on whatever they are told.
Answer = Callable[[Any, Any], None]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What stands at one place of the routing: made once, with all its layers."""

    answer: Answer
    body_limit: int | None = None  # the most bytes of a body; None leaves it to the server
    stream: bool = False  # whether bodies are read while they come


class Site:
    """A handler: answers requests by a routing."""

    def __init__(
        self, root: Branch[Place], believe_proxy: Callable[[Any], None] | None = None
    ) -> None:
        router: Router[Place] = Router(root)
        self._find, self._known = router.find, router.known
        self._believe_proxy = believe_proxy

    def expect(self, request: Any) -> None:
        """The head of a request with a body is there: say what may come."""
        if self._believe_proxy is not None:
            self._believe_proxy(request)
        found = self._find(_path_of(request))
        if found is None:
            _answer_for_nobody(request)
            return
        if found.place.body_limit is not None:
            request.body.limit = found.place.body_limit
        if found.place.stream:
            request.stream_body()

    def handle(self, request: Any) -> None:
        """Answer a request that is there."""
        if self._believe_proxy is not None:
            self._believe_proxy(request)
        # What has no query is a path already.
        found = self._known.get(request.uri) or self._find(_path_of(request))
        if found is None:
            _answer_for_nobody(request)
        else:
            found.place.answer(request, found)


def _path_of(request: Any) -> bytes:
    """The path. Of a target that is a whole address, as proxies have it, that is its end.

    `Host` is then what stands before it: the header has to be ignored (RFC 9112, 3.2.2).
    """
    path: bytes = request.path
    if not path.startswith(b"/") and (address := _ADDRESS.match(path)) is not None:
        request.path = path = path[address.end() :] or b"/"
        request.requestHeaders.setRawHeaders(b"host", [address[1]])
    return path


def _answer_for_nobody(request: Any) -> None:
    if request.path == b"*" and request.method == b"OPTIONS":  # of the server as a whole
        answers.empty(request)
    else:
        answers.page(request, 404)
