"""Telling the broker what became of messages, for one channel.

What ended in one turn of the loop is told together (see `amqp_tags`). A message that goes back
waits a little: without that, one that always fails would come and go as fast as the machine can.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from aiormq.exceptions import AMQPError, ChannelInvalidStateError

from piped.providers.amqp_tags import Tags
from piped.providers.amqp_verdict import Verdict

if TYPE_CHECKING:
    from aiormq.abc import AbstractChannel

    from piped.clock import Clock

__all__ = ["Settling"]

# The channel is gone, and the broker gives its messages to others.
_GONE = (AMQPError, ChannelInvalidStateError, ConnectionError)


class Settling:
    """What a channel has to tell the broker."""

    def __init__(self, channel: AbstractChannel, clock: Clock, requeue_delay: float) -> None:
        self._channel = channel
        self._clock = clock
        self._delay = requeue_delay
        self._tags = Tags()
        self._done: list[int] = []
        self._back: list[tuple[int, bool]] = []
        self._woken = asyncio.Event()
        self._is_ending = False

    def settle(self, tag: int, verdict: Verdict) -> None:
        """Tell the broker, soon."""
        if verdict is Verdict.ACK:
            self._done.append(tag)
            self._woken.set()
        elif verdict is Verdict.REJECT:
            self._hand_back(tag, requeue=False)
        elif verdict is Verdict.REQUEUE:
            self._clock.call_later(self._delay, self._hand_back, tag, True)
        else:
            self._tags.left()

    def end(self) -> None:
        """Tell what there is to tell, and no more. What waits goes back with the channel."""
        self._is_ending = True
        self._woken.set()

    async def run(self) -> None:
        """Tell what there is to tell, until `end`."""
        with contextlib.suppress(*_GONE):
            while not self._is_ending:
                await self._woken.wait()
                self._woken.clear()
                await self._tell()

    async def _tell(self) -> None:
        # Those that go back are told first: an acknowledgement may stand for all below it.
        back, self._back = self._back, []
        done, self._done = self._done, []
        for tag, requeue in back:
            await self._channel.basic_reject(tag, requeue=requeue, wait=False)
            self._tags.settled(tag)
        for tag, multiple in self._tags.acknowledgements(done):
            await self._channel.basic_ack(tag, multiple=multiple, wait=False)

    def _hand_back(self, tag: int, requeue: bool) -> None:
        self._back.append((tag, requeue))
        self._woken.set()
