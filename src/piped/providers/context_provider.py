"""Data that pipelines share: in memory, or kept in a file as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from piped.environment import RuntimeEnvironment
from piped.options import Duration
from piped.provider import Provider

__all__ = ["ContextProvider", "PersistedContextProvider", "Persistence"]


class ContextProvider(Provider):
    """Share data between all pipelines of the process.

    Whatever stands in the configuration becomes one object, that everybody who asks for it gets::

        contexts:
            my_context: {foo: bar}      # the resource context.my_context
            another: this is a string   # the resource context.another

    A change that one makes is seen by all, and is gone when the process ends.
    """

    section: ClassVar[str] = "contexts"
    settings: ClassVar[Any] = dict[str, Any]

    def offers(self, settings: dict[str, Any]) -> Iterable[str]:
        return [f"context.{name}" for name in settings]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        for name, data in runtime_environment.settings(self.section, {}).items():
            runtime_environment.offer(f"context.{name}", resource=data)


@dataclass(frozen=True, kw_only=True)
class Persistence:
    """How a context is kept.

    kind: the format of the file
    file: where it is kept; the name of the context with the kind as ending where nothing is said
    initial_data: what to begin with while there is no file
    interval: how often changes are written; null for only when the process stops
    allow_pickle: needed for the kind pickle, which executes what stands in the file
    """

    kind: Literal["json", "yaml", "pickle"] = "json"
    file: Path | None = None
    initial_data: Any = field(default_factory=dict)
    interval: Duration | None = 30.0
    allow_pickle: bool = False

    def __post_init__(self) -> None:
        if self.kind == "pickle" and not self.allow_pickle:
            raise ValueError(
                "reading a pickle executes what stands in it;"
                " say `allow_pickle: true` if nobody else can write that file"
            )
        if self.interval is not None and self.interval <= 0:
            raise ValueError("an interval is longer than nothing; null means never")


class PersistedContextProvider(Provider):
    """Share data between all pipelines, and find it again after a restart.

    The file is read when the process starts; `initial_data` is used where there is none. It is
    written at every interval in which something changed, when the processor
    `save-persisted-context` says so, and when the process stops::

        persisted_contexts:
            visitors:               # the resource persisted_context.visitors
                file: visitors.json
                initial_data: {count: 0}
    """

    section: ClassVar[str] = "persisted_contexts"
    settings: ClassVar[Any] = dict[str, Persistence]

    def offers(self, settings: dict[str, Persistence]) -> Iterable[str]:
        for name in settings:
            yield f"persisted_context.{name}"
            yield f"persisted_context.{name}.store"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.persistence import PersistedContext

        for name, persistence in runtime_environment.settings(self.section, {}).items():
            context = PersistedContext(name, persistence, runtime_environment.clock)
            context.offer = runtime_environment.offer(f"persisted_context.{name}")
            runtime_environment.offer(f"persisted_context.{name}.store", resource=context)
            context.setServiceParent(runtime_environment.application)
