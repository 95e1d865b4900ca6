"""From messages of ZeroMQ to batons.

1. A feeder receives while its processor is there, and as many batons are under way as may be, at
   most. What it does not receive waits in ZeroMQ, up to the high-water mark, then with the sender.
2. After a batch others have their turn.
3. A message is the processor's as soon as it is received: ZeroMQ knows no way of giving it back. A
   run that fails is logged. A message for which there is no room is under way until there is.
4. Who asked a REP gets an answer: an empty one, if the run has ended without any. Without that,
   nobody could ask any more.
5. When it stops it receives no more, and runs that are under way go on, for a while. It stops
   before all else does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from piped.backoff import Backoff
from piped.dependencies import ResourceDependency
from piped.exceptions import BatonDropped, PipedError, PipelineFull
from piped.interop import drive, is_later, outcome_of, settled
from piped.processing.handing import hand_to
from piped.providers.zmq_messages import OddMessage
from piped.service import PipedDependencyService

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment
    from piped.providers.zmq_settings import QueueSettings
    from piped.providers.zmq_socket import QueueSocket

__all__ = ["Feeder"]

logger = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0


class Feeder(PipedDependencyService):
    """Hands each message of a queue to its processor."""

    def __init__(self, name: str, settings: QueueSettings, batch: int) -> None:
        super().__init__()
        assert settings.processor is not None, "it is one that has a processor"
        self.setName(f"zmq.feeder.{name}")
        named = settings.processor
        self._processor = ResourceDependency(named.path, named.configuration)
        self._queue = ResourceDependency(f"zmq.socket.{name}")
        self._settings = settings
        self._batch = batch
        self._runs: set[asyncio.Task[None]] = set()

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._clock: Clock = runtime_environment.clock
        for dependency in (self._processor, self._queue):
            runtime_environment.dependency_manager.add_dependency(self, dependency)

    async def run_with_dependencies(self) -> None:
        queue: QueueSocket = self._queue.get_resource()
        processor = self._processor.get_resource()
        queue.on_readable = lambda: self._take_some(queue, processor)
        queue.look_again()
        try:
            await asyncio.get_running_loop().create_future()  # until it is cancelled
        finally:
            queue.on_readable = None

    def stopService(self) -> Any:
        return outcome_of(self._stop(super().stopService()))

    async def _stop(self, stopping: Any) -> None:
        await settled(stopping)
        wakeup = self._clock.call_later(self._settings.close_time, self._give_up)
        try:
            while self._runs:
                await asyncio.wait(self._runs)
        finally:
            wakeup.cancel()

    def _give_up(self) -> None:
        logger.warning("%s: what was still under way is cancelled", self.name)
        for each in self._runs:
            each.cancel()

    def _take_some(self, queue: QueueSocket, processor: Any) -> None:
        for _ in range(self._batch):
            if len(self._runs) >= self._settings.concurrency:
                return  # the end of a run takes up here
            parts = queue.receive()
            if parts is None:
                return
            self._take(queue, processor, parts)
        queue.look_again()

    def _take(self, queue: QueueSocket, processor: Any, parts: list[bytes]) -> None:
        try:
            message = queue.message_of(parts)
            running = hand_to(processor, message)
        except OddMessage as odd:
            # It came over the net: where in our code that was seen says nothing to anybody.
            logger.warning("%s: %s", self.name, odd)
        except PipelineFull as full:
            self._follow(queue, self._later(message, full))
            return
        except Exception as failure:  # noqa: BLE001 - a pipeline may fail in any way
            self._failed(failure)
        else:
            if is_later(running):
                self._follow(queue, self._finish(message, running))
                return
        if queue.owes_answer:
            self._answer(queue)

    def _follow(self, queue: QueueSocket, running: Coroutine[Any, Any, None]) -> None:
        run = drive(running)
        self._runs.add(run)
        run.add_done_callback(lambda run: self._run_ended(queue, run))

    async def _finish(self, message: Any, running: Any) -> None:
        try:
            await settled(running)
        except PipelineFull as full:
            await self._later(message, full)
        except Exception as failure:  # noqa: BLE001 - a pipeline may fail in any way
            self._failed(failure)

    async def _later(self, message: Any, full: PipelineFull) -> None:
        """Hand over a message for which there was no room, until there is."""
        backoff = Backoff(_FIRST_WAIT, _LONGEST_WAIT)
        while True:
            logger.debug("%s: %s", self.name, full.msg)
            await self._clock.sleep(backoff.next())
            try:
                processor = await settled(self._processor.wait_for_resource())
                await settled(hand_to(processor, message))
            except PipelineFull as still:
                full = still
            except Exception as failure:  # noqa: BLE001 - a pipeline may fail in any way
                self._failed(failure)
                return
            else:
                return

    def _run_ended(self, queue: QueueSocket, run: asyncio.Task[None]) -> None:
        self._runs.discard(run)
        if queue.owes_answer:
            self._answer(queue)
        queue.look_again()

    def _answer(self, queue: QueueSocket) -> None:
        logger.error("%s: a question had no answer, and gets an empty one", self.name)
        try:
            queue.answer_nothing()
        except PipedError as error:
            logger.warning("%s: %s", self.name, error.msg)

    def _failed(self, failure: Exception) -> None:
        if isinstance(failure, BatonDropped):
            logger.debug("%s: %s dropped a message", self.name, self._processor.provider)
        else:
            logger.error(
                "%s: %s failed, and a message is lost",
                *(self.name, self._processor.provider),
                exc_info=failure,
            )
