"""Make text."""

from __future__ import annotations

from string import Formatter
from typing import Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import BatonPath, get_path
from piped.processing.traits import without_effect
from piped.processors.base import InputOutputProcessor

__all__ = ["DecodeString", "EncodeString", "FormatString", "PrefixString", "is_encoding"]

_DECODE = "Make text of them first, by decode-string."


def _complain_of(format: str) -> None:
    try:
        list(Formatter().parse(format))
    except ValueError as error:
        raise ConfigurationError(f"format is {format!r}, which is none: {error}") from error


class FormatString(InputOutputProcessor):
    """Put the input into a text, at its `{}`: a list at one after the other, a mapping by names.

    Example::

        pipeline: [format-string: {format: "{who} builds {what}", output_path: text}]
        given: {who: ada, what: engines}
        gives: {who: ada, what: engines, text: ada builds engines}
    """

    name = "format-string"

    def __init__(
        self,
        *,
        format: str | None = None,
        format_path: KeyPath | None = None,
        unpack: bool = True,
        **paths: Any,
    ) -> None:
        """
        format: the text, as `str.format` has it
        format_path: where the text is in the baton
        unpack: spread a list or a mapping; else it is put at the first `{}`
        """
        super().__init__(**paths)
        if (format is None) == (format_path is None):
            raise ConfigurationError("it needs either 'format' or 'format_path'")
        if isinstance(format, str) and not isinstance(format, BatonPath):
            _complain_of(format)
        self.format = format
        self.format_path = format_path
        self.unpack = unpack

    @without_effect
    def process_input(self, input: Any, baton: Any) -> str:
        text = self.format if self.format is not None else get_path(baton, self.format_path or "")
        if not isinstance(text, str):
            raise UnfitBaton(f"the format at {self.format_path!r} is {text!r}, and no text")
        try:
            return self._formatted(text, input)
        except (LookupError, ValueError, AttributeError) as error:
            raise UnfitBaton(f"{input!r} does not fit the format {text!r}: {error!r}") from error

    def _formatted(self, text: str, value: Any) -> str:
        if self.unpack and isinstance(value, dict):
            return text.format(**value)
        if self.unpack and isinstance(value, list | tuple):
            return text.format(*value)
        return text.format(value)


class PrefixString(InputOutputProcessor):
    """Put a text before the input.

    Example::

        pipeline: [prefix-string: {prefix: "engine ", input_path: number, output_path: title}]
        given: {number: 7}
        gives: {number: 7, title: engine 7}
    """

    name = "prefix-string"

    def __init__(self, *, prefix: str, **paths: Any) -> None:
        """prefix: what stands before the input"""
        super().__init__(**paths)
        self.prefix = prefix

    def process_input(self, input: Any, baton: Any) -> str:
        del baton
        if isinstance(input, bytes | bytearray):
            raise UnfitBaton(f"a text cannot stand before bytes: {input!r}", hint=_DECODE)
        return f"{self.prefix}{input}"


class EncodingProcessor(InputOutputProcessor):
    """Has to do with an encoding."""

    def __init__(self, *, encoding: str, **paths: Any) -> None:
        """encoding: the name of the encoding, like utf-8"""
        super().__init__(**paths)
        if not (isinstance(encoding, BatonPath) or is_encoding(encoding)):
            raise ConfigurationError(f"there is no encoding {encoding!r} for text")
        self.encoding = encoding

    def process_input(self, input: Any, baton: Any) -> Any:
        del baton
        try:
            return self.convert(input)
        except UnicodeError as error:
            raise UnfitBaton(f"the input is not in {self.encoding}: {error}") from error
        except LookupError as error:
            raise UnfitBaton(f"there is no encoding {self.encoding!r} for text") from error

    def convert(self, input: Any) -> Any:
        """Give the input in its other form."""
        raise NotImplementedError


class DecodeString(EncodingProcessor):
    """Make text of bytes.

    Example::

        pipeline: [decode-string: {encoding: utf-8}]
        given: !!binary w6k=
        gives: é
    """

    name = "decode-string"

    def convert(self, input: Any) -> str:
        if not isinstance(input, bytes | bytearray):
            raise UnfitBaton(f"only bytes can be decoded, and this is {input!r}")
        return input.decode(self.encoding)


class EncodeString(EncodingProcessor):
    """Make bytes of text.

    Example::

        pipeline: [encode-string: {encoding: utf-8}]
        given: é
        gives: !!binary w6k=
    """

    name = "encode-string"

    def convert(self, input: Any) -> bytes:
        if not isinstance(input, str):
            raise UnfitBaton(f"only text can be encoded, and this is {input!r}")
        return input.encode(self.encoding)


def is_encoding(name: str) -> bool:
    """Whether it is there, and for text: some encodings make bytes of bytes."""
    try:
        "".encode(name)
    except LookupError:
        return False
    return True
