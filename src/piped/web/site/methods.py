"""Which methods a place has: HEAD by GET, OPTIONS answered, 405 for all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piped.web.site import answers
from piped.web.site.site import Answer

__all__ = ["ByMethod"]


class ByMethod:
    """Lets each method be answered by its own."""

    def __init__(self, inner: Mapping[str, Answer]) -> None:
        self._inner = {name.upper().encode(): answer for name, answer in inner.items()}
        if b"GET" in self._inner:
            self._inner.setdefault(b"HEAD", self._inner[b"GET"])
        self._allowed = b", ".join(sorted({*self._inner, b"OPTIONS"}))

    def __call__(self, request: Any, told: Any) -> None:
        answer = self._inner.get(request.method)
        if answer is not None:
            answer(request, told)
            return
        request.setHeader(b"allow", self._allowed)
        if request.method == b"OPTIONS":
            answers.empty(request)
        else:
            answers.page(request, 405)
