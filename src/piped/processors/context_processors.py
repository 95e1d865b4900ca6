"""Get at what batons share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.options import KeyPath
from piped.processors.base import ITS_NAME
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import ContextName, PersistedContextName, fixed

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["FetchContext", "FetchPersistedContext", "SavePersistedContext"]


class FetchContext(DependencyProcessor):
    """Put a context into the baton: the object itself, which all users share.

    Example::

        pipeline: [fetch-context: {context: settings}]
        resources: {context.settings: {colour: blue}}
        given: {who: ada}
        gives: {who: ada, settings: {colour: blue}}
    """

    name = "fetch-context"
    prefix = "context"

    def __init__(
        self, *, context: ContextName, output_path: KeyPath | None = ITS_NAME, **node: Any
    ) -> None:
        """
        context: the name of the context
        output_path: where to put it, by default at its name; '' replaces the baton
        """
        super().__init__(**node)
        self.context = fixed("context", context)
        self.output_path = context if output_path is ITS_NAME else output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"{self.prefix}.{self.context}"})

    def process_resource(self, resource: Any, baton: Any) -> Any:
        return self.get_resulting_baton(baton, self.output_path, resource)


class FetchPersistedContext(FetchContext):
    """Put a context into the baton that is kept on disk: the object itself, which all users share.

    Example::

        pipeline: [fetch-persisted-context: {context: visits, output_path: seen}]
        resources: {persisted_context.visits: {ada: 3}}
        given: {who: ada}
        gives: {who: ada, seen: {ada: 3}}
    """

    name = "fetch-persisted-context"
    prefix = "persisted_context"

    def __init__(self, *, context: PersistedContextName, **options: Any) -> None:
        """context: the name of the context"""
        super().__init__(context=ContextName(fixed("context", context)), **options)


class SavePersistedContext(DependencyProcessor):
    """Write a persisted context to its file; the baton goes on when it is safe on the disk.

    Example::

        pipeline: [save-persisted-context: {context: visits}]
        resources: {persisted_context.visits.store: a store}
        given: {who: ada}
        gives: {who: ada}
    """

    name = "save-persisted-context"

    def __init__(self, *, context: PersistedContextName, **node: Any) -> None:
        """context: the name of the context"""
        super().__init__(**node)
        self.context = fixed("context", context)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        path = f"persisted_context.{self.context}.store"
        self.depend_on(runtime_environment, {"provider": path})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        await resource.save()
        return baton
