"""Drains that call a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from piped.exceptions import FlowError
from piped.flows.complaints import Complaints
from piped.flows.drain import Drain
from piped.flows.edge import item_of, signature_of
from piped.flows.functions import is_asynchronous, is_generator, yields_later
from piped.flows.reason import STOPPED, Reason, cancelled, failed
from piped.flows.receipt import answer_to, unfinished
from piped.flows.tube import name_of_function
from piped.flows.working import Failing
from piped.interop import drive, is_cancelled, is_later, settled

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.pause import Pause

__all__ = ["Sink", "Storing", "Taking", "drain"]


class _Calling(Drain):
    """A drain with a function that may fail."""

    def __init__(self, function: Callable[[Any], Any], failing: Failing) -> None:
        super().__init__()
        self._function = function
        self._failing = failing
        self.refused = 0
        self._complaints = Complaints()

    def fail(self, failure: BaseException, batch: Batch) -> None:
        """What is in the batch could not be stored."""
        answer = answer_to(failure, ends=self._failing == "stop")
        self.refused += len(batch)
        batch.settle(answer)
        if answer.badness == 1:  # as it is declared
            return
        if batch.receipts is None:
            self._complaints.tell(self, self.refused, failure)
        if self._failing == "stop":
            self.stop(failed(failure))


class Taking(_Calling):
    """Calls a function with each item."""

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        for number, item in enumerate(batch.items):
            try:
                _check_now(self._function(item))
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self.fail(failure, batch.part(number, number + 1))
            else:
                if batch.receipts is not None:
                    batch.receipts[number].settle()


def _check_now(returned: Any) -> None:
    """Nothing is stored yet where something is still to be awaited."""
    if returned is None or not is_later(returned):
        return
    if asyncio.iscoroutine(returned):
        returned.close()
    raise TypeError("it returned something to await: make the drain with later=True")


class Storing(_Calling):
    """Awaits what a function makes of each batch, `parallel` of them at once.

    The function gets a list of items, and has stored them all when it returns. Stopped, it stores
    what it was given; aborted, it gives that up.
    """

    def __init__(
        self, function: Callable[[list[Any]], Any], parallel: int = 1, failing: Failing = "refuse"
    ) -> None:
        super().__init__(function, failing)
        self._parallel = parallel
        self._full: Pause | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._aborted: Reason | None = None

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        self.begun()
        task = drive(self._store(batch), name=repr(self))
        self._tasks.add(task)
        task.add_done_callback(partial(self._left, batch))
        if self._under_way >= self._parallel and self._full is None and self.fount is not None:
            self._full = self.fount.pause()

    def abort(self, reason: Reason = STOPPED) -> None:
        self._aborted = reason
        self.stop(reason)
        for task in self._tasks:
            task.cancel()

    async def _store(self, batch: Batch) -> None:
        try:
            await settled(self._function(batch.items))
        except asyncio.CancelledError:
            if is_cancelled():
                raise
            raise FlowError("what it waited for was cancelled") from None

    def _left(self, batch: Batch, task: asyncio.Task[None]) -> None:
        """Answer for a batch; also for one whose task was cancelled before it had begun."""
        self._tasks.discard(task)
        try:
            if task.cancelled():
                reason = self._aborted or cancelled()
                self.refused += len(batch)
                batch.settle(unfinished(reason))
                self.stop(reason)
            elif (failure := task.exception()) is not None:
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
            self.__module__ = getattr(of, "__module__", None) or type(of).__module__
            self.__doc__ = of.__doc__

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
    later: bool = False,
) -> Any:
    """Make a sink of a function that gets each item, or of an asynchronous one that gets lists.

    Good as a decorator. What returns has stored all that it was given; `parallel` lists are under
    way at once. `later` is for plain functions that return something to be awaited: these get
    lists, too.
    """
    if function is None:
        return lambda function: drain(
            function, name=name, parallel=parallel, failing=failing, later=later
        )
    name = name or name_of_function(function)
    if is_generator(function) or yields_later(function):
        raise TypeError(f"{name} is no drain: it yields, and nobody would take that")
    if later or is_asynchronous(function):
        taken = item_of(signature_of(function)[0])
        return Sink(lambda: Storing(function, parallel, failing), name, taken, of=function)
    return Sink(lambda: Taking(function, failing), name, signature_of(function)[0], of=function)
