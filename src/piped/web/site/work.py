"""The work that one place does for a request: a processor, and what runs before and after it.

1. The baton is `{request: …}`, with `path_parameters` and `avatar_id` where there are some. All of
   a place's processors get the same one, and what they give back is nobody's.
2. `before` may answer the request; then the processor is left out.
3. `after` runs at the end, whatever happened.
4. Where there is neither, and no step has to wait, there is no task.
5. A client that goes away ends what is still running for it.
6. A request that nobody answered is a failure, unless the place keeps it open.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from piped.exceptions import MissingCallback
from piped.interop import drive, is_later, settled
from piped.web.site.answers import is_over
from piped.web.site.failures import Failures
from piped.web.site.need import Need
from piped.web.site.routing import Found

__all__ = ["Work"]


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What a place does."""

    processor: Need
    failures: Failures
    before: Need | None = None
    after: Need | None = None
    keep_open: bool = False
    has_avatars: bool = False
    # The loop itself holds tasks only weakly.
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def __call__(self, request: Any, found: Found[Any]) -> None:
        request.prepath = list(found.prepath)
        request.postpath = list(found.postpath)
        baton = {"request": request}
        if found.parameters:
            baton["path_parameters"] = dict(found.parameters)
        if self.has_avatars:
            baton["avatar_id"] = request.avatar_id
        try:
            running: Any = (
                self.processor.hand(baton)
                if self.before is self.after is None
                else self._around(request, baton)
            )
            if type(running) is not list and is_later(running):
                self._wait(request, running)
                return
        except (Exception, asyncio.CancelledError) as failure:  # noqa: BLE001 - it is answered
            self._failed(request, failure)
        else:
            if not request.finished:
                self._ended(request)

    async def _around(self, request: Any, baton: dict[str, Any]) -> None:
        try:
            if self.before is not None:
                await settled(self.before.hand(baton))
            if not is_over(request):
                await settled(self.processor.hand(baton))
        finally:
            if self.after is not None:
                await settled(self.after.hand(baton))

    def _wait(self, request: Any, running: Any) -> None:
        task = drive(running if asyncio.iscoroutine(running) else settled(running))
        self.tasks.add(task)
        task.add_done_callback(partial(self._over, request))
        request.notifyFinish().addErrback(partial(_give_up, task))

    def _over(self, request: Any, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if task.cancelled():
            if not is_over(request):  # it was not the client who ended it
                self._failed(request, asyncio.CancelledError("the processing was cancelled"))
        elif (failure := task.exception()) is not None:
            self._failed(request, failure)
        else:
            self._ended(request)

    def _ended(self, request: Any) -> None:
        if not self.keep_open and not is_over(request):
            what = f"{self.processor.title} ended without an answer"
            self._failed(request, MissingCallback(what))

    def _failed(self, request: Any, failure: BaseException) -> None:
        self.failures.answer(request, failure, self.processor.title)


def _give_up(task: asyncio.Task[Any], _: object) -> None:
    task.cancel()
