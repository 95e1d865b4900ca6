"""The modules of a package, imported one by one; one that fails does not hide the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

__all__ = ["Failed", "Imported", "module_names", "modules"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A module, which may have put any object in its place."""

    name: str
    module: object

    @property
    def contents(self) -> dict[str, object]:
        return dict(getattr(self.module, "__dict__", {}))

    @property
    def file(self) -> str:
        """Where it is from; a package without an `__init__.py` has but a name."""
        return getattr(self.module, "__file__", None) or self.name


@dataclass(frozen=True, slots=True)
class Failed:
    """A module that cannot be imported."""

    name: str
    error: BaseException


def modules(name: str, wanted: Callable[[str], bool]) -> Iterator[Imported | Failed]:
    """The module `name` and, if it is a package, all within, by name.

    What is not wanted is not imported, and neither is what is within it.
    """
    if not wanted(name):
        return
    found = _imported(name)
    yield found
    for inner in _within(found):
        yield from modules(inner, wanted)


def _imported(name: str) -> Imported | Failed:
    try:
        return Imported(name, import_module(name))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may raise anything; it is reported
        return Failed(name, error)


def _within(found: Imported | Failed) -> Iterator[str]:
    if isinstance(found, Imported):
        yield from module_names(getattr(found.module, "__path__", ()), found.name)


def module_names(folders: Iterable[str], package: str) -> Iterator[str]:
    """The full names of the modules in the `folders` of `package`."""
    for module in iter_modules(folders, f"{package}."):
        last = module.name.rpartition(".")[2]
        # `__main__` is a program, and so is a file that no import statement could name.
        if last.isidentifier() and last != "__main__":
            yield module.name
