"""What answers a request of Tornado's: a pipeline, or a class that some provider has."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import Router
from tornado.web import Application, HTTPError, RequestHandler

from piped.exceptions import (
    BatonDropped,
    MissingCallback,
    PipelineFull,
    UnfitRequest,
    UnsatisfiedDependencyError,
)
from piped.interop import drive, settled
from piped.web.site.need import Need
from piped.web.tornado.debugging import DebuggableHandler

__all__ = ["PipelineHandler", "Provided"]

logger = logging.getLogger(__name__)

_BUSY = 503
_COME_AGAIN = "1"  # in so many seconds


class PipelineHandler(DebuggableHandler):
    """Hands a baton to a pipeline, which finishes the handler.

    1. A pipeline that fails is a 500, and so is one that ends and has not finished it.
    2. One that is not there, or has no room, is a 503, in one line of the log.
    3. Where half of an answer is sent, the connection is closed.
    4. A client that goes away ends what is running for it.
    """

    def initialize(self, need: Need, *, keep_open: bool = False) -> None:
        self._need = need
        self._keep_open = keep_open
        self._auto_finish = False
        self._running: asyncio.Task[Any] | None = None
        self._is_left = False

    async def get(self, *args: str, **kwargs: str) -> None:
        baton = {"handler": self, "args": args, "kwargs": kwargs}
        try:
            await self._hand(baton)
        except Exception as failure:
            if not self._headers_written or self._finished:
                raise _told(failure) from failure
            self.log_exception(type(failure), failure, failure.__traceback__)
            self.detach().close()

    head = post = put = patch = delete = options = get

    async def _hand(self, baton: Any) -> None:
        self._running = drive(settled(self._need.hand(baton)))
        try:
            await self._running
        except asyncio.CancelledError:
            if self._is_left:
                return
            if not self._running.cancelled():  # it is we who are cancelled
                self._running.cancel()
                raise
            raise RuntimeError("the processing was cancelled") from None
        if not (self._finished or self._keep_open or self._is_left):
            raise MissingCallback(f"{self._need.title} ended without finishing the handler")

    def on_connection_close(self) -> None:
        self._is_left = True
        if self._running is not None:
            self._running.cancel()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if status_code == _BUSY:
            self.set_header("Retry-After", _COME_AGAIN)
        super().write_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        if isinstance(value, HTTPError):
            super().log_exception(typ, value, tb)
            return
        request = self.request
        what = f"{self._need.title} failed"
        logger.error("%s %s: %s", request.method, request.path, what, exc_info=value)


class Provided(Router):
    """Looks for the class of each request at a provider's."""

    application: Application

    def __init__(self, need: Need) -> None:
        self._need = need

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        try:
            found = self._need.get()
        except UnsatisfiedDependencyError as lack:
            return self._without(request, _told(lack))
        if not (isinstance(found, type) and issubclass(found, RequestHandler)):
            why = f"{self._need.title} is no class of a RequestHandler"
            return self._without(request, HTTPError(500, "%s", why))
        return self.application.get_handler_delegate(request, found, **kwargs)

    def _without(self, request: HTTPServerRequest, why: BaseException) -> HTTPMessageDelegate:
        return self.application.get_handler_delegate(request, _Without, {"why": why})


class _Without(RequestHandler):
    """Answers where there is no class that would."""

    def initialize(self, why: BaseException) -> None:
        self._why = why

    def prepare(self) -> None:
        raise self._why

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if status_code == _BUSY:
            self.set_header("Retry-After", _COME_AGAIN)
        super().write_error(status_code, **kwargs)


def _told(failure: Exception) -> Exception:
    """What is nobody's mistake here is an answer, and one line in the log."""
    if isinstance(failure, UnfitRequest):
        return HTTPError(failure.status, "%s", failure.msg)
    if isinstance(failure, UnsatisfiedDependencyError):
        return HTTPError(_BUSY, "%s", failure.msg)
    if isinstance(failure, PipelineFull | BatonDropped):
        return HTTPError(_BUSY, "%s", "there is too much to do just now")
    return failure
