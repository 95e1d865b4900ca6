"""Follow the runs of tests: for a trace of those that fail, and for what of all was taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from piped.observe.trace import Traced
from piped.observe.tracing import traced
from piped.testing.edges import Taken
from piped.testing.trying import Run
from piped.testing.yaml_tests import Follow

__all__ = ["following"]


def following(taken: Taken | None, text: Callable[[Traced], str] | None) -> Follow | None:
    """How a run is made, so that what it took is noted, and a failure can be told with its way."""
    if taken is None and text is None:
        return None

    def follow() -> tuple[Run, Callable[[], str]]:
        traces: list[Traced] = []

        async def run(pipeline: Any, baton: Any) -> list[Any]:
            trace = await traced(pipeline, baton)
            if taken is not None:
                taken.add(trace.entries)
            traces.append(trace)
            if trace.failure is not None:
                raise trace.failure
            return trace.results

        def told() -> str:
            return "" if text is None else "\n".join(map(text, traces))

        return run, told

    return follow
