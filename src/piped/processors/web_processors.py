"""Answer requests.

A request is a `twisted.web.server.Request`, of whichever engine. It has stopped when it has been
answered, or when its client is gone.
"""

from __future__ import annotations

from typing import Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import MISSING, BatonPath, getter
from piped.processors.base import Processor
from piped.processors.fixed import fixed
from piped.processors.http_statuses import StatusCode
from piped.processors.web_head import Head, end_with, no_request, tell_length
from piped.web.site.answers import is_over

__all__ = ["HttpRequestProcessor", "WriteWebResponse"]

_UNSET: Any = type("_Unset", (), {"__repr__": lambda _: "none"})()


class HttpRequestProcessor(Processor):
    """Does something with the request in the baton."""

    def __init__(
        self,
        *,
        request_path: KeyPath = "request",
        skip_if_request_stopped: bool = True,
        **node: Any,
    ) -> None:
        """
        request_path: where the request is
        skip_if_request_stopped: leave the baton as it is if the request has been answered, or its \
client is gone
        """
        super().__init__(**node)
        self.request_path = fixed("request_path", request_path)
        self.skip_if_request_stopped = skip_if_request_stopped
        self._request_in = getter(request_path)

    def process(self, baton: Any) -> Any:
        request = self._request_in(baton, None)
        if not hasattr(request, "setHeader"):
            raise no_request(request, self.request_path, baton)
        if self.skip_if_request_stopped and is_over(request):
            return self.process_stopped(baton)
        return self.process_request(request, baton)

    def process_request(self, request: Any, baton: Any) -> Any:
        """Give the baton for the consumers, now or later."""
        raise NotImplementedError

    def process_stopped(self, baton: Any) -> Any:
        """The same, for a request to which nothing can be done any more."""
        return baton


class WriteWebResponse(HttpRequestProcessor):
    r"""Write a response: text, bytes, a file, or what is iterated over.

    What is to be written is looked at before anything is sent. A file or an iterator is sent piece
    by piece, as fast as the client takes it.

    Example::

        pipeline: [write-web-response: {response_code: CREATED, content_type: text/plain}]
        request: GET /
        given: {content: Hello.}
        gives: {content: Hello.}
        response: "201 Created | content-type: text/plain; charset=utf-8 | Hello."
    """

    name = "write-web-response"
    resolves = ("fallback_content",)

    def __init__(
        self,
        *,
        content_path: KeyPath = "content",
        body_path: KeyPath | None = None,
        content_type: str | None = None,
        response_code: StatusCode | None = None,
        encoding: str = "utf8",
        finish: bool = True,
        fallback_content: Any = _UNSET,
        **request: Any,
    ) -> None:
        """
        content_path: where it is what to write
        body_path: another name of content_path
        content_type: what the content is; a text of a `text/…` type is sent with its charset
        response_code: a number, the name of a constant of twisted.web.http, or a phrase
        encoding: the encoding of text
        finish: end the response, which without it can be written on
        fallback_content: what to write if the baton has nothing there; else nothing is written
        """
        super().__init__(**request)
        if body_path is not None and content_path != "content":
            raise ConfigurationError("it needs either 'content_path' or 'body_path'")
        given = "content_path" if body_path is None else "body_path"
        self.content_path = fixed(given, content_path if body_path is None else body_path)
        self.content_type = content_type
        self.response_code = response_code
        self.encoding = encoding
        self.finish = finish
        self.fallback_content = (
            MISSING if fallback_content is None or fallback_content is _UNSET else fallback_content
        )
        self._content_in = getter(self.content_path)
        options = (content_type, response_code, encoding)
        is_constant = not any(isinstance(each, BatonPath) for each in options)
        self._head = self._made(ConfigurationError) if is_constant else None

    def process_request(self, request: Any, baton: Any) -> Any:
        content = self._content_in(baton, MISSING)
        if content is MISSING:
            content = self.get_input(baton, self.fallback_content, MISSING)
        head = self._head or self._made(UnfitBaton)
        kind = type(content)
        if kind is str:
            self._send(request, head, head.encoded(content), is_text=True)
        elif kind is bytes:
            self._send(request, head, content, is_text=False)
        elif content is MISSING:
            self._send_nothing(request, head)
        else:
            return self._send_other(request, head, content, baton)
        return baton

    def process_stopped(self, baton: Any) -> Any:
        content = self._content_in(baton, None)
        if content is None or type(content) is str or type(content) is bytes:
            return baton
        return self._given_up(content, baton)

    async def _given_up(self, content: Any, baton: Any) -> Any:
        from piped.processors.web_streams import close, is_stream

        if is_stream(content):
            await close(content)
        return baton

    def _made(self, error: type[ConfigurationError | UnfitBaton]) -> Head:
        try:
            return Head(self.response_code, self.content_type, self.encoding)
        except ValueError as wrong:
            raise error(str(wrong)) from wrong

    def _send(self, request: Any, head: Head, body: bytes, *, is_text: bool) -> None:
        head.begin(request, is_text=is_text)
        if self.finish:
            end_with(request, body)
        else:
            request.write(body)

    def _send_nothing(self, request: Any, head: Head) -> None:
        head.begin(request, is_text=False)
        if self.finish:
            # How long the answer to a GET would be, a HEAD cannot know.
            if request.method != b"HEAD":
                tell_length(request, 0)
            request.finish()

    def _send_other(self, request: Any, head: Head, content: Any, baton: Any) -> Any:
        from piped.processors.web_streams import is_stream, plain

        if is_stream(content):
            return self._stream(request, head, content, baton)
        found = plain(content, self.content_path)
        is_text = isinstance(found, str)
        body = head.encoded(found) if isinstance(found, str) else found
        self._send(request, head, body, is_text=is_text)
        return baton

    async def _stream(self, request: Any, head: Head, content: Any, baton: Any) -> Any:
        from piped.processors.web_streams import pieces_of, plain, send

        def encoded(piece: Any) -> bytes:
            found = plain(piece, self.content_path)
            return head.encoded(found) if isinstance(found, str) else found

        def begin(first: Any) -> None:
            head.begin(request, is_text=isinstance(first, str))

        is_there = await send(request, pieces_of(content), encoded, begin)
        if is_there and self.finish:
            request.finish()
        return baton
