"""Which loop runs, and Twisted's reactor on it the moment anybody asks for one.

`from twisted.internet import reactor` makes a reactor as a side effect of the import, and Twisted
takes whichever is first. After `prepare(loop)` that is ours: it is put on the loop by the first
import, whoever does it, and not before. A process in which nobody does never imports Twisted.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

from piped.exceptions import ConfigurationError, PipedError
from piped.problems import did_you_mean

if TYPE_CHECKING:
    from piped.interop.guest import GuestReactor

__all__ = ["LOOPS", "choose_loop", "chosen", "forget", "prepare", "shut_down"]

_REACTOR = "twisted.internet.reactor"
LOOPS = ("asyncio", "uvloop")


def choose_loop(name: str) -> asyncio.AbstractEventLoop:
    """Make a loop of that name. Whoever calls has to close it."""
    if name == "asyncio":
        return asyncio.SelectorEventLoop()
    if name != "uvloop":
        raise ConfigurationError(
            f"there is no event loop {name!r}{did_you_mean(name, LOOPS)}",
            hint=f"It is one of {', '.join(LOOPS)}.",
        )
    try:
        import uvloop
    except ImportError as missing:
        raise ConfigurationError(
            "the event loop 'uvloop' is not installed",
            detail=str(missing),
            hint="pip install 'piped[fast]', or take the loop 'asyncio'.",
        ) from missing
    return uvloop.new_event_loop()


class _Hook(MetaPathFinder, Loader):
    """Finds one module, which is a reactor."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, on_stop: Callable[[], object] | None
    ) -> None:
        self._loop = loop
        self._on_stop = on_stop
        self.reactor: GuestReactor | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(fullname, self) if fullname == _REACTOR else None

    def exec_module(self, module: ModuleType) -> None:
        from twisted.internet.main import installReactor

        from piped.interop.guest import GuestReactor

        # The import system takes whatever stands there when we are done.
        del sys.modules[module.__name__]
        self.reactor = GuestReactor(self._loop, self._on_stop)
        installReactor(self.reactor)
        self.reactor.start()


_hooks: list[_Hook] = []


def prepare(loop: asyncio.AbstractEventLoop, on_stop: Callable[[], object] | None = None) -> None:
    """Have the first import of Twisted's reactor put it on `loop`; it runs when the loop does.

    `on_stop` is called when anybody calls `reactor.stop()`: it has to begin what leads to
    `shut_down`. Without it the loop is stopped.
    """
    if (there := chosen()) is not None:
        raise PipedError(
            f"Twisted has a reactor already: {type(there).__qualname__}",
            detail="Something imported the reactor before piped could choose the loop.",
            hint="Import the reactor inside the functions that use it.",
        )
    _remove_hooks()
    _hooks.append(_Hook(loop, on_stop))
    sys.meta_path.insert(0, _hooks[0])


async def shut_down() -> None:
    """Fire the shutdown triggers of the reactor, if there is one; wait for them; let go of it.

    After that another loop of the same process may be prepared.
    """
    reactor = _remove_hooks()
    if reactor is None:
        return
    try:
        await reactor.shut_down()
    finally:
        _uninstall(reactor)


def _remove_hooks() -> GuestReactor | None:
    """Undo `prepare`, and give the reactor that came of it, if one did."""
    reactor = None
    while _hooks:
        hook = _hooks.pop()
        sys.meta_path.remove(hook)
        reactor = hook.reactor
    return reactor


def chosen() -> object:
    """What `from twisted.internet import reactor` would give without importing anything."""
    package = sys.modules.get("twisted.internet")
    return sys.modules.get(_REACTOR) or getattr(package, "reactor", None)


def _uninstall(reactor: object) -> None:
    if chosen() is reactor:
        forget()


def forget() -> None:
    """Let another reactor be chosen: the import leaves the one there is in two places."""
    import twisted.internet

    sys.modules.pop(_REACTOR, None)
    vars(twisted.internet).pop("reactor", None)
