"""Drains that call a function."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from piped.exceptions import brief
from piped.flows.drain import Drain
from piped.flows.edge import signature_of
from piped.flows.reason import failed
from piped.flows.receipt import refused
from piped.flows.tube import is_asynchronous, name_of_function
from piped.flows.working import Failing
from piped.interop import drive, settled

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.pause import Pause

__all__ = ["Sink", "Storing", "Taking", "drain"]

logger = logging.getLogger(__name__)


class _Calling(Drain):
    """A drain with a function that may fail."""

    def __init__(self, function: Callable[[Any], Any], failing: Failing) -> None:
        super().__init__()
        self._function = function
        self._failing = failing
        self.refused = 0

    def fail(self, failure: BaseException, batch: Batch) -> None:
        """What is in the batch could not be stored."""
        self.refused += len(batch)
        batch.settle(refused(failure))
        if batch.receipts is None:
            name = type(failure).__name__
            logger.error("%r refuses %d items: %s: %s", self, len(batch), name, brief(failure))
        if self._failing == "stop":
            self.stop(failed(failure))


class Taking(_Calling):
    """Calls a function with each item."""

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        for number, item in enumerate(batch.items):
            try:
                self._function(item)
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self.fail(failure, batch.part(number, number + 1))
            else:
                if batch.receipts is not None:
                    batch.receipts[number].settle()


class Storing(_Calling):
    """Awaits what a function makes of each batch, `parallel` of them at once.

    The function gets a list of items, and has stored them all when it returns.
    """

    def __init__(
        self, function: Callable[[list[Any]], Any], parallel: int = 1, failing: Failing = "refuse"
    ) -> None:
        super().__init__(function, failing)
        self._parallel = parallel
        self._full: Pause | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        self.begun()
        task = drive(self._store(batch), name=repr(self))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._under_way >= self._parallel and self._full is None and self.fount is not None:
            self._full = self.fount.pause()

    async def _store(self, batch: Batch) -> None:
        try:
            await settled(self._function(batch.items))
        except asyncio.CancelledError as failure:
            self.fail(failure, batch)
            raise
        except Exception as failure:  # noqa: BLE001 - of the user's function
            self.fail(failure, batch)
        else:
            batch.settle()
        finally:
            self.ended()
            self._let_go()

    def _let_go(self) -> None:
        full = self._full
        if full is not None and self._under_way < self._parallel:
            self._full = None
            full.resume()


class Sink:
    """How a drain is made. The same sink can end many flows."""

    def __init__(
        self, make: Callable[[], Drain], name: str, input: Any = Any, *, of: Any = None
    ) -> None:
        self._make = make
        self.name = name
        self.input = input
        if of is not None:  # in its module it is a plugin
            self.__module__, self.__doc__ = getattr(of, "__module__", ""), of.__doc__

    def __repr__(self) -> str:
        return f"<sink {self.name}>"

    def make(self) -> Drain:
        """A drain of its own."""
        made = self._make()
        made.name, made.input = self.name, self.input
        return made


def drain(
    function: Any = None,
    *,
    name: str | None = None,
    parallel: int = 1,
    failing: Failing = "refuse",
) -> Any:
    """Make a sink of a function that gets each item, or of an asynchronous one that gets lists.

    Good as a decorator. What returns has stored all that it was given; `parallel` lists are under
    way at once.
    """
    if function is None:
        return lambda function: drain(function, name=name, parallel=parallel, failing=failing)
    name = name or name_of_function(function)
    if is_asynchronous(function):
        return Sink(lambda: Storing(function, parallel, failing), name, of=function)
    return Sink(lambda: Taking(function, failing), name, signature_of(function)[0], of=function)
