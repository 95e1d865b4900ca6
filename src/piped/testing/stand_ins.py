"""The fakes of a case at work: made of what the configuration says of them, and of a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from piped.catalogue import Plugin
from piped.clock import Clock
from piped.paths import set_path
from piped.processors.base import Processor
from piped.providers.tests_forms import NOTHING
from piped.providers.tests_settings import Act, Fake, FakeProcessor, FakeResource, Fakes
from piped.testing.comparing import difference, shown

__all__ = ["StandIns"]

_ORIGIN = "a fake"
_PIPELINE = "pipeline."


class StandIns:
    """All fakes of one case."""

    def __init__(self, fakes: Fakes, clock: Clock) -> None:
        self._clock = clock
        self._lost = {
            path: fake for path, fake in fakes.resources.items() if fake.lost is not False
        }
        self._actors: dict[str, _Actor] = {}
        self.processors = {
            name: self._plugin(name, fake) for name, fake in fakes.processors.items()
        }
        self.resources = {
            path: self._resource(path, fake) for path, fake in fakes.resources.items()
        }

    @property
    def not_there(self) -> set[str]:
        """The paths of those resources that are lost from the beginning."""
        return {path for path, fake in self._lost.items() if fake.lost is True}

    def is_gone(self, offers: Mapping[str, Any]) -> bool:
        """Whether one is not there, and will not be found again."""
        return any(
            fake.after is None and not offers[path].is_ready for path, fake in self._lost.items()
        )

    def begin(self, offers: Mapping[str, Any]) -> None:
        """From now on, resources are lost and found at their times."""
        for path, fake in self._lost.items():
            offer, resource = offers[path], self.resources[path]
            begins = 0.0 if fake.lost is True else float(fake.lost)
            if fake.lost is not True:
                self._clock.call_later(begins, offer.lost)
            if fake.after is not None:
                self._clock.call_later(begins + fake.after, offer.ready, resource)

    def complaints(self) -> Iterator[str]:
        """What fakes were given that they should not have been."""
        for name, actor in self._actors.items():
            wrong = actor.complaint()
            if wrong:
                yield f"{name} was given something else: {wrong}"

    def _resource(self, path: str, fake: FakeResource) -> Any:
        if fake.acts:
            actor = self._actors[path] = _Actor(fake, self._clock)
            return actor.results if path.startswith(_PIPELINE) else actor
        return None if fake.is_ is NOTHING else deepcopy(fake.is_)

    def _plugin(self, name: str, fake: FakeProcessor) -> Plugin:
        actor = self._actors[name] = _Actor(fake, self._clock)
        kind = _Twice if fake.duplicate else _Once

        def made(**options: Any) -> Processor:
            """Stand in for a processor, whatever its options."""
            return kind(actor, options)

        return Plugin("processor", name, _ORIGIN, "", found=made)


class _Actor:
    """Does with batons what a fake is told to."""

    def __init__(self, fake: Fake, clock: Clock) -> None:
        self._expected = fake.was_given
        self._acts: Sequence[Act] = (fake, *fake.then)
        self._clock = clock
        self._given: list[Any] = []

    def __call__(self, baton: Any) -> Any:
        act = self._acts[min(len(self._given), len(self._acts) - 1)]
        # The baton may be changed by those who come after.
        self._given.append(_copied(baton))
        return self._later(act, baton) if act.takes else self._done(act, baton)

    async def results(self, baton: Any) -> list[Any]:
        """What a pipeline gives."""
        output = self(baton)
        return [await output if hasattr(output, "__await__") else output]

    def complaint(self) -> str:
        return "" if self._expected is None else difference(self._expected, self._given)

    async def _later(self, act: Act, baton: Any) -> Any:
        await self._clock.sleep(act.takes)
        return self._done(act, baton)

    def _done(self, act: Act, baton: Any) -> Any:
        if act.fails is not None:
            raise act.fails.failure()
        output = baton if act.gives is NOTHING else deepcopy(act.gives)
        for path, value in (act.sets or {}).items():
            set_path(output, path, deepcopy(value))
        return output


class _StandIn(Processor):
    """Has an actor for its batons."""

    # What it was given as options means nothing to it, but it has to keep each `!path`.
    resolves = ("given",)

    def __init__(self, actor: _Actor, given: Mapping[str, Any]) -> None:
        super().__init__()
        self.given = given
        self._actor = actor


class _Once(_StandIn):
    """Hands each baton to what acts."""

    def process(self, baton: Any) -> Any:
        return self._actor(baton)


class _Twice(_StandIn):
    """Hands on what comes of a baton, and a copy of it."""

    async def process(self, baton: Any) -> AsyncIterator[Any]:
        output = self._actor(baton)
        output = await output if hasattr(output, "__await__") else output
        again = _copied(output)
        yield output
        yield again


def _copied(baton: Any) -> Any:
    """A copy; of what cannot be copied, what it looks like."""
    try:
        return deepcopy(baton)
    except Exception:  # noqa: BLE001 - whatever is in a baton may refuse in any way
        return shown(baton)
