"""The section `ersid` of a configuration."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ersid.dump import Dump, UnfitDump, restore
from ersid.rest import Service
from piped.backoff import Backoff
from piped.environment import RuntimeEnvironment
from piped.options import Size
from piped.processors.fixed import EngineName
from piped.provider import Provider
from piped.providers.database_waiting import said
from piped.service import PipedDependencyService

__all__ = ["ErsidProvider"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where keys and values are.

    engine: the database, as in database.engines; without one they are in a dictionary
    dump_file: the file for all of them
    restore: whether to read that file back, into a storage that has nothing
    longest_value: how many bytes a value may have
    """

    engine: EngineName | None = None
    dump_file: Path = Path("/tmp/dump")  # noqa: S108 - its name since 2013
    restore: bool = False
    longest_value: Size = 2**20


class ErsidProvider(Provider):
    """Have a store of keys and values at hand.

    `ersid.service` is the store. What answers requests is `ersid.get`, `ersid.set`, `ersid.delete`
    and `ersid.list`, and `ersid.dump` writes the dump: they are there while the storage is::

        ersid:
            engine: ersid
            dump_file: /tmp/dump
    """

    section: ClassVar[str] = "ersid"
    settings: ClassVar[Any] = Settings

    def offers(self, settings: Settings) -> Iterable[str]:
        del settings
        return ["ersid.service", *(f"ersid.{name}" for name in _NAMES)]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        settings: Settings = runtime_environment.settings(self.section)
        storage = {} if settings.engine is None else _stored_in(settings.engine)
        service = Service(storage, settings.longest_value)
        runtime_environment.offer("ersid.service", resource=service)
        opening = _Opening(service, settings)
        opening.configure(runtime_environment)
        opening.setServiceParent(runtime_environment.application)


_NAMES = ("get", "set", "delete", "list", "dump")


def _stored_in(engine: EngineName) -> Any:
    from ersid.database import DatabaseStorage  # who has no database needs no SQLAlchemy

    return DatabaseStorage(engine)


class _Opening(PipedDependencyService):
    """Has the storage opened whenever it is there, and offers then what can be done with it."""

    def __init__(self, service: Service, settings: Settings) -> None:
        super().__init__()
        self.setName("ersid")
        self._storage = service.storage
        self._settings = settings
        self._engine: Any = None
        self._is_to_restore = settings.restore
        dump = Dump(service, settings.dump_file)
        self._methods: dict[str, Any] = {
            "get": service.get_key,
            "set": service.set_key,
            "delete": service.delete_key,
            "list": service.list_keys,
            "dump": dump,
        }

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._offers = {name: runtime_environment.offer(f"ersid.{name}") for name in _NAMES}
        self.self_dependency.on_lost += self._lost
        runtime_environment.on_stopping.handle(self._dump)
        if self._settings.engine is not None:
            manager = runtime_environment.dependency_manager
            needed = {"provider": f"database.engine.{self._settings.engine}"}
            self._engine = manager.add_dependency(self, needed)

    async def run_with_dependencies(self) -> None:
        backoff = Backoff(0.5, 5.0)
        while True:
            try:
                await self._open()
            except UnfitDump as fault:
                # It is not to be written over before somebody has looked at it.
                logger.critical("%s", fault)
                self.runtime_environment.stop(1)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, it may be mended
                delay = backoff.next()
                logger.error("the storage cannot be used: %s; again in %.1f s", said(error), delay)  # noqa: TRY400 - one line says all
                await self.runtime_environment.clock.sleep(delay)
            else:
                return

    async def _open(self) -> None:
        if self._engine is not None:
            await self._storage.open(self._engine.get_resource())
        if self._is_to_restore:
            await restore(self._storage, self._settings.dump_file)
            self._is_to_restore = False  # what is deleted later, stays so
        for name, offer in self._offers.items():
            offer.ready(self._methods[name])

    async def _dump(self) -> None:
        """Once more, before it stops, if there is anything to dump."""
        if self._offers["dump"].is_ready:
            await self._methods["dump"]({})

    def _lost(self, _: object, reason: object) -> None:
        for offer in self._offers.values():
            offer.lost(reason)
