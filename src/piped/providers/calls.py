"""Calls from outside that want an answer: each becomes a baton for one processor.

1. A call gets one answer, or fails once. Who answers: the pipeline, by `deferred` in the baton.
2. A call fails at once while the processor is not available; or waits for it, in order of arrival,
   as long as there is room.
3. A pipeline that fails is the failure of the call. If the answer was given before, it is logged.
4. A pipeline that ends without an answer gives the default one, or fails the call and is named. If
   calls are kept open, somebody else has the Deferred and answers later.
5. When the server stops, calls that wait fail; those under way go on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from piped.exceptions import MissingCallback, ResourceLost, UnprovidedResourceError
from piped.interop import drive, is_later, settled
from piped.processing.handing import hand_to
from piped.providers.calls_settings import NO_ANSWER

if TYPE_CHECKING:
    from piped.dependencies import ResourceDependency

__all__ = ["Calls"]

logger = logging.getLogger(__name__)


class Calls:
    """The calls to one server."""

    def __init__(
        self,
        name: str,
        processor: ResourceDependency,
        *,
        room: int = 0,
        default: Any = NO_ANSWER,
        keep_open: bool = False,
    ) -> None:
        """`room` is for calls that wait for the processor; without any, none do."""
        self.name = name
        self.processor = processor
        self._room = room
        self._default = default
        self._keep_open = keep_open
        self.waiting: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[None]] = set()

    def call(self, message: str, args: Any, kwargs: Any, **more: Any) -> Deferred[Any]:
        """The answer to a call, in time."""
        if not self.processor.is_ready or self.waiting:
            if len(self.waiting) >= self._room:
                return fail(self._refusal())
            answer: Deferred[Any] = Deferred()
            baton = _baton(message, args, kwargs, answer, more)
            task = drive(self._when_ready(baton, answer))
            self.waiting.add(task)
            task.add_done_callback(self.waiting.discard)
            return answer
        answer = Deferred()
        self._begin(_baton(message, args, kwargs, answer, more), answer)
        return answer

    def stop(self) -> None:
        """Let those fail that still wait for the processor."""
        for task in self.waiting:
            task.cancel()

    async def _when_ready(self, baton: dict[str, Any], answer: Deferred[Any]) -> None:
        try:
            await settled(self.processor.wait_for_resource())
        except asyncio.CancelledError:
            _fail(answer, ResourceLost(f"{self.name} has stopped"))
            return
        self._begin(baton, answer)

    def _begin(self, baton: dict[str, Any], answer: Deferred[Any]) -> None:
        try:
            running = hand_to(self.processor.get_resource(), baton)
        except Exception as failure:  # noqa: BLE001 - it is the caller's
            self._failed(baton, answer, failure)
            return
        if is_later(running):
            task = drive(self._finish(running, baton, answer))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        else:
            self._ended(baton, answer)

    async def _finish(self, running: Any, baton: dict[str, Any], answer: Deferred[Any]) -> None:
        try:
            await settled(running)
        except asyncio.CancelledError:
            _fail(answer, ResourceLost(f"{self.name} has stopped"))
            raise
        except Exception as failure:  # noqa: BLE001 - it is the caller's
            self._failed(baton, answer, failure)
        else:
            self._ended(baton, answer)

    def _failed(self, baton: dict[str, Any], answer: Deferred[Any], failure: Exception) -> None:
        if answer.called:
            logger.error(
                "%s: %s failed after it had answered %r",
                *(self.name, self.processor.provider, baton["message"]),
                exc_info=failure,
            )
        else:
            _fail(answer, failure)

    def _ended(self, baton: dict[str, Any], answer: Deferred[Any]) -> None:
        if answer.called or self._keep_open:
            return
        if self._default is not NO_ANSWER:
            answer.callback(self._default)
            return
        _fail(
            answer,
            MissingCallback(
                f"{self.processor.provider} ended without an answer to {baton['message']!r}",
                hint="Let it call `callback-deferred`, or give the server a `default_callback`.",
            ),
        )

    def _refusal(self) -> UnprovidedResourceError:
        if self._room and len(self.waiting) >= self._room:
            message = f"{self.name} has no room for more calls: {len(self.waiting)} wait"
            return UnprovidedResourceError(message)
        return UnprovidedResourceError(
            f"{self.processor.provider} is not available now, so {self.name} cannot answer"
        )


def _baton(
    message: str, args: Any, kwargs: Any, answer: Deferred[Any], more: dict[str, Any]
) -> dict[str, Any]:
    return {"message": message, "args": args, "kwargs": kwargs, "deferred": answer, **more}


def _fail(answer: Deferred[Any], failure: Exception) -> None:
    if not answer.called:
        answer.errback(Failure(failure))
