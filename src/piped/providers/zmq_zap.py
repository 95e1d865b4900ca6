"""Who may come in to queues that are encrypted: ZeroMQ asks over a socket of its own (RFC 27).

Nobody may, but those whose public key is allowed. What is logged are addresses and public keys.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import zmq
from zmq.utils import z85

from piped.providers.zmq_socket import QueueSocket

if TYPE_CHECKING:
    from piped.clock import Clock

__all__ = ["Allowed", "Doorkeeper", "verdict"]

logger = logging.getLogger(__name__)

Allowed = Mapping[str, "Literal['any'] | frozenset[str]"]
_ENDPOINT = "inproc://zeromq.zap.01"
_MOST_TOLD = 1000  # who is refused tries again and again


class Doorkeeper:
    """Answers whether somebody may come in to a queue."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], allowed: Allowed, clock: Clock
    ) -> None:
        socket = context.socket(zmq.REP)
        socket.bind(_ENDPOINT)
        self._allowed = allowed
        self._told: set[tuple[str, str]] = set()
        self._asked = QueueSocket("zmq.zap", "REP", socket, clock, multipart=True)
        self._asked.on_readable = self._answer

    def close(self) -> None:
        self._asked.close(0)

    def _answer(self) -> None:
        while (question := self._asked.receive()) is not None:
            answer = verdict(question, self._allowed)
            self._asked.send_soon(answer)
            if answer[2] != b"200":
                self._tell(question)

    def _tell(self, question: list[bytes]) -> None:
        queue, address, key = _text(question, 2), _text(question, 3), _key_of(question)
        if len(self._told) < _MOST_TOLD and (queue, key) not in self._told:
            self._told.add((queue, key))
            what = f"its public key is {key}" if key else "it shows no key"
            logger.warning("zmq.queue.%s: %s may not come in, %s", queue, address, what)


def verdict(question: list[bytes], allowed: Allowed) -> list[bytes]:
    """The answer to a question of ZeroMQ's. Pure."""
    number = question[1] if len(question) > 1 else b""
    known, key = allowed.get(_text(question, 2), frozenset()), _key_of(question)
    if key and (known == "any" or key in known):
        return [b"1.0", number, b"200", b"OK", key.encode(), b""]
    return [b"1.0", number, b"400", b"not allowed", b"", b""]


def _key_of(question: list[bytes]) -> str:
    """The public key that is shown; empty if there is none."""
    is_curve = len(question) == 7 and question[5] == b"CURVE" and len(question[6]) == 32
    return z85.encode(question[6]).decode() if is_curve else ""


def _text(question: list[bytes], at: int) -> str:
    return question[at].decode("utf-8", "replace") if len(question) > at else ""
