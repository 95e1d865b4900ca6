"""The modules of a package, imported one by one; one that fails does not hide the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

__all__ = ["Failed", "modules"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A module that cannot be imported."""

    name: str
    error: BaseException


def modules(name: str, wanted: Callable[[str], bool]) -> Iterator[ModuleType | Failed]:
    """The module `name` and, if it is a package, all within, by name.

    What is not wanted is not imported, and neither is what is within it.
    """
    if not wanted(name):
        return
    module = _imported(name)
    yield module
    for inner in _within(name, module):
        yield from modules(inner, wanted)


def _imported(name: str) -> ModuleType | Failed:
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may raise anything; it is reported
        return Failed(name, error)


def _within(name: str, package: ModuleType | Failed) -> Iterator[str]:
    for module in iter_modules(getattr(package, "__path__", ()), f"{name}."):
        last = module.name.rpartition(".")[2]
        # `__main__` is a program, and so is a file that no import statement could name.
        if last.isidentifier() and last != "__main__":
            yield module.name
