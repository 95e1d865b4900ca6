"""What is left to do of a run, once it does not go straight on.

The generated functions do what is regular, and leave the rest to a `Rest`: a loop that is not in
their text, a step that is tried again, error consumers that wait or are chosen, a text that would
be too long. The rules are those of `piped.processing.walk`; there is a stack, too, of tuples
(index, baton, failure):

1. An index is that of a block. All that is called there is called while the failure is handled.
2. A block that repeats is put back below what comes of it, before it is called.
3. The complement of a step's index is a mark: what lies above came of that step, and may fail.
   The baton is what the step was given.

`_spin` makes calls as long as one and the same failure is being handled, or none. So a failure is
raised again once for all that comes of it, and no stack of Python's grows with failures.
Nothing here may keep a failure when it ends: its traceback has our frames, and would lead back.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from piped.interop import settled
from piped.processing.blocks import Blocks
from piped.processing.forgetting import forget_most
from piped.processing.handling import awaited, called
from piped.processing.outputs import ORDINARY, raise_failure_in, waits
from piped.processing.patience import TURNS, Patience
from piped.processing.plan import OVER
from piped.processing.untaken import note_before, raise_untaken

__all__ = ["NOTHING", "Entry", "Rest", "finish"]

# An index or a mark, the baton for it, and the failure that is being handled then.
Entry = tuple[int, Any, Exception | None]
NOTHING: Any = object()


class _Turn:
    """Something to wait for, that is there after a turn of the event loop."""

    def __init__(self, baton: Any) -> None:
        self._baton = baton

    def __await__(self) -> Generator[None, None, Any]:
        yield
        return self._baton


class Rest:
    """The rest of one run: what is on the stack, the results so far, and what is waited for."""

    def __init__(self, blocks: Blocks, stack: list[Entry], results: list[Any]) -> None:
        self.blocks = blocks
        self.stack = stack
        self.results = results
        self.stuck: tuple[int, Exception] | None = None  # the step that has failed, and how
        self.waiting: Any = NOTHING  # what has to come, before other calls are made
        self.failure: Exception | None = None  # what is handled meanwhile
        self.at = -1  # the step that returned it
        self.then = -1  # the index of the block that gets it
        self.turns = 0
        self.patience = Patience()

    def wait(self, at: int, output: Any, failure: Exception | None) -> None:
        """Step `at` has returned `output`, which comes later."""
        self.waiting, self.failure = output, failure
        self.at, self.then = at, self.blocks.size + at

    def pause(self, index: int, baton: Any, failure: Exception | None) -> None:
        """Give the event loop its turn, before `baton` goes to the block at `index`."""
        self.waiting, self.failure = _Turn(baton), failure
        self.at = self.then = index

    def drive(self) -> None:
        """Make the calls that are left, up to one that has to be waited for."""
        try:
            if self.stuck is not None:
                self.failed(*self.stuck, None)
            while self.stack and self.waiting is NOTHING:
                called(self.stack[-1][2], _spin, self)
        except BaseException:
            self.forget()
            raise

    def failed(self, at: int, failure: Exception, handled: Exception | None) -> None:
        """Step `at` has failed, while `handled` was handled: what takes the failure is next.

        Raises what nobody takes.
        """
        self.stuck = untaken = None
        try:
            if handled is not None:
                forget_most(failure)
            untaken = self._offered(failure, at)
            if untaken is not None:
                plan = self.blocks.plan
                raise_untaken(untaken, plan, plan.steps[at])
        finally:
            del failure, handled, untaken

    def forget(self) -> None:
        """Do none of what is left."""
        self.stack.clear()
        self.stuck = None
        self.waiting, self.failure = NOTHING, None

    def _offered(self, failure: Exception, at: int) -> Exception | None:
        """Offer `failure` of step `at` to the marks on the stack. Gives what nobody takes."""
        plan = self.blocks.plan
        steps = plan.steps
        try:
            while self.stack:
                index, baton = self.stack.pop()[:2]
                if index >= 0:
                    continue
                step = steps[~index]
                try:
                    takers = (
                        step.error_consumers
                        if step.choose_on_error is None
                        else tuple(called(failure, step.choose_on_error, baton))
                    )
                except Exception as another:  # noqa: BLE001 - it goes on in the place of the first
                    failure = another
                    continue
                if takers:
                    note_before(step, failure, plan, steps[at])
                    self.stack += [(each, baton, failure) for each in reversed(takers)]
                    return None
            return failure
        finally:
            del failure


def _spin(rest: Rest) -> None:
    """Make calls, as long as the failure that is being handled stays the same."""
    stack = rest.stack
    failure = stack[-1][2]
    try:
        while stack:
            if stack[-1][0] < 0:
                stack.pop()
            elif stack[-1][2] is not failure:
                return
            else:
                index, baton = stack.pop()[:2]
                if not _follow(rest, index, baton, failure):
                    return
    finally:
        del failure


def _follow(rest: Rest, index: int, baton: Any, failure: Exception | None) -> bool:
    """Take `baton` through blocks, up to a result. Gives whether things went so far."""
    at, turns, blocks = index, rest.turns, rest.blocks
    try:
        while True:
            if index <= at and not (turns := turns + 1) % TURNS and rest.patience.is_over():
                rest.pause(index, baton, failure)
                return False
            at, entry, calls, consumers, choose = blocks[index]
            if entry is not None:
                rest.stack.append((entry, baton, failure))
            for at, process in calls:
                baton = process(baton)
                if type(baton) not in ORDINARY and waits(baton):
                    rest.wait(at, baton, failure)
                    return False
            if baton is OVER:
                rest.stack.pop()  # itself
                return True
            consumers = consumers if choose is None else tuple(choose(baton))
            if not consumers:
                rest.results.append(baton)
                return True
            if len(consumers) > 1:
                rest.stack += [(each, baton, failure) for each in consumers[:0:-1]]
            index = consumers[0]
    except Exception as error:  # noqa: BLE001 - whatever a step raises is a failure
        rest.failed(at, error, failure)
        return False
    finally:
        rest.turns = turns
        # If it has failed with the same failure, the traceback has this frame.
        del failure


async def finish(rest: Rest) -> list[Any]:
    """The results, when all has come."""
    try:
        while (waiting := rest.waiting) is not NOTHING:
            rest.waiting = NOTHING
            failure = rest.failure
            try:
                output = await awaited(failure, settled, waiting)
                called(failure, raise_failure_in, output)
            except Exception as error:  # noqa: BLE001 - whatever a step raises is a failure
                rest.failed(rest.at, error, failure)
            else:
                rest.stack.append((rest.then, output, failure))
            finally:
                del waiting, failure
            rest.drive()
        return rest.results
    except BaseException:
        rest.forget()
        raise
