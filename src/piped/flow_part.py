"""What a part of a flow is that a configuration names: a fount, a tube or a drain.

The arguments of its constructor are its options. It is a recipe: each time the flow starts, `make`
is called once. What needs nothing of the environment can be a plain tube instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from piped.options import Schema, schema_of

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["DrainPart", "FlowPart", "FountPart", "TubePart", "is_made", "schema_of_part"]


class FlowPart:
    """Derive from one of those below, and give it a name."""

    name: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()  # the modules that an extra brings …
    extra: ClassVar[str] = ""  # … and its name: piped[extra]

    # Whether it holds back what is before it while something that it depends on is lost. For one
    # that does not, the flow does: it begins when all of that is there, and its founts are held
    # back while something is lost.
    waits: ClassVar[bool] = False

    # The types of the items that it takes and gives.
    input: Any = Any
    output: Any = Any

    # What it must have for itself, in words: two parts that have the same are a problem.
    alone: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return self.name

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        """Add dependencies, and begin nothing."""

    def make(self) -> Any:
        """A fount, a stage or a drain of its own, for one run of the flow."""
        raise NotImplementedError


class FountPart(FlowPart):
    """Where items come from."""


class TubePart(FlowPart):
    """What changes items on their way."""


class DrainPart(FlowPart):
    """Where items go."""


def is_made(plugin: Any) -> bool:
    """Whether it is a part already, as a decorated function is, and not what makes one."""
    return hasattr(plugin, "make") and not isinstance(plugin, type)


def schema_of_part(plugin: Any) -> Schema:
    """The options of a part. One that was made of a function has none."""
    if not is_made(plugin):
        return schema_of(plugin)
    text = " ".join((plugin.__doc__ or "").split("\n\n")[0].split())
    return Schema(plugin.name, text, "", ())
