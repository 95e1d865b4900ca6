"""Batons that flow: given by anybody, handed to pipelines, or to whatever takes batons."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.backoff import Backoff
from piped.dependencies import ResourceDependency
from piped.exceptions import (
    BatonDropped,
    ConfigurationError,
    PipelineFull,
    ResourceLost,
    brief,
)
from piped.flow_part import DrainPart, FountPart, TubePart
from piped.flows.at_once import AtOnce
from piped.flows.drain import Discard
from piped.flows.feed import Feed
from piped.flows.series import Joined
from piped.flows.working import Failing
from piped.interop import is_later, settled
from piped.options import Between, Duration, Lambda, PipelineName, ResourceName
from piped.processing.handing import hand_to
from piped.processors.fixed import bound

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment

__all__ = ["BatonFount", "PipelineTube", "ProcessorDrain"]

logger = logging.getLogger(__name__)

Count = Annotated[int, Between(1)]
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0
_LONGEST_RETRY = 60.0


class BatonFount(FountPart):
    """Take the batons that are handed to the flow: name it `flow.NAME` where a processor stands.

    Whoever hands a baton over waits until it is stored, or until there is room for it.
    """

    name = "batons"

    def __init__(self, room: Count = 1000, confirm: Literal["stored", "taken"] = "stored") -> None:
        """
        room: how many may wait to flow
        confirm: what a baton's run waits for: until it is `stored`, or only `taken` in
        """
        self.room = room
        self.confirm = confirm

    def make(self) -> Feed:
        return Feed(self.room, confirms=self.confirm == "stored")


@dataclass(frozen=True)
class _Retry:
    """How often, and after which times, an item is tried again whose run failed."""

    first: float | None
    most: int | None

    def __post_init__(self) -> None:
        if self.first is not None and self.first <= 0:
            raise ConfigurationError("`retry` is longer than nothing")
        if self.most is not None and self.first is None:
            raise ConfigurationError("`max_retries` goes with `retry`")

    def backoff(self) -> Backoff | None:
        """For one item; None if it is not to be tried again."""
        return None if self.first is None else Backoff(self.first, _LONGEST_RETRY)

    def is_over(self, backoff: Backoff) -> bool:
        """Whether it was tried often enough."""
        return self.most is not None and backoff.attempts >= self.most


class _Handing:
    """Hands items to a resource. While it is lost, or has no room, they wait."""

    def __init__(self, processor: ResourceDependency, clock: Clock, retry: _Retry) -> None:
        self.processor = processor
        self._clock = clock
        self._retry = retry

    def __call__(self, item: Any) -> Any:
        """What comes of it: now, or later."""
        if not self.processor.is_ready:
            return self._later(item)
        try:
            begun = hand_to(self.processor.get_resource(), item)
        except Exception as failure:
            if self._may_pass(failure):
                return self._later(item, _raised(failure))
            raise
        return self._later(item, begun) if is_later(begun) else begun

    async def _later(self, item: Any, begun: Any = None) -> Any:
        full, failing = Backoff(_FIRST_WAIT, _LONGEST_WAIT), self._retry.backoff()
        while True:
            try:
                if begun is None:
                    begun = hand_to(await self._available(), item)
                return await settled(begun)
            except (PipelineFull, ResourceLost):
                delay = full.next()
            except Exception as failure:
                if failing is None or self._retry.is_over(failing) or not self._may_pass(failure):
                    raise
                delay = failing.next()
                self._tell(failure, delay)
            begun = None
            await self._clock.sleep(delay)

    def _may_pass(self, failure: Exception) -> bool:
        """Whether the item is to be tried again."""
        if isinstance(failure, PipelineFull | ResourceLost):
            return True
        return self._retry.first is not None and not isinstance(failure, BatonDropped)

    def _tell(self, failure: Exception, delay: float) -> None:
        said = (self.processor.provider, type(failure).__name__, brief(failure), delay)
        logger.warning("%s: %s: %s; again in %.1f s", *said)

    async def _available(self) -> Any:
        if self.processor.is_ready:
            return self.processor.get_resource()
        return await settled(self.processor.wait_for_resource())


async def _raised(failure: Exception) -> Any:
    raise failure


class PipelineTube(TubePart):
    """Run a pipeline with each item as its baton. Each of its results flows on."""

    name = "pipeline"
    waits = True

    def __init__(
        self,
        pipeline: PipelineName,
        *,
        parallel: Count = 1,
        ordered: bool = True,
        failing: Failing = "refuse",
        key: Lambda | None = None,
        retry: Duration | None = None,
        max_retries: int | None = None,
    ) -> None:
        """
        pipeline: its name
        parallel: how many items are under way at once
        ordered: whether results flow on in the order of the items
        failing: an item whose run fails is refused to its originator, or with `stop` ends the flow
        key: a lambda that gives the key of an item; of those with one key one is under way at once
        retry: an item whose run failed is tried again after so long, later and later
        max_retries: how often it is tried again; for ever by default
        """
        self._pipeline = pipeline
        self._how = (parallel, ordered, failing, bound("key", key))
        self._retry = _Retry(retry, max_retries)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        dependency = ResourceDependency(f"pipeline.{self._pipeline.lstrip('.')}")
        runtime_environment.dependency_manager.add_dependency(self, dependency)
        self._handing = _Handing(dependency, runtime_environment.clock, self._retry)

    def make(self) -> AtOnce:
        made = AtOnce(self._handing, *self._how, many=True)
        made.name = f"pipeline.{self._pipeline.lstrip('.')}"
        return made


class ProcessorDrain(DrainPart):
    """Hand each item to whatever takes batons. It is stored when its run has ended."""

    name = "processor"
    waits = True

    def __init__(
        self,
        processor: ResourceName,
        *,
        parallel: Count = 1,
        failing: Failing = "refuse",
        key: Lambda | None = None,
        retry: Duration | None = None,
        max_retries: int | None = None,
    ) -> None:
        """
        processor: what gets the items
        parallel: how many items are under way at once
        failing: an item whose run fails is refused to its originator, or with `stop` ends the flow
        key: a lambda that gives the key of an item; of those with one key one is under way at once
        retry: an item whose run failed is tried again after so long, later and later
        max_retries: how often it is tried again; for ever by default
        """
        self._processor = processor
        self._how = (parallel, False, failing, bound("key", key))
        self._retry = _Retry(retry, max_retries)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        dependency = ResourceDependency(self._processor.path, self._processor.configuration)
        runtime_environment.dependency_manager.add_dependency(self, dependency)
        self._handing = _Handing(dependency, runtime_environment.clock, self._retry)

    def make(self) -> Joined:
        first, last = AtOnce(self._handing, *self._how), Discard()
        first.name = str(self._processor)
        return Joined(first, first.flow_to(last))
