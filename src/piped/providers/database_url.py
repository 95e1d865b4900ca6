"""Where a database is: a URL, whose password nobody is to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.conf.nodes import Node
from piped.options import INVALID, Check
from piped.problems import Kind, did_you_mean
from piped.secret import Secret

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["DatabaseURL"]

# The driver that is used for a kind of database, as SQLAlchemy calls it, and the extra that has it.
_DRIVERS = {
    "sqlite": ("sqlite+aiosqlite", "database"),
    "postgresql": ("postgresql+psycopg_async", "postgres"),
    "mysql": ("mysql+asyncmy", "mysql"),
    "mariadb": ("mariadb+asyncmy", "mysql"),
}
# Other names of what is the same.
_SAME = {"postgres": "postgresql", "postgresql+psycopg": "postgresql+psycopg_async"}
_EXPECTED = "the URL of a database like postgresql://user@host/name"


class _Fault(Exception):
    """What is wrong with a URL."""

    def __init__(self, message: str, hint: str = "", kind: Kind = Kind.WRONG_VALUE) -> None:
        super().__init__(message)
        self.message, self.hint, self.kind = message, hint, kind


class DatabaseURL:
    """A URL in the notation of SQLAlchemy, with a driver that does not keep the loop waiting."""

    def __init__(self, text: str) -> None:
        self.url = _url_of(text)
        for part in (self.url.password, *_passwords_in(text)):
            if part:
                Secret(part).reveal()  # no log is to show it, should a driver repeat it

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        value = getattr(node, "value", None)
        text = value.reveal() if isinstance(value, Secret) else value
        if type(text) is not str:
            return check.unfit(node, check.what, _EXPECTED)
        try:
            return cls(text)
        except _Fault as fault:
            message = f"{check.what}: {fault.message}" if check.what else fault.message
            check.problem(fault.kind, node, message, fault.hint)
            return INVALID

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string", "examples": ["postgresql://user@host/name"]}

    @property
    def is_postgresql(self) -> bool:
        return self.url.get_backend_name() == "postgresql"

    @property
    def driver(self) -> str:
        """The name of the library that speaks to the database."""
        return self.url.get_driver_name()

    def __str__(self) -> str:
        """Where it is, for people: without a password, and what else may be one."""
        shown = self.url.set(password=None, query={})
        return shown.render_as_string()

    def __repr__(self) -> str:
        return f"<DatabaseURL {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatabaseURL) and other.url == self.url

    def __hash__(self) -> int:
        return hash(self.url)


def _url_of(text: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        # What is said of it repeats it.
        raise _Fault(f"expected {_EXPECTED}") from None
    name = _SAME.get(url.drivername, url.drivername)
    name, extra = _DRIVERS.get(name, (name, ""))
    if not extra:
        extra = next((extra for driver, extra in _DRIVERS.values() if driver == name), "")
    url = url.set(drivername=name)
    _look_at(url, extra)
    return url


def _look_at(url: URL, extra: str) -> None:
    """Raise a fault, if there is no such driver, or if it is of no use here."""
    from sqlalchemy.exc import NoSuchModuleError

    try:
        dialect = url.get_dialect()
    except NoSuchModuleError:
        near = did_you_mean(url.get_backend_name(), _DRIVERS)
        raise _Fault(
            f"there is no kind of database {url.drivername!r}{near}",
            f"Those that are known here: {', '.join(_DRIVERS)}.",
        ) from None
    if not dialect.is_async:
        kind = url.get_backend_name()
        plain = f"Write {kind}://…" if kind in _DRIVERS else "Name one that is asynchronous"
        raise _Fault(
            f"the driver {url.get_driver_name()!r} keeps all others waiting while it waits",
            f"{plain}; see the drivers of SQLAlchemy's asyncio.",
        )
    try:
        dialect.import_dbapi()
    except ImportError as error:
        missing = error.name or url.get_driver_name()
        hint = f"pip install 'piped[{extra}]'" if extra else f"pip install {missing}"
        message = f"{url.drivername} needs {missing}, which is not installed"
        raise _Fault(message, hint, Kind.MISSING_EXTRA) from None


def _passwords_in(text: str) -> list[str]:
    """The password as it is written, with its escapes."""
    _, _, behind = text.partition("://")
    user, at, _ = behind.rpartition("@")
    return [user.partition(":")[2]] if at else []
