"""Make text."""

from __future__ import annotations

from typing import Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import get_path
from piped.processing.traits import without_effect
from piped.processors.base import InputOutputProcessor

__all__ = ["FormatString"]


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
