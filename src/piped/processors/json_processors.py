"""JSON, read and written."""

from __future__ import annotations

import json
import re
from typing import Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import DottedName
from piped.paths import BatonPath
from piped.processors.base import InputOutputProcessor
from piped.processors.fixed import loaded

__all__ = ["DecodeJson", "EncodeJson", "EncodeJsonp"]

_DECODER = DottedName("json.JSONDecoder")
_ENCODER = DottedName("piped.processors.json_encoders.PipedJSONEncoder")
# A name in JavaScript, with attributes and items. Anything else could be a program.
_NAME = r"[A-Za-z_$][A-Za-z0-9_$]*"
_is_callback = re.compile(rf"{_NAME}(?:\.{_NAME}|\[[0-9]+\])*").fullmatch


class DecodeJson(InputOutputProcessor):
    """Read JSON: text, bytes, or what can be read from.

    Example::

        pipeline: [decode-json: {input_path: body}]
        given: {body: '{"engines": [1, 2]}'}
        gives: {body: {engines: [1, 2]}}
    """

    name = "decode-json"

    def __init__(self, *, decoder: DottedName = _DECODER, **paths: Any) -> None:
        """decoder: what reads it, a kind of `json.JSONDecoder`"""
        super().__init__(**paths)
        self._decoder = loaded("decoder", decoder, json.JSONDecoder)

    def process_input(self, input: Any, baton: Any) -> Any:
        del baton
        text = input.read() if hasattr(input, "read") else input
        return self._decoded_later(text) if is_later(text) else self._decoded(text)

    async def _decoded_later(self, text: Any) -> Any:
        return self._decoded(await settled(text))

    def _decoded(self, text: Any) -> Any:
        try:
            return json.loads(text, cls=self._decoder)
        except (TypeError, ValueError, RecursionError) as error:
            raise UnfitBaton(f"the input is no JSON: {error}") from error


class EncodeJson(InputOutputProcessor):
    """Write JSON.

    Example::

        pipeline: [encode-json: {input_path: engines, output_path: body}]
        given: {engines: [1, 2]}
        gives: {engines: [1, 2], body: "[1, 2]"}
    """

    name = "encode-json"

    def __init__(
        self, *, encoder: DottedName = _ENCODER, indent: int | None = None, **paths: Any
    ) -> None:
        """
        encoder: what writes it, a kind of `json.JSONEncoder`; the default writes dates and paths
        indent: how far to indent what is within; all is on one line if it is not given
        """
        super().__init__(**paths)
        self._encoder = loaded("encoder", encoder, json.JSONEncoder)
        self.indent: Any = indent
        # Making one takes as long as writing a short text.
        self._kept: json.JSONEncoder | None = None
        if not isinstance(self.indent, BatonPath):
            self._kept = self._made()

    def process_input(self, input: Any, baton: Any) -> str:
        del baton
        try:
            return (self._kept or self._made()).encode(input)
        except (TypeError, ValueError, RecursionError) as error:
            raise UnfitBaton(f"the input cannot be written as JSON: {error}") from error

    def _made(self) -> json.JSONEncoder:
        encoder: json.JSONEncoder = self._encoder(indent=self.indent, allow_nan=False)
        return encoder


class EncodeJsonp(EncodeJson):
    """Write JSON as a call of a function in JavaScript.

    Example::

        pipeline: [encode-jsonp: {input_path: engines, output_path: body}]
        given: {engines: [1, 2], callback: show}
        gives: {engines: [1, 2], callback: show, body: "show([1, 2])"}
    """

    name = "encode-jsonp"
    resolves = ("callback",)

    def __init__(
        self,
        *,
        callback: str | None = BatonPath("callback"),
        fallback_to_json: bool = True,
        **options: Any,
    ) -> None:
        """
        callback: the name of the function; where there is a list of them, the first counts
        fallback_to_json: write mere JSON where there is no name
        """
        super().__init__(**options)
        if isinstance(callback, str) and not isinstance(callback, BatonPath):
            _refuse_other(callback, ConfigurationError)
        self.callback = callback
        self.fallback_to_json = fallback_to_json

    def process_input(self, input: Any, baton: Any) -> str:
        name = _first(self.get_input(baton, self.callback, None))
        if not name and not self.fallback_to_json:
            raise UnfitBaton("there is no name of a callback")
        if name:
            _refuse_other(name, UnfitBaton)
        text = super().process_input(input, baton)
        return f"{name}({text})" if name else text


def _first(value: Any) -> Any:
    """The first of a list, which is what a request has; text, if it is bytes."""
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value


def _refuse_other(name: Any, error: type[ConfigurationError | UnfitBaton]) -> None:
    if not (isinstance(name, str) and _is_callback(name)):
        hint = "A name like show, jQuery1.cb or callbacks[2] is one."
        raise error(f"{name!r} is no name of a callback", hint=hint)
