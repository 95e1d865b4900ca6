"""The service: what is answered over HTTP.

Each method takes a baton of a web site, with the request and the key that the path has.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any

from twisted.python.failure import Failure
from twisted.web.http import CACHED

from ersid.storage import DictStorage, Storage
from piped.interop import Outcome
from piped.processors.web_head import end_with
from piped.web.site.answers import is_over

__all__ = ["Service"]

LONGEST_KEY = 255  # bytes, as UTF-8: what the column of a database holds
_TEXT = b"text/plain; charset=utf-8"


class Service:
    """Keys and values over HTTP, in a storage that may be changed while it runs."""

    def __init__(self, storage: Storage | dict[str, Any], longest_value: int = 2**20) -> None:
        self.storage = storage
        self._longest_value = longest_value

    @property
    def storage(self) -> Any:
        """Where keys and values are. What is a dictionary is used as one."""
        return self._storage

    @storage.setter
    def storage(self, storage: Any) -> None:
        self._storage = DictStorage(storage) if isinstance(storage, dict) else storage

    def set_key(self, baton: Any) -> Any:
        """Store the body of a request."""
        request, key = baton["request"], baton["path_parameters"]["key"]
        if len(key) * 4 > LONGEST_KEY and len(key.encode()) > LONGEST_KEY:
            _refuse(request, 414, f"A key has at most {LONGEST_KEY} bytes")
            return None
        data = request.content.read(self._longest_value + 1)
        if len(data) > self._longest_value:
            _refuse(request, 413, f"A value has at most {self._longest_value} bytes")
            return None
        return _when(self._storage.set(key, data), partial(_answer, request))

    def get_key(self, baton: Any) -> Any:
        """Answer with what was stored."""
        found = self._storage.get(baton["path_parameters"]["key"])
        return _when(found, partial(_answer_value, baton["request"]))

    def delete_key(self, baton: Any) -> Any:
        """Store it no more."""
        done = self._storage.delete(baton["path_parameters"]["key"])
        return _when(done, partial(_answer_deleted, baton["request"]))

    def list_keys(self, baton: Any) -> Any:
        """Answer with all keys, in order, as JSON."""
        return _when(self._storage.keys(), partial(_answer_keys, baton["request"]))


def _when(outcome: Outcome[Any], answer: Callable[[Any], None]) -> Any:
    """Answer, now if that can be; else what the site is to wait for."""
    if outcome.called and not outcome.paused and not isinstance(outcome.result, Failure):
        return answer(outcome.result)
    return outcome.addCallback(answer)


def _answer_value(request: Any, data: bytes | None) -> None:
    if data is None:
        _refuse(request, 404, "Not found")
        return
    tag = b'"%s"' % blake2b(data, digest_size=12).hexdigest().encode()
    if request.setETag(tag) is CACHED:
        data = b""  # who asks has it already
    _answer(request, data, b"application/octet-stream")


def _answer_deleted(request: Any, was_there: bool) -> None:
    if was_there:
        _answer(request)
    else:
        _refuse(request, 404, "Not found")


def _answer_keys(request: Any, keys: list[str]) -> None:
    _answer(request, json.dumps(keys).encode(), b"application/json")


def _refuse(request: Any, code: int, why: str) -> None:
    request.setResponseCode(code)
    _answer(request, why.encode())


def _answer(request: Any, data: bytes | None = None, kind: bytes = _TEXT) -> None:
    if is_over(request):  # nobody listens any more
        return
    request.setHeader(b"content-type", kind)
    end_with(request, data or b"")
