"""Who may log in: the settings of Twisted's checkers, and the checkers made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from piped.options import DottedName
from piped.secret import Secret

__all__ = ["Checker", "checkers_of"]

_IN_MEMORY = "twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse"


@dataclass(frozen=True, kw_only=True)
class Checker:
    """Something of `twisted.cred` that knows who is who.

    name: the class, like twisted.cred.checkers.FilePasswordDB
    arguments: what it is made with, by name; for one that keeps all in memory, names and passwords
    """

    name: DottedName
    arguments: dict[str, Secret | Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self.make()
        except (ImportError, AttributeError) as error:
            raise ValueError(f"there is no {str(self.name)!r}: {error}") from error
        except Exception as error:
            raise ValueError(f"{str(self.name)!r} cannot be made: {error}") from error

    def make(self) -> Any:
        """The checker itself."""
        arguments = {name: _revealed(each) for name, each in self.arguments.items()}
        if self.name.name == _IN_MEMORY:
            return _in_memory(arguments)
        checker = self.name.load()(**arguments)
        if not hasattr(checker, "requestAvatarId"):
            raise TypeError("it is no checker")
        return checker


def checkers_of(settings: Checker | Mapping[str, Checker] | None) -> list[Any]:
    """The checkers, of one or several."""
    if settings is None:
        return []
    each: Iterable[Checker] = [settings] if isinstance(settings, Checker) else settings.values()
    return [one.make() for one in each]


def _revealed(value: Any) -> Any:
    """`value` with the secrets in it as texts: a checker is where they are needed."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: _revealed(each) for name, each in value.items()}
    return [_revealed(each) for each in value] if isinstance(value, list) else value


def _in_memory(users: Mapping[str, Any]) -> Any:
    """What is on the wire are bytes, and a configuration has texts. Names may have any letters."""
    from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse

    checker = InMemoryUsernamePasswordDatabaseDontUse()
    for name, password in users.items():
        checker.addUser(name.encode(), _bytes_of(password))
    return checker


def _bytes_of(password: Any) -> bytes:
    return password if isinstance(password, bytes) else str(password).encode()
