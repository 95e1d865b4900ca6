"""What answers requests, and when it is asked."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Handler"]


class Handler(Protocol):
    """Answers requests. A request is a `twisted.web.server.Request`, of whichever engine."""

    def expect(self, request: Any) -> None:
        """The head of a request that has a body is there, and the body is not.

        It may set the request's limit, ask for the body as a stream, or answer at once.
        """

    def handle(self, request: Any) -> None:
        """The request is there. It has to be finished, now or later."""
