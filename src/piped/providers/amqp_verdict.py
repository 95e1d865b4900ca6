"""What becomes of a message. Pure.

1. A message is settled when the run of its baton has ended, and not before.
2. If the run succeeded, it is acknowledged. A baton that a pipeline gave up, as it was told to,
   counts as such.
3. If there was no room for it, or what the pipeline needs was lost, it goes back to its queue,
   however often it came: that is nothing of its own.
4. If the run failed, it goes back; or to the dead letters, if it is not to come again, or has come
   as often as it may. If the rules say so, it is acknowledged, or left to the pipeline to settle.
5. If the run was cancelled, for the consumer stops, it goes back.

How often a message has come is told by quorum queues (`x-delivery-count`). Others tell only
whether it came before; then it counts as the second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from piped.exceptions import BatonDropped, PipelineFull, ResourceLost, UnprovidedResourceError

__all__ = ["Rules", "Verdict", "deliveries_of"]


class Verdict(Enum):
    """What the broker is told of a message."""

    ACK = "is done with"
    REQUEUE = "goes back to its queue"
    REJECT = "goes to the dead letters"
    LEAVE = "is left to the pipeline"


_NOT_ITS_FAULT = (PipelineFull, ResourceLost, UnprovidedResourceError)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of one consumer."""

    ack_success: bool = True
    ack_failure: bool = False
    nack_failure: bool = True
    requeue: bool = True
    max_deliveries: int | None = None

    @property
    def succeeded(self) -> Verdict:
        return Verdict.ACK if self.ack_success else Verdict.LEAVE

    def failed(self, failure: BaseException, deliveries: int) -> Verdict:
        """The verdict on a message that has come so often, and whose run ended with `failure`."""
        if isinstance(failure, BatonDropped):
            return self.succeeded
        if not isinstance(failure, Exception) or isinstance(failure, _NOT_ITS_FAULT):
            return Verdict.REQUEUE
        if self.ack_failure:
            return Verdict.ACK
        if not self.nack_failure:
            return Verdict.LEAVE
        spent = self.max_deliveries is not None and deliveries >= self.max_deliveries
        return Verdict.REQUEUE if self.requeue and not spent else Verdict.REJECT


def deliveries_of(headers: Mapping[str, Any] | None, redelivered: bool) -> int:
    """How often a message has come, this time included."""
    counted = headers.get("x-delivery-count") if headers else None
    if isinstance(counted, int):
        return counted + 1
    return 2 if redelivered else 1
