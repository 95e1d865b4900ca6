"""Calls over AMQP: what a request and an answer look like.

A request has the name of what is called as its `type`, and its arguments in JSON: a list, or a
mapping by names. An answer is JSON, or bytes; its `correlation_id` is that of the request. A
failure has the `type` error, and says of which class it was, and what it said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from piped.exceptions import PipedError
from piped.providers.payload import BYTES, JSON, as_json, decoded

if TYPE_CHECKING:
    from aiormq.abc import DeliveredMessage

__all__ = ["CallFailed", "answer_of", "answering", "arguments_of", "failing", "requesting"]

_ERROR = "error"


class CallFailed(PipedError):
    """What was called has failed, at the other end."""


def requesting(name: str, args: list[Any], kwargs: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body of a request, and its content type."""
    if args and kwargs:
        raise TypeError(f"{name!r} is called with a list or with names, not with both")
    return as_json(args or dict(kwargs)), JSON


def arguments_of(message: DeliveredMessage) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a request. What is no JSON is one argument: its bytes."""
    value = decoded(message.body, message.header.properties.content_type) if message.body else {}
    if isinstance(value, dict):
        return (), value
    return tuple(value) if isinstance(value, list) else (value,), {}


def answering(value: Any) -> tuple[bytes, dict[str, Any]]:
    """The body of an answer, and its properties."""
    if isinstance(value, bytes):
        return value, {"content_type": BYTES}
    return as_json(value), {"content_type": JSON}


def failing(failure: BaseException) -> tuple[bytes, dict[str, Any]]:
    """The body of an answer that tells of a failure, and its properties."""
    said = " ".join(str(getattr(failure, "msg", failure)).split())
    kind = f"{type(failure).__module__}.{type(failure).__qualname__}"
    body = as_json({"type": kind.removeprefix("builtins."), "message": said})
    return body, {"content_type": JSON, "message_type": _ERROR}


def answer_of(message: DeliveredMessage) -> Any:
    """The answer. Raises `CallFailed`, if it tells of a failure."""
    properties = message.header.properties
    value = decoded(message.body, properties.content_type)
    if properties.message_type == _ERROR and isinstance(value, dict):
        raise CallFailed(f"{value.get('type')}: {value.get('message')}".rstrip(": "))
    return value
