"""In which pipeline the caller is, read off the stack.

A run leaves no mark anywhere: whoever wants to know, as a log record that is printed, looks for it
among the frames. So it costs those who ask, and nobody else.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import lru_cache
from types import FrameType
from typing import Any

__all__ = ["pipeline_here"]

# The functions that are written for a plan have its name, see `piped.processing.compiled`.
_WRITTEN = re.compile(r"<(?:run|later) of pipeline (.+)>")
# What else makes the calls of a plan, and what leads to the plan from there.
_OTHERS = {
    "piped.processing.rest": ("rest", "blocks"),
    "piped.processing.run": ("walk",),
}


def pipeline_here() -> str | None:
    """The name of the innermost pipeline of which a step is being called, here and now."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - there is no other way, and it has been there always
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith("<"):
            name = _written_for(file)
            if name is not None:
                return name
        elif way := _OTHERS.get(frame.f_globals.get("__name__", "")):
            plan = _plan(frame.f_locals.get(way[0]), way[1:])
            if plan is not None:
                return str(plan.name)
        frame = frame.f_back
    return None


@lru_cache(1024)
def _written_for(file: str) -> str | None:
    written = _WRITTEN.fullmatch(file)
    return ast.literal_eval(written[1]) if written else None


def _plan(found: Any, way: tuple[str, ...]) -> Any:
    for name in (*way, "plan"):
        found = getattr(found, name, None)
    return found
