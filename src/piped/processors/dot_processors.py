"""Make pictures of dot text."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from piped.exceptions import ConfigurationError, PipedError, ResourceError, UnfitBaton
from piped.options import Duration, KeyPath, Size
from piped.paths import BatonPath
from piped.processors.base import InputOutputProcessor

__all__ = ["RenderDot"]

_is_type = re.compile(r"[a-z][a-z0-9_.]{0,30}(?::[a-z0-9_]{1,30}){0,2}").fullmatch
# The types that are text; all others are bytes.
_TEXTS = ("svg", "dot", "gv", "xdot", "canon", "plain", "json", "json0", "dot_json", "xdot_json")
_MOST_DRAWN = 6_000  # boxes and arrows that we lay out ourselves
_MOST_TIMES_LARGER = 64  # a picture than what is the largest text


class RenderDot(InputOutputProcessor):
    """Make a picture of dot text, by the `dot` of Graphviz. Without it, we draw svg ourselves.

    The output is text if the type is, as that of svg; bytes, if it is one of pictures.

    Example::

        pipeline:
            - render-dot: {type: svg, output_path: content}
            - eval-lambda: {lambda: "baton: '<svg' in baton['content']"}
        given: {dot: "digraph { a -> b }"}
        gives: true
    """

    name = "render-dot"

    def __init__(
        self,
        *,
        type: str = "png",
        input_path: KeyPath = "dot",
        timeout: Duration = 30.0,
        max_size: Size = 1_000_000,
        **paths: Any,
    ) -> None:
        """
        type: what to make, in the words of Graphviz: svg, png, pdf and many more
        input_path: where the dot text is
        timeout: how long Graphviz may take
        max_size: how long the text may be
        """
        super().__init__(input_path=input_path, **paths)
        if not (isinstance(type, BatonPath) or _is_type(type)):
            raise ConfigurationError(f"{type!r} is no type of picture", hint=_HINT)
        self.type = type
        self.timeout = timeout
        self.max_size = max_size

    def process_input(self, input: Any, baton: Any) -> Any:
        del baton
        from piped.observe.graphviz import program

        file = program()
        kind: Any = self.type  # of a baton, it may be anything
        if not (isinstance(kind, str) and _is_type(kind)):
            raise UnfitBaton(f"{kind!r} is no type of picture", hint=_HINT)
        text = self._text(input)
        if file is not None:
            return self._rendered(file, text, kind)
        if kind != "svg":
            raise ResourceError(
                f"only Graphviz can make {kind}, and there is no program `dot` on the PATH",
                hint="Install it, as by `apt-get install graphviz`; or ask for svg.",
            )
        return asyncio.to_thread(_drawn, text)

    def _text(self, input: Any) -> str:
        text = input.decode(errors="replace") if isinstance(input, bytes) else input
        if not isinstance(text, str):
            raise UnfitBaton(f"dot text is text, and this is of type {type(input).__name__}")
        if len(text) > self.max_size:
            raise UnfitBaton(
                f"the dot text has {len(text)} characters, and {self.max_size} are allowed",
                hint="The option max_size sets how many.",
            )
        return text

    async def _rendered(self, file: str, text: str, kind: str) -> Any:
        from piped.observe.dot_grammar import graph_of
        from piped.observe.graphviz import rendered

        most = self.max_size * _MOST_TIMES_LARGER
        try:
            output = await rendered(file, text, kind, seconds=self.timeout, most=most)
        except PipedError as failure:
            if "syntax error" in (failure.detail or ""):
                # We can say better what is wrong with it, and where.
                graph_of(text)
                raise UnfitBaton("the dot text is wrong", detail=failure.detail) from failure
            raise
        return output.decode() if kind.partition(":")[0] in _TEXTS else output


_HINT = "Those of Graphviz are: svg, png, pdf and many more."


def _drawn(text: str) -> str:
    """The svg that we make ourselves."""
    from piped.observe.dot_drawing import drawing_of
    from piped.observe.svg import svg

    drawing = drawing_of(text)
    count = sum(1 for _ in drawing.boxes) + sum(1 for _ in drawing.arrows)
    if count > _MOST_DRAWN:
        raise UnfitBaton(
            f"the graph has {count} nodes and edges; without Graphviz we draw {_MOST_DRAWN}",
            hint="Install it, as by `apt-get install graphviz`.",
        )
    return svg(drawing)
