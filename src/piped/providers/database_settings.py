"""Databases: the settings of engines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.options import Between, DottedName, Duration, ResourceName
from piped.options.names import NameBelow
from piped.providers.database_url import DatabaseURL
from piped.providers.reconnection import Retrying
from piped.secret import Secret

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["EngineOptions", "EngineSettings", "ListenerName", "ListenerSettings"]

Count = Annotated[int, Between(0)]
Isolation = Literal[
    "SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED", "AUTOCOMMIT"
]


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """Where the database is, and how many connections there are to it.

    url: the database; without one it is a file of SQLite, NAME.sqlite
    password: the password, instead of one in the url
    pool_size: how many connections are kept
    max_overflow: how many more there may be at times
    pool_timeout: how long one waits for a connection
    pool_recycle: how old a connection may get
    isolation_level: how much transactions see of each other; that of the database by default
    echo: whether to log each statement
    connect_args: what else the driver is to know
    """

    url: DatabaseURL | None = None
    password: Secret | None = None
    pool_size: Annotated[int, Between(1)] = 5
    max_overflow: Count = 10
    pool_timeout: Duration = 30.0
    pool_recycle: Duration | None = None
    isolation_level: Isolation | None = None
    echo: bool = False
    connect_args: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.password is not None and (self.url is None or not self.url.url.username):
            raise ValueError("a `password` is for a `url` with the name of a user")
        if self.password is not None and self.url is not None and self.url.url.password:
            raise ValueError("there is a `password`, and another one in the `url`")

    @property
    def address(self) -> URL:
        """The URL, with the password."""
        assert self.url is not None, "an engine without one has got one"
        if self.password is None:
            return self.url.url
        return self.url.url.set(password=self.password.reveal())


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """A database, and how to see whether it is there.

    engine: where the database is, and how many connections there are to it
    ping_interval: how often to see whether it is there
    retry_interval: how long to wait, at most, before trying again to reach it
    timeout: how long it may take to connect, or to answer a ping
    close_time: how long what is under way is waited for when the process stops
    events: functions to call at SQLAlchemy's events of engines and pools, by dotted names
    checkout: statements to run on each connection that is taken from the pool
    checkin: statements to run on each connection that comes back to the pool
    """

    engine: EngineOptions = EngineOptions()
    ping_interval: Duration = 10.0
    retry_interval: Duration = 5.0
    timeout: Duration = 10.0
    close_time: Duration = 5.0
    events: dict[str, DottedName | list[DottedName]] = field(default_factory=dict)
    checkout: str | list[str] = field(default_factory=list)
    checkin: str | list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("ping_interval", "retry_interval", "timeout"):
            if getattr(self, name) <= 0:
                raise ValueError(f"`{name}` is longer than nothing")

    @property
    def retrying(self) -> Retrying:
        """How often to try to connect."""
        longest = self.retry_interval
        return Retrying(initial_delay=min(0.5, longest), max_delay=longest, timeout=self.timeout)

    def named(self, name: str) -> EngineSettings:
        """These, with the URL that an engine of that name has without one."""
        if self.engine.url is not None:
            return self
        url = DatabaseURL(f"sqlite:///{name}.sqlite")
        return replace(self, engine=replace(self.engine, url=url))

    @property
    def handlers(self) -> dict[str, list[DottedName]]:
        """Who is called at an event."""
        return {
            event: names if isinstance(names, list) else [names]
            for event, names in self.events.items()
        }

    def statements(self, at: Literal["checkout", "checkin"]) -> list[str]:
        """What is run on a connection at that event."""
        given: str | list[str] = getattr(self, at)
        return [given] if isinstance(given, str) else given


class ListenerName(
    NameBelow, prefix="database.listener", expected="the name of an engine, as in database.engines"
):
    """The name of an engine of PostgreSQL."""


@dataclass(frozen=True, kw_only=True)
class ListenerSettings:
    """What to listen to, and who hears of it.

    engine: the name of the database, one of PostgreSQL, as in database.engines
    channels: the channel to listen to, or several
    processor: what gets a baton for each notification
    initial: what gets a baton whenever listening begins, to make up for what may have been missed
    lock: the name of a lock; of all who have it, in whatever process, one listens at a time
    """

    engine: ListenerName
    channels: str | list[str]
    processor: ResourceName
    initial: ResourceName | None = None
    lock: str | None = None

    def __post_init__(self) -> None:
        if not self.names or not all(self.names):
            raise ValueError("`channels` names at least one")
        if any(len(each.encode()) > 63 for each in self.names):
            raise ValueError("the name of a channel has at most 63 bytes")

    @property
    def names(self) -> list[str]:
        return [self.channels] if isinstance(self.channels, str) else self.channels
