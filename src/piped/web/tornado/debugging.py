"""The debugger for handlers of Tornado: the one of web sites, which is shown Twisted's requests."""

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError, RequestHandler
from twisted.internet.defer import Deferred
from twisted.web.http_headers import Headers

if TYPE_CHECKING:
    from piped.web.debugger.debugger import Debugger

__all__ = ["DEBUGGER", "DOOR", "DebuggableHandler", "DebuggerHandler"]

DEBUGGER = "piped_debugger"  # the setting of the application that has it
DOOR = r"/__debug__(?:/.*)?"


class DebuggableHandler(RequestHandler):
    """Shows what failed to those who may debug.

    That is: every exception that no method has handled, and that is no answer, as `HTTPError` is.
    """

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        failure = kwargs.get("exc_info", (None, None))[1]
        debugger: Debugger | None = self.settings.get(DEBUGGER)
        page = None
        if debugger is not None and failure is not None and not isinstance(failure, HTTPError):
            page = debugger.page(_Request(self, b"/"), failure)
        if page is None:
            super().write_error(status_code, **kwargs)
        else:
            self.finish(page)


class DebuggerHandler(RequestHandler):
    """All that is below `__debug__`: the debugger says who may have it."""

    def initialize(self, debugger: Debugger) -> None:
        self._debugger = debugger
        self._auto_finish = False
        self._asked = _Request(self)

    def get(self) -> None:
        self._debugger.handle(self._asked)

    head = post = put = patch = delete = options = get

    def on_connection_close(self) -> None:
        self._asked.lose()

    def check_xsrf_cookie(self) -> None:
        """The debugger has a token of its own."""

    def compute_etag(self) -> None:
        """Nothing of it is kept."""


class _Request:
    """A request of Tornado's, as far as the debugger asks one of Twisted's."""

    postpath = ()

    def __init__(self, handler: RequestHandler, path: bytes | None = None) -> None:
        request = handler.request
        self._handler = handler
        self._lost: Deferred[None] = Deferred()
        self.method = _encoded(request.method)
        self.uri = _encoded(request.uri)
        self.path = _encoded(request.path) if path is None else path
        self.clientproto = _encoded(request.version)
        self.requestHeaders = Headers()
        for name, value in request.headers.get_all():
            self.requestHeaders.addRawHeader(_encoded(name), _encoded(value))

    @cached_property
    def content(self) -> BytesIO:
        return BytesIO(self._handler.request.body)

    def getClientAddress(self) -> Any:  # noqa: N802 - Twisted's name
        return SimpleNamespace(host=self._handler.request.remote_ip)

    def notifyFinish(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        return self._lost

    def lose(self) -> None:
        """Say that nobody waits any more."""
        if not self._lost.called:
            self._lost.errback(ConnectionError("the client has gone"))

    def setResponseCode(self, code: int) -> None:  # noqa: N802 - Twisted's name
        self._handler.set_status(code)

    def setHeader(self, name: bytes, value: bytes) -> None:  # noqa: N802 - Twisted's name
        self._handler.set_header(name.decode(), value)

    def write(self, body: bytes) -> None:
        self._handler.write(body)

    def finish(self) -> None:
        self._handler.finish()


def _encoded(text: str | None) -> bytes:
    return (text or "").encode("latin-1", "replace")
