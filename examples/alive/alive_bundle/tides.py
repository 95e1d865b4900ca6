"""A resource that comes and goes, and a processor that needs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from twisted.application.service import Service

from piped.environment import RuntimeEnvironment
from piped.options import Duration
from piped.processors.base import Processor
from piped.provider import Provider


@dataclass(frozen=True, kw_only=True)
class Tide:
    """How long the water stays.

    high: how long it is high, and the harbour is open
    low: how long it is low
    """

    high: Duration = 12.0
    low: Duration = 6.0


class TideProvider(Provider):
    """Offer harbours, each as long as its water is high."""

    section: ClassVar[str] = "tides"
    settings: ClassVar[Any] = dict[str, Tide]

    def offers(self, settings: dict[str, Tide]) -> Iterable[str]:
        return [f"tide.{name}" for name in settings]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        for name, tide in runtime_environment.settings(self.section, {}).items():
            Harbour(name, tide, runtime_environment).setServiceParent(
                runtime_environment.application
            )


class Harbour(Service):
    """One harbour and its water."""

    def __init__(self, name: str, tide: Tide, runtime_environment: RuntimeEnvironment) -> None:
        self.setName(f"tide.{name}")
        self._tide = tide
        self._clock = runtime_environment.clock
        self._offer = runtime_environment.offer(f"tide.{name}")
        self._turn = None

    def startService(self) -> None:
        super().startService()
        self._rise()

    def stopService(self) -> None:
        super().stopService()
        self._turn.cancel()

    def _rise(self) -> None:
        self._offer.ready(self)
        self._turn = self._clock.call_later(self._tide.high, self._fall)

    def _fall(self) -> None:
        self._offer.lost("the water is low")
        self._turn = self._clock.call_later(self._tide.low, self._rise)


class Sail(Processor):
    """Leave a harbour, which must be open."""

    name = "sail"

    def __init__(self, *, harbour: str, output_path: str = "report", **options: object) -> None:
        """
        harbour: the name of the harbour
        output_path: where to put what there is to tell
        """
        super().__init__(**options)
        self._harbour = harbour
        self._output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.dependencies = runtime_environment.create_dependency_map(
            self, harbour={"provider": f"tide.{self._harbour}"}
        )

    def process(self, baton: dict[str, Any]) -> dict[str, Any]:
        report = f"a ferry left {self.dependencies.harbour.name}"
        return self.get_resulting_baton(baton, self._output_path, report)
