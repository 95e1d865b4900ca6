"""What is wrong with the answer of a web server."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.web.error import Error

from piped.exceptions import PipedError

__all__ = ["HttpError", "UnfitResponse"]


class HttpError(Error):
    """A server answered with an error. It is an `Error` of twisted.web, with its status as text.

    `status` and `message` say what went wrong, `response` is the beginning of the body, and
    `headers` are those of the answer. `str()` gives "404 Not Found".
    """

    status: str  # type: ignore[assignment]  # it is bytes in Twisted, and was text in Python 2
    message: str  # type: ignore[assignment]
    response: bytes

    def __init__(
        self, code: int, message: str, response: bytes, headers: Mapping[str, str]
    ) -> None:
        super().__init__(code, message.encode(), response)
        self.code = code
        self.status = str(code)
        self.message = message
        self.response = response
        self.headers = dict(headers)

    def __str__(self) -> str:
        return f"{self.status} {self.message}".rstrip()


class UnfitResponse(PipedError):
    """A server answered with something that cannot be used: it is too long, or no JSON."""
