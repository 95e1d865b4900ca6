"""Pipelines: text → definitions → graph → plan, and batons going through it.

Four stages, each a value that can be printed: `grammar` reads definitions, `rewrite` makes graphs
of them, `pipeline` makes processors and a plan of a graph. `walk` has the rules by which batons go
through a plan; `run` makes the calls, for those who watch; `compiled` does the same, and is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.interfaces import IProcessor
    from piped.processing.making import make_pipeline
    from piped.processing.pipeline import Pipeline
    from piped.processing.section import Pipelines, check_pipelines, check_processors

__all__ = [
    "IProcessor",
    "Pipeline",
    "Pipelines",
    "RuntimeEnvironment",
    "check_pipelines",
    "check_processors",
    "make_pipeline",
]

_WHERE = {
    "IProcessor": "piped.interfaces",
    "Pipeline": "piped.processing.pipeline",
    "Pipelines": "piped.processing.section",
    "RuntimeEnvironment": "piped.environment",
    "check_pipelines": "piped.processing.section",
    "check_processors": "piped.processing.section",
    "make_pipeline": "piped.processing.making",
}


def __getattr__(name: str) -> Any:
    # What checks a configuration needs no engine, and what runs one no checks.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
