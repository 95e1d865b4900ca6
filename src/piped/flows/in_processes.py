"""Tubes that work in child processes.

1. So many processes work at once; each has some items ahead. While more wait, nothing flows in.
2. What a function makes of an item comes back together, in the order of the items unless that is
   not wanted. What a series makes comes back as it does; it is answered through the child.
3. When a child dies, the item that a function was at is refused, or sent to another one so many
   times; those that had not begun are sent to another one. Of a series nobody knows where it was:
   all that was under way counts. A new child is started, later and later as long as none of them
   gets anything done.
4. Stopped, it waits for what is under way, for a while, and kills what has not ended by then.
"""

from __future__ import annotations

import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from piped.backoff import Backoff
from piped.clock import Clock, LoopClock, Wakeup
from piped.exceptions import ChildLost, brief
from piped.flows.batch import Batch, batch_of
from piped.flows.drain import Finishing
from piped.flows.holding import Pair, answer_for
from piped.flows.reason import STOPPED, Reason
from piped.flows.receipt import CONFIRMED, Answer, Receipt, refused, unfinished
from piped.flows.tube import Tube
from piped.flows.worker import Owner, Worker
from piped.flows.working import Fallible

if TYPE_CHECKING:
    from piped.flows.pause import Pause

__all__ = ["InProcesses", "processes"]

logger = logging.getLogger(__name__)

_GRACE = 10.0  # seconds that a child has to end when it is stopped
_REFUSED = 2  # the badness of an answer


class _Job:
    """An item that is worked on, and what came of it."""

    __slots__ = ("has_made", "is_over", "item", "made", "number", "receipt", "tries", "worker")

    def __init__(self, number: int, item: Any, receipt: Receipt | None) -> None:
        self.number = number
        self.item = item
        self.receipt = receipt
        self.worker: Worker | None = None
        self.tries = 0
        self.made: list[Pair] = []
        self.has_made = False
        self.is_over = False


