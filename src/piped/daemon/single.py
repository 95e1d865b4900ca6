"""One pipeline of a configuration by itself, with no more of the process than it depends on.

1. A provider is configured when something is asked for that it offers; the others are left alone.
   So nothing listens, ticks, or begins by itself, unless the pipeline depends on it.
2. A plugin that is marked only cannot say what it offers: it is configured when something is asked
   for that no other offers.
3. What is configured is started before the first baton, and stopped behind the last, as in any
   process.
4. Persisted contexts are read, and written only by whoever asks for it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from piped.checking import Checked
from piped.clock import Clock
from piped.dependencies import Dependency
from piped.environment import RuntimeEnvironment
from piped.exceptions import UnprovidedResourceError
from piped.interop import drive, settled
from piped.interop.reactor import choose_loop, prepare, shut_down
from piped.problems import did_you_mean
from piped.processing.pipeline import Pipeline
from piped.provider import Provider
from piped.resource import Offer, ResourceManager

__all__ = ["Single", "run_alone"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Gives a pipeline by its name, when it is available; or a TimeoutError after so many seconds.
_Pipelines = Callable[[str, float | None], Coroutine[Any, Any, Pipeline]]


def run_alone(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `main` to its end on a loop of its own, with Twisted's reactor if there is none."""
    loop = choose_loop("asyncio")
    if "twisted.internet.reactor" not in sys.modules:
        prepare(loop)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(_whole(main))


async def _whole(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        return await drive(main())
    finally:
        await shut_down()


class Single:
    """Runs single pipelines of a configuration.

    `resources` stand in the place of what the configuration would offer under these paths, and are
    there but for those that are `lost`; `saves` lets persisted contexts be written as ever.
    """

    def __init__(
        self,
        checked: Checked,
        *,
        resources: Mapping[str, Any] | None = None,
        lost: Collection[str] = (),
        clock: Clock | None = None,
        saves: bool = False,
    ) -> None:
        # What a pipeline wants the process to end with; None while it wants it to go on.
        self.exit_code: int | None = None
        self.environment = RuntimeEnvironment(
            checked.configuration,
            catalogue=checked.catalogue,
            settings=checked.settings,
            clock=clock,
            stop=self._stop,
            transient=not saves,
            feeding=False,
        )
        self._offers = checked.offers
        self._resources = _OnDemand(self.environment, checked)
        self.environment.resource_manager = self._resources
        self.environment.configure()
        for path, resource in (resources or {}).items():
            held = {} if path in lost else {"resource": resource}
            self._resources.stand_in(path, **held)

    @property
    def stand_ins(self) -> Mapping[str, Offer]:
        """The offers of those resources that stand in for others, by path."""
        return self._resources.stand_ins

    @asynccontextmanager
    async def running(self, name: str, *, limit: float | None = 30.0) -> AsyncIterator[Pipeline]:
        """The pipeline, while all is up that it depends on.

        A TimeoutError, if that is not available within `limit` seconds.
        """
        async with self.up(name) as pipelines:
            yield await pipelines(name, limit)

    @asynccontextmanager
    async def up(self, *names: str) -> AsyncIterator[_Pipelines]:
        """What gives pipelines of these names, while all is up that they depend on."""
        manager = self.environment.dependency_manager
        asker = _Asker()
        dependencies = {
            name: manager.add_dependency(asker, {"provider": self._path_of(name)})
            for name in dict.fromkeys(names)
        }
        manager.resolve_initial_states()
        await settled(self.environment.application.startService())
        try:
            await self._announce("on_started")
            yield lambda name, limit: self._when_ready(dependencies[name], limit)
        finally:
            await self._announce("on_stopping")
            await settled(self.environment.application.stopService())

    def _path_of(self, name: str) -> str:
        path = f"pipeline.{name}"
        if path not in self._offers:
            names = [each.removeprefix("pipeline.") for each in self._offers]
            raise UnprovidedResourceError(
                f"there is no pipeline {name!r}{did_you_mean(name, names)}"
            )
        return path

    async def _when_ready(self, dependency: Dependency, limit: float | None) -> Pipeline:
        try:
            pipeline: Pipeline = await settled(dependency.wait_for_resource(limit))
        except TimeoutError as late:
            late.add_note(f"not available: {', '.join(self._lacking(dependency))}")
            raise
        return pipeline

    def _lacking(self, dependency: Dependency) -> list[str]:
        """What keeps `dependency` from being ready: those that are at the end of the way."""
        waiting, seen, lacking = [dependency], {id(dependency)}, set()
        while waiting:
            each = waiting.pop()
            below = self.environment.dependency_manager.get_dependencies_of(each)
            lost = [one for one in below if not one.is_ready]
            if not lost:
                lacking.add(each.name)
            waiting += [one for one in lost if id(one) not in seen]
            seen |= set(map(id, lost))
        return sorted(lacking)

    async def _announce(self, name: str) -> None:
        for succeeded, result in await settled(getattr(self.environment, name)()):
            if not succeeded:
                logger.error(
                    "a handler of %s failed", name, exc_info=getattr(result, "value", result)
                )

    def _stop(self, exit_code: int) -> None:
        self.exit_code = self.exit_code or exit_code


class _Asker:
    """Who depends on the pipeline."""

    name = "the one who runs it"


class _OnDemand(ResourceManager):
    """Knows which provider would offer a path, and configures it when somebody asks for that."""

    def __init__(self, environment: RuntimeEnvironment, checked: Checked) -> None:
        super().__init__()
        self._environment = environment
        self._by_path: dict[str, Provider] = {}
        self._marked: list[Any] = []
        self.stand_ins: dict[str, Offer] = {}
        for provider in checked.providers:
            if isinstance(provider, Provider):
                settings = checked.settings.get(provider.section)
                self._by_path |= dict.fromkeys(provider.offers(settings), provider)
            else:
                self._marked.append(provider)
        self._configured: set[int] = set()

    def stand_in(self, path: str, **resource: Any) -> None:
        """Offer `resource`, if there is one, in the place of whatever else would be offered."""
        self.stand_ins[path] = self.offer(path, by="a stand-in", **resource)

    def register(self, path: str, provider: Any) -> None:
        if path not in self.stand_ins:
            super().register(path, provider)

    def is_offered(self, path: str, *, by: object = None) -> bool:
        if by is None and not super().is_offered(path):
            self._configure_for(path)
        return super().is_offered(path, by=by)

    def get_provider_or_fail(self, path: str) -> Any:
        self.is_offered(path)
        return super().get_provider_or_fail(path)

    def _configure_for(self, path: str) -> None:
        provider = self._by_path.get(path)
        for each in self._marked if provider is None else [provider]:
            if id(each) not in self._configured:
                self._configured.add(id(each))
                each.configure(self._environment)
