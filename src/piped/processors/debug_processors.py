"""Look into pipelines while they run."""

from __future__ import annotations

from typing import Any

from piped.processors.base import Processor

__all__ = ["SetPdbTrace"]


class SetPdbTrace(Processor):
    """Enter the debugger, or what else Python's `breakpoint` is set to. Everything waits for it.

    Example::

        pipeline: [set-pdb-trace]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "set-pdb-trace"

    def process(self, baton: Any) -> Any:
        breakpoint()  # noqa: T100 - what it is for
        return baton
