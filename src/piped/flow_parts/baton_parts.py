"""Batons that flow: given by anybody, handed to pipelines, or to whatever takes batons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Literal

from piped.backoff import Backoff
from piped.dependencies import ResourceDependency
from piped.exceptions import PipelineFull, ResourceLost
from piped.flow_part import DrainPart, FountPart, TubePart
from piped.flow_parts.control_parts import key_of
from piped.flows.drain import Discard
from piped.flows.feed import Feed
from piped.flows.later import Later
from piped.flows.series import Joined
from piped.flows.working import Failing
from piped.interop import settled
from piped.options import Lambda, PipelineName, ResourceName
from piped.processing.handing import hand_to

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment

__all__ = ["BatonFount", "PipelineTube", "ProcessorDrain"]

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0


class BatonFount(FountPart):
    """Take the batons that are handed to the flow: name it `flow.NAME` where a processor stands.

    Whoever hands a baton over waits until it is stored, or until there is room for it.
    """

    name = "batons"

    def __init__(self, room: int = 1000, confirm: Literal["stored", "taken"] = "stored") -> None:
        """
        room: how many may wait to flow
        confirm: what a baton's run waits for: until it is `stored`, or only `taken` in
        """
        self.room = room
        self.confirm = confirm

    def make(self) -> Feed:
        return Feed(self.room, confirms=self.confirm == "stored")


class _Handing:
    """Hands items to a resource. While it is lost, or has no room, they wait."""

    def __init__(self, processor: ResourceDependency, clock: Clock) -> None:
        self.processor = processor
        self._clock = clock

    async def __call__(self, item: Any) -> Any:
        backoff = Backoff(_FIRST_WAIT, _LONGEST_WAIT)
        while True:
            processor = await self._available()
            try:
                return await settled(hand_to(processor, item))
            except (PipelineFull, ResourceLost):
                await self._clock.sleep(backoff.next())

    async def each(self, item: Any) -> AsyncIterator[Any]:
        """Each of its results."""
        for result in await self(item):
            yield result

    async def _available(self) -> Any:
        if self.processor.is_ready:
            return self.processor.get_resource()
        return await settled(self.processor.wait_for_resource())


class PipelineTube(TubePart):
    """Run a pipeline with each item as its baton. Each of its results flows on."""

    name = "pipeline"
    waits = True

    def __init__(
        self,
        pipeline: PipelineName,
        parallel: int = 1,
        ordered: bool = True,
        failing: Failing = "refuse",
        key: Lambda | None = None,
    ) -> None:
        """
        pipeline: its name
        parallel: how many items are under way at once
        ordered: whether results flow on in the order of the items
        failing: an item whose run fails is refused to its originator, or with `stop` ends the flow
        key: a lambda that gives the key of an item: those of one key run one after the other
        """
        self._pipeline = pipeline
        self._how = (parallel, ordered, failing, key_of(key))

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        dependency = ResourceDependency(f"pipeline.{self._pipeline.lstrip('.')}")
        runtime_environment.dependency_manager.add_dependency(self, dependency)
        self._handing = _Handing(dependency, runtime_environment.clock)

    def make(self) -> Later:
        return Later(self._handing.each, *self._how)


class ProcessorDrain(DrainPart):
    """Hand each item to whatever takes batons. It is stored when its run has ended."""

    name = "processor"
    waits = True

    def __init__(
        self,
        processor: ResourceName,
        parallel: int = 1,
        failing: Failing = "refuse",
        key: Lambda | None = None,
    ) -> None:
        """
        processor: what gets the items
        parallel: how many items are under way at once
        failing: an item whose run fails is refused to its originator, or with `stop` ends the flow
        key: a lambda that gives the key of an item: those of one key run one after the other
        """
        self._processor = processor
        self._how = (parallel, False, failing, key_of(key))

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        dependency = ResourceDependency(self._processor.path, self._processor.configuration)
        runtime_environment.dependency_manager.add_dependency(self, dependency)
        self._handing = _Handing(dependency, runtime_environment.clock)

    def make(self) -> Joined:
        first, last = Later(self._handing, *self._how), Discard()
        first.name = str(self._processor)
        return Joined(first, first.flow_to(last))
