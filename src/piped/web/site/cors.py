"""Which pages of other sites may read the answers, as browsers ask for it (CORS)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from piped.options import Duration
from piped.web.site import answers
from piped.web.site.site import Answer

__all__ = ["AllowsOrigins", "Cors"]


@dataclass(frozen=True, kw_only=True)
class Cors:
    """Which pages of other sites may read the answers.

    origins: such as https://example.org, or "*" for all
    methods: what they may do beside GET, HEAD and POST
    headers: what they may send beside the simplest; "*" for all
    expose: the headers of answers that they may read beside the simplest
    credentials: whether cookies and passwords are sent along
    max_age: for how long browsers need not ask again
    """

    origins: list[str]
    methods: list[str] = field(default_factory=lambda: ["PUT", "PATCH", "DELETE"])
    headers: list[str] = field(default_factory=lambda: ["authorization", "content-type"])
    expose: list[str] = field(default_factory=list)
    credentials: bool = False
    max_age: Duration = 600.0

    def __post_init__(self) -> None:
        if self.credentials and "*" in self.origins:
            raise ValueError("with `credentials`, name the origins: '*' would let anybody in")
        for origin in self.origins:
            if origin != "*" and ("://" not in origin or origin.count("/") != 2):
                raise ValueError(f"an origin is like https://example.org, and {origin!r} is none")
        if "*" in self.headers and self.credentials:
            raise ValueError("with `credentials`, name the headers: '*' is no wildcard then")


class AllowsOrigins:
    """A layer: tells browsers, and answers what they ask beforehand."""

    def __init__(self, cors: Cors, inner: Answer) -> None:
        self._inner = inner
        self._origins = {each.lower().encode() for each in cors.origins}
        self._is_open = "*" in cors.origins
        self._always = [(b"access-control-allow-credentials", b"true")] if cors.credentials else []
        exposed = _joined(cors.expose)
        self._for_answers = [(b"access-control-expose-headers", exposed)] if exposed else []
        self._beforehand = [
            (b"access-control-allow-methods", _joined(["GET", "HEAD", "POST", *cors.methods])),
            (b"access-control-allow-headers", _joined(cors.headers)),
            (b"access-control-max-age", b"%d" % cors.max_age),
        ]

    def __call__(self, request: Any, told: Any) -> None:
        origin = request.getHeader(b"origin")
        if not self._is_open:
            request.responseHeaders.addRawHeader(b"vary", b"Origin")
        is_allowed = origin is not None and (self._is_open or origin.lower() in self._origins)
        if is_allowed:
            allowed = b"*" if self._is_open else origin
            request.setHeader(b"access-control-allow-origin", allowed)
            _set(request, self._always)
        if _is_beforehand(request, origin):
            if is_allowed:
                _set(request, self._beforehand)
            answers.empty(request)
            return
        if is_allowed:
            _set(request, self._for_answers)
        self._inner(request, told)


def _is_beforehand(request: Any, origin: bytes | None) -> bool:
    """Whether a browser asks, before it sends what a page wants."""
    if request.method != b"OPTIONS" or origin is None:
        return False
    return request.getHeader(b"access-control-request-method") is not None


def _set(request: Any, headers: list[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        request.setHeader(name, value)


def _joined(names: list[str]) -> bytes:
    return ", ".join(names).encode()
