"""Services to derive from: what runs as long as the process does, or as its dependencies are there.

They are services of `twisted.application`: given a parent, they start and stop with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.application.service import MultiService
from twisted.internet.defer import CancelledError, Deferred, DeferredList
from zope.interface import implementer

from piped.interfaces import IPipedService
from piped.interop import Outcome, settled

if TYPE_CHECKING:
    from piped.dependencies import Dependency
    from piped.environment import RuntimeEnvironment

__all__ = ["Cancellable", "PipedDependencyService", "PipedService"]

logger = logging.getLogger("piped.service")

T = TypeVar("T")


class Cancellable:
    """Keeps what is under way, so that all of it can be cancelled at once."""

    def __init__(self) -> None:
        self._under_way: dict[int, Any] = {}

    def cancellable(self, thing: T) -> T:
        """Keep `thing` until it ends: a Deferred, a future, or what else can be cancelled."""
        self._under_way[id(thing)] = thing
        if isinstance(thing, Deferred):
            thing.addBoth(self._pass_on, thing)
        elif isinstance(thing, asyncio.Future):
            thing.add_done_callback(self._forget)
        return thing

    def cancel(self) -> None:
        """Cancel all that is under way: another `Cancellable`, with all of its own."""
        under_way, self._under_way = self._under_way, {}
        for thing in under_way.values():
            thing.cancel()

    def _pass_on(self, value: Any, ended: Any) -> Any:
        self._forget(ended)
        return value

    def _forget(self, ended: Any) -> None:
        self._under_way.pop(id(ended), None)


@implementer(IPipedService)
class PipedService(MultiService, Cancellable):
    """A service that runs once each time it is started.

    Stopping cancels what `run` gave and all that was given to `cancellable`, and waits for the
    end of the former.
    """

    def __init__(self) -> None:
        MultiService.__init__(self)
        Cancellable.__init__(self)
        self._run: asyncio.Task[None] | None = None

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        """Ask for what the service depends on."""
        self.runtime_environment = runtime_environment

    def is_enabled(self) -> bool:
        """Whether the service is to be started."""
        return True

    def run(self) -> Any:
        """What the service does, now or later: a function, `async` or not."""

    def startService(self) -> None:
        super().startService()
        self._begin(self.run)

    def stopService(self) -> Deferred[Any]:
        stopped = super().stopService()
        self.cancel()
        return DeferredList([stopped, self._end_of_run()])

    @property
    def is_under_way(self) -> bool:
        """Whether what `run` gave has not come to its end."""
        return self._run is not None

    def _begin(self, run: Callable[[], Any]) -> None:
        value = run()
        if hasattr(value, "__await__"):
            self._run = asyncio.get_running_loop().create_task(self._logged(value))
            self._run.add_done_callback(lambda _: self._ended(value))
            self.cancellable(self._run)

    async def _logged(self, value: Any) -> None:
        try:
            await settled(value)
        except CancelledError:
            # A Deferred says in this way that we have cancelled it.
            task = asyncio.current_task()
            if task is None or not task.cancelling():
                logger.exception("%s was cancelled from within", self._title)
        except Exception:
            logger.exception("%s failed", self._title)

    def _ended(self, value: Any) -> None:
        self._run = None
        if asyncio.iscoroutine(value):
            value.close()  # it has not begun, if it was cancelled at once

    def _end_of_run(self) -> Outcome[None]:
        ended: Outcome[None] = Outcome()
        if self._run is None:
            ended.callback(None)
        else:
            self._run.add_done_callback(lambda _: ended.callback(None))
        return ended

    @property
    def _title(self) -> str:
        return f"the service {(self.name or type(self).__name__)!r}"


class PipedDependencyService(PipedService):
    """A service that runs whenever it is started and all is there that it depends on.

    When something is lost, `run_with_dependencies` is cancelled; when all is there again, it is
    called again, after its former call has come to its end.
    """

    self_dependency: Dependency

    def __init__(self) -> None:
        super().__init__()
        self._is_wanted = False

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        """Ask for what the service depends on: `dependency_manager.add_dependency(self, …)`."""
        super().configure(runtime_environment)
        manager = runtime_environment.dependency_manager
        self.self_dependency = manager.as_dependency(self)
        self.self_dependency.on_ready += lambda _: self._consider()
        self.self_dependency.on_lost += lambda *_: self.cancel()
        manager.add_dependency(self)

    def run_with_dependencies(self) -> Any:
        """What the service does while all is there: a function, `async` or not."""

    def run(self) -> None:
        self._consider()

    def cancel(self) -> None:
        self._is_wanted = False
        super().cancel()

    def _consider(self) -> None:
        self._is_wanted = bool(self.running) and self.self_dependency.is_ready
        if not self._is_wanted or self.is_under_way:
            return
        self._is_wanted = False
        try:
            self._begin(self.run_with_dependencies)
        except Exception:
            # Whoever made us ready has nothing to do with it.
            logger.exception("%s failed", self._title)

    def _ended(self, value: Any) -> None:
        super()._ended(value)
        if self._is_wanted:
            self._consider()