class InProcesses(Fallible, Finishing, Owner):
    """Hands items to child processes, and on what they make of them."""

    def __init__(self, target: str, parallel: int, ordered: bool, retry: int, ahead: int) -> None:
        super().__init__()
        self.clock: Clock = LoopClock()
        self._new_worker = partial(Worker, self, target, ahead)
        self._parallel = parallel
        self._ordered = ordered
        self._retry = retry
        self._most = 4 * parallel * ahead  # items of which what was made may wait for its turn
        self._next = 0
        self._todo: deque[_Job] = deque()
        self._jobs: dict[int, _Job] = {}  # that are under way
        self._order: deque[_Job] = deque()  # of which nothing has gone on
        self._early = 0  # of these, those of which all was made
        self._workers: dict[Worker, Pause | None] = {}
        self._backoff = Backoff(0.1, 30)
        self._wakeups: deque[Wakeup] = deque(maxlen=2 * parallel + 2)  # no more are to come
        self._ending: Reason | None = None
        self._is_function = False  # what comes back has the number of its item
        self._waiting = []

    @property
    def waiting(self) -> int:
        return super().waiting + len(self._todo) + sum(len(each.made) for each in self._order)

    @property
    def is_done(self) -> bool:
        return self.is_over and not self._workers

    def flowing_from(self, fount: Any) -> Any:
        while len(self._workers) < self._parallel:
            self._start()
        return super().flowing_from(fount)

    def receive(self, batch: Batch) -> None:
        if self.stopped_by is not None:
            batch.settle(unfinished(self.stopped_by))
            return
        for item, receipt in batch.pairs():
            job = _Job(self._next, item, receipt)
            self._next += 1
            self._todo.append(job)
            self._order.append(job)
        self._dispatch()

    def finish(self, reason: Reason) -> None:
        self._ending = reason
        self._dispatch()

    def on_pause(self) -> None:
        for worker, pause in self._workers.items():
            self._workers[worker] = pause or worker.from_child.pause()

    def on_flow(self) -> None:
        for worker in list(self._workers):
            pause = self._workers.get(worker)
            # What one of them gives may have us paused again, and all of them with us.
            if pause is not None and not self.is_paused:
                self._workers[worker] = None
                pause.resume()
        self._dispatch()

    def stop(self, reason: Reason = STOPPED) -> None:
        super().stop(reason)

    def on_stop(self, reason: Reason) -> None:
        todo, self._todo = self._todo, deque()
        for job in todo:
            self._settle(job, unfinished(reason))
        for worker in list(self._workers):
            worker.from_child.stop(reason)
            worker.end(reason)
            self._wakeups.append(self.clock.call_later(_GRACE, worker.kill))
        super().on_stop(reason)
        self._dispatch()

    def end(self, reason: Reason) -> None:
        super().end(reason)
        self._tell()

    # What workers tell.

    def has_room(self) -> None:
        self._dispatch()

    def made(self, batch: Batch) -> None:
        pairs: list[Pair] = []
        for (number, made), receipt in batch.pairs():
            if number is None:
                self._ordered = False  # it is of a series
                pairs.append((made, receipt))
                continue
            self._is_function = True
            answer_for(receipt, CONFIRMED)
            pairs += self._has_made(self._jobs[number], made)
        if pairs:
            self.emit(batch_of(pairs))
        self._pass_on()

    def has_ended(self) -> None:
        self._dispatch()

    def is_gone(self, worker: Worker, failure: ChildLost | None) -> None:
        pause = self._workers.pop(worker, None)
        if pause is not None:
            pause.resume()  # what it has made is here
        lost = [job for job in self._jobs.values() if job.worker is worker]
        begun = [job for job in lost if not job.has_made][: 1 if self._is_function else None]
        for job in reversed(lost):
            self._is_lost(job, failure or ChildLost("it ended too early"), has_begun=job in begun)
        if failure is not None and self.stopped_by is None and self.reason is None:
            delay = self._backoff.next()
            logger.warning("%r: %s; another one starts in %.1f s", self, brief(failure), delay)
            self._wakeups.append(self.clock.call_later(delay, self._start_again))
        self._dispatch()
        self._tell()
        if not self._workers and self.is_over:
            for wakeup in self._wakeups:
                wakeup.cancel()

    # What is done about it.

    def _start(self) -> None:
        worker = self._new_worker()
        self._workers[worker] = worker.from_child.pause() if self.is_paused else None

    def _start_again(self) -> None:
        if self.stopped_by is None and self.reason is None and (self._todo or not self._ending):
            self._start()
        self._dispatch()

    def _dispatch(self) -> None:
        """Send what waits to whoever has most room."""
        while self._todo and self._may_begin():
            worker = max(self._workers, key=lambda each: each.credit, default=None)
            if worker is None or worker.credit <= 0:
                break
            share = -(-len(self._todo) // len(self._workers))
            jobs = [self._todo.popleft() for _ in range(min(share, worker.credit))]
            self._send(worker, jobs)
        self._hold_back()
        self._check_end()

    def _may_begin(self) -> bool:
        return not self._ordered or self._early < self._most

    def _send(self, worker: Worker, jobs: list[_Job]) -> None:
        items, receipts = [], []
        for job in jobs:
            job.worker = worker
            self._jobs[job.number] = job
            items.append((job.number, job.item))
            receipts.append(Receipt(partial(self._answered, job)))
        worker.send(Batch(items, receipts))

    def _answered(self, job: _Job, answer: Answer) -> None:
        self._backoff.reset()
        self._jobs.pop(job.number, None)
        self._settle(job, answer)
        self._dispatch()

    def _has_made(self, job: _Job, made: list[Any]) -> list[Pair]:
        """What goes on at once, of what came of an item."""
        job.has_made = True
        if job.receipt is not None and made:
            job.receipt.hold(len(made))
        pairs = [(each, job.receipt) for each in made]
        if self._ordered:
            job.made = pairs
            self._early += 1
            return []
        return pairs

    def _is_lost(self, job: _Job, failure: ChildLost, *, has_begun: bool) -> None:
        del self._jobs[job.number]
        if job.has_made:
            self._settle(job, CONFIRMED)
        elif job.tries + has_begun <= self._retry and not self.stopped_by and not self.reason:
            job.tries += has_begun
            self._todo.appendleft(job)
        else:
            by = self.stopped_by
            self._settle(job, refused(failure) if by is None else unfinished(by))

    def _settle(self, job: _Job, answer: Answer) -> None:
        job.is_over = True
        failure = answer.failure
        if answer.badness == _REFUSED and isinstance(failure, Exception) and not self.stopped_by:
            self.fail(failure, job.receipt)
        else:
            answer_for(job.receipt, answer)
        self._pass_on()

    def _pass_on(self, all_of_them: bool = False) -> None:
        """Hand on what has its turn."""
        pairs: list[Pair] = []
        order = self._order
        while order and (not self._ordered or order[0].has_made or order[0].is_over or all_of_them):
            job = order.popleft()
            self._early -= self._ordered and job.has_made
            pairs += job.made
        if pairs:
            self.emit(batch_of(pairs))

    def _hold_back(self) -> None:
        if self.fount is None or self._ending is not None:
            return
        if self._todo and self._hold is None and self.stopped_by is None:
            self._hold = self.fount.pause()
        elif not self._todo and self._hold is not None:
            hold, self._hold = self._hold, None
            hold.resume()

    def _check_end(self) -> None:
        reason = self._ending
        if reason is None or self._todo or self.reason is not None:
            return
        for worker in list(self._workers):
            worker.end(reason)
        if all(worker.has_ended for worker in self._workers):
            self._pass_on(all_of_them=True)
            self.end(reason)


def processes(
    target: str,
    *,
    parallel: int = 1,
    ordered: bool = True,
    retry: int = 0,
    ahead: int = 16,
) -> Tube:
    """What the function or the series `module:attribute` makes of items, in child processes.

    Of a function the order of the items is kept, unless told not to. A series goes on from item to
    item in each process; of several, what they make comes as it does. What a process was at when
    it died is refused, or sent to another one so many times.
    """
    if ":" not in target:
        raise ValueError(f"what runs is written module:attribute, not {target}")
    if parallel < 1 or ahead < 1:
        raise ValueError("one process at least, with one item at least")
    return Tube(lambda: InProcesses(target, parallel, ordered, retry, ahead), f"in {target}")
