"""Hand a baton to whatever a configuration names as its processor."""

from __future__ import annotations

from typing import Any

from piped.processing.pipeline import Pipeline

__all__ = ["hand_to"]


def hand_to(resource: Any, baton: Any) -> Any:
    """What `resource`, a pipeline or anything callable, gives for `baton`: now, or later.

    Of a pipeline these are the results, and later only if one of its steps had to wait.
    """
    return resource.run(baton) if isinstance(resource, Pipeline) else resource(baton)
