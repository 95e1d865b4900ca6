"""Options that every step may have, whatever its processor: they belong to the step.

1. They stand among the options of the processor, which is not told of them.
2. An option of the same name in a processor's own signature is the processor's.
3. They cannot be a `!path`: they are needed before there is a baton.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from piped.exceptions import ConfigurationError
from piped.options import Duration, Schema, schema_of
from piped.paths import BatonPath

__all__ = ["StepOptions", "step_options", "with_step_options"]


@dataclass(frozen=True, kw_only=True)
class StepOptions:
    """
    node_name: what diagrams call this step
    threaded: run it in a thread, for what would keep all others waiting
    timeout: fail if what it waits for takes longer
    """

    node_name: str | None = None
    threaded: bool = False
    timeout: Duration | None = None


_NOTHING = StepOptions()


@cache
def with_step_options(schema: Schema) -> Schema:
    """The schema of a step whose processor has `schema`."""
    own = {option.name for option in schema.options}
    more = [option for option in schema_of(StepOptions).options if option.name not in own]
    return replace(schema, options=(*schema.options, *more))


def step_options(options: dict[str, Any], schema: Schema) -> StepOptions:
    """Those of `options` that are the step's. They are taken out of it.

    `schema` is that of the processor alone.
    """
    own = {option.parameter for option in schema.options}
    names = StepOptions.__dataclass_fields__.keys() - own
    taken = {name: options.pop(name) for name in names if name in options}
    for name, value in taken.items():
        if isinstance(value, BatonPath):
            raise ConfigurationError(f"{name} cannot be taken from the baton by !path")
    return StepOptions(**taken) if taken else _NOTHING
