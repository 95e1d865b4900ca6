"""Resources as programs for `twisted.web` have them."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

__all__ = ["Counter", "Root", "Tree", "nothing", "tree"]


class Counter(Resource):
    """Counts the visits of a session."""

    def render_GET(self, request: Any) -> bytes:  # noqa: N802 - Twisted's name
        session = request.getSession()
        session.visits = getattr(session, "visits", 0) + 1
        return b"%d" % session.visits


class Later(Resource):
    """Answers when it has been asked for."""

    def render_POST(self, request: Any) -> int:  # noqa: N802 - Twisted's name
        waiting: Deferred[bytes] = Deferred()
        waiting.addCallback(request.write).addCallback(lambda _: request.finish())
        waiting.callback(request.content.read()[::-1])
        return NOT_DONE_YET


class Broken(Resource):
    """Fails."""

    def render_GET(self, request: Any) -> bytes:  # noqa: N802 - Twisted's name
        raise KeyError("no such thing")


class Root(Resource):
    """Says where it stands."""

    def getChild(self, path: bytes, request: Any) -> Any:  # noqa: N802 - Twisted's name
        return self if not path else notFound()

    def render_GET(self, request: Any) -> bytes:  # noqa: N802 - Twisted's name
        return b"/".join([b"root", *request.prepath])


def tree() -> Resource:
    """What a program would give to its `Site`."""
    root = Root()
    for name, child in ((b"counter", Counter()), (b"later", Later()), (b"broken", Broken())):
        root.putChild(name, child)
    return root


def nothing() -> None:
    """Makes no resource."""


Tree = tree()
