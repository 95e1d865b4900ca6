"""Data that pipelines share: in memory, or kept in a file as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.persistence import Persistence

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
        from piped.providers.persisted_context import PersistedContext

        for name, persistence in runtime_environment.settings(self.section, {}).items():
            context = PersistedContext(name, persistence, runtime_environment.clock)
            context.saves_by_itself = not runtime_environment.transient
            context.offer = runtime_environment.offer(f"persisted_context.{name}")
            context.store = runtime_environment.offer(f"persisted_context.{name}.store")
            context.setServiceParent(runtime_environment.application)
