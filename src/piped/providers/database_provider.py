"""Databases: engines of SQLAlchemy, and what PostgreSQL tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.problems import Kind, Problem, did_you_mean
from piped.provider import Provider
from piped.providers.database_settings import EngineSettings, ListenerSettings
from piped.resource import Offer

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check
    from piped.providers.database_service import PostgresListenerService

__all__ = ["DatabaseEngineProvider", "DatabaseListenerProvider", "PostgresListenerService"]


class DatabaseEngineProvider(Provider):
    """Have databases at hand: SQLite, PostgreSQL, MySQL and MariaDB.

    The resource is an `AsyncEngine` of SQLAlchemy. It is there while the database answers; the
    processors `run-query`, `stream-query` and `insert-rows` use it::

        database:
            engines:
                shop:                       # the resource database.engine.shop
                    engine:
                        url: postgresql://shop@db.example.com/shop
                        password: !secret {env: SHOP_PASSWORD}
                        pool_size: 20
                    ping_interval: 5s
                    checkout: SET statement_timeout TO 5000
                notes: {}                   # a file of SQLite, notes.sqlite
    """

    section: ClassVar[str] = "database.engines"
    settings: ClassVar[Any] = dict[str, EngineSettings]
    requires: ClassVar[tuple[str, ...]] = ("sqlalchemy", "greenlet", "aiosqlite")
    extra: ClassVar[str] = "database"

    def offers(self, settings: dict[str, EngineSettings]) -> Iterable[str]:
        for name, engine in settings.items():
            yield f"database.engine.{name}"
            if _can_listen(engine):
                yield f"database.listener.{name}"

    def withheld(self, settings: dict[str, EngineSettings]) -> Mapping[str, Problem]:
        return {
            f"database.listener.{name}": Problem(
                Kind.UNKNOWN_REFERENCE,
                None,
                f"database.engines.{name} is no PostgreSQL by psycopg, and tells nothing",
                "Listen to an engine whose url begins with postgresql://.",
            )
            for name, engine in settings.items()
            if not _can_listen(engine)
        }

    def check(
        self, settings: dict[str, EngineSettings], catalogue: Catalogue, check: Check
    ) -> None:
        del catalogue
        for name, engine in settings.items():
            for fault, hint in _faults(engine):
                message = f"database.engines.{name}.events.{fault}"
                check.problem(Kind.WRONG_VALUE, None, message, hint)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.database_engine import DatabaseEngine

        engines: dict[str, EngineSettings] = runtime_environment.settings(self.section, {})
        for name, settings in engines.items():
            offer = runtime_environment.offer(f"database.engine.{name}")
            clock = runtime_environment.clock
            engine = DatabaseEngine(name, settings.named(name), clock, offer)
            engine.setServiceParent(runtime_environment.application)
            if _can_listen(settings):
                _offer_listener(name, settings, runtime_environment)


class DatabaseListenerProvider(Provider):
    """Hand a baton to a processor for each notification of PostgreSQL.

    The baton has `channel`, `payload` (a text) and `pid`. A notification that is sent while nobody
    listens is lost; `initial` is where one looks for what it was about::

        database:
            listeners:
                orders:
                    engine: shop
                    channels: [new_order, cancelled_order]
                    processor: pipeline.order
                    initial: pipeline.orders_that_wait
                    lock: orders        # one process at a time
    """

    section: ClassVar[str] = "database.listeners"
    settings: ClassVar[Any] = dict[str, ListenerSettings]
    requires: ClassVar[tuple[str, ...]] = ("psycopg",)
    extra: ClassVar[str] = "postgres"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.database_service import NotificationFeeder

        listeners: dict[str, ListenerSettings] = runtime_environment.settings(self.section, {})
        # Who runs single batons listens to nothing.
        for name, settings in listeners.items() if runtime_environment.feeding else ():
            feeder = NotificationFeeder(name, settings)
            feeder.configure(runtime_environment)
            feeder.setServiceParent(runtime_environment.application)


class _Asked(Offer):
    """An offer whose resource is made when somebody asks for it."""

    ask: Callable[[], object]

    def add_consumer(self, dependency: Any) -> None:
        self.ask()
        super().add_consumer(dependency)


def _can_listen(settings: EngineSettings) -> bool:
    url = settings.engine.url
    return url is not None and url.is_postgresql and url.driver == "psycopg_async"


def _offer_listener(name: str, settings: EngineSettings, environment: RuntimeEnvironment) -> None:
    from piped.providers.database_listener import PostgresListener

    listener = PostgresListener(name, settings, environment.clock)
    path = f"database.listener.{name}"
    offer = _Asked(environment.resource_manager, path, "database.engines")
    offer.ask = listener.ask
    listener.offer = offer
    environment.resource_manager.register(path, offer)
    listener.setServiceParent(environment.application)


def _faults(settings: EngineSettings) -> Iterator[tuple[str, str]]:
    """What is wrong with the handlers of events."""
    if not settings.events:
        return
    known = _events()
    for event, handlers in settings.handlers.items():
        if event not in known:
            near = did_you_mean(event, known)
            yield f"{event}: there is no such event{near}", f"There are {', '.join(known)}."
            continue
        for handler in handlers:
            try:
                found = handler.load()
            except (ImportError, AttributeError) as error:
                yield f"{event}: there is no {handler}: {error}", "Name it as one imports it."
            else:
                if not callable(found):
                    yield f"{event}: {handler} cannot be called", "Name a function."


def _events() -> list[str]:
    from sqlalchemy.engine.events import ConnectionEvents
    from sqlalchemy.pool.events import PoolEvents

    return sorted(
        name
        for events in (ConnectionEvents, PoolEvents)
        for name in vars(events)
        if not name.startswith("_") and name != "dispatch"
    )


def __getattr__(name: str) -> Any:
    # Its base class is Twisted's kin, which takes its time to import.
    if name == "PostgresListenerService":
        from piped.providers.database_service import PostgresListenerService

        return PostgresListenerService
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
