"""Whether the other side of a connection is still there, on a clock of our own."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols import amp

from piped.providers.amp_peer import AMPPeer
from piped.providers.heartbeat import Heartbeat
from piped.testing.clock import ManualClock

BEAT = 10.0


class Peer:
    """Says something when it is told to."""

    transport: Any = None

    def __init__(self) -> None:
        self.has_spoken = True
        self.asked = 0

    def ask(self) -> None:
        self.asked += 1


class World:
    """A peer that is looked after."""

    def __init__(self, clock: ManualClock, beat: float | None = BEAT) -> None:
        self.peer = Peer()
        self.losses = 0
        self.heartbeat = Heartbeat(self.peer, beat, clock, self._lost)

    def _lost(self) -> None:
        self.losses += 1

    @property
    def state(self) -> tuple[int, int]:
        return self.peer.asked, self.losses


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_who_says_nothing_for_a_beat_is_asked_and_then_lost_once(clock: ManualClock) -> None:
    world = World(clock)
    states = []
    for _ in range(5):
        await clock.advance(BEAT)
        states.append(world.state)
    # It might have said its last word at the end of the first beat.
    assert states == [(0, 0), (1, 0), (1, 1), (1, 1), (1, 1)]
    assert world.heartbeat.is_silent


async def test_who_answers_is_asked_again_and_again(clock: ManualClock) -> None:
    world = World(clock)
    for turn in range(1, 6):
        await clock.advance(2 * BEAT)
        assert world.state == (turn, 0)
        world.peer.has_spoken = True


async def test_who_speaks_is_not_asked(clock: ManualClock) -> None:
    world = World(clock)
    for _ in range(10):
        await clock.advance(BEAT)
        world.peer.has_spoken = True
    assert world.state == (0, 0)


@pytest.mark.parametrize("beats", [0, 1, 2])
async def test_nobody_is_asked_or_lost_any_more_when_it_is_stopped(
    clock: ManualClock, beats: int
) -> None:
    world = World(clock)
    await clock.advance(beats * BEAT)
    before = world.state
    world.heartbeat.stop()
    await clock.advance(10 * BEAT)
    assert world.state == before
    assert not world.heartbeat.is_silent


async def test_nobody_is_asked_without_a_beat(clock: ManualClock) -> None:
    world = World(clock, None)
    await clock.advance(1000 * BEAT)
    assert world.state == (0, 0)
    world.heartbeat.stop()


async def test_who_still_takes_what_was_sent_is_neither_asked_nor_lost(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [False, True, True, False, False]
    asked: list[tuple[Any, float]] = []

    def is_arriving(transport: Any, within: float) -> bool:
        asked.append((transport, within))
        return told.pop(0)

    monkeypatch.setattr("piped.providers.heartbeat.is_arriving", is_arriving)
    world = World(clock)
    world.peer.has_spoken = False
    states = []
    for _ in range(5):
        await clock.advance(BEAT)
        states.append(world.state)
    assert states == [(1, 0), (1, 0), (1, 0), (2, 0), (2, 1)]
    assert asked == [(None, BEAT)] * 5


async def test_a_connection_that_has_left_amp_for_something_else_is_let_alone(
    clock: ManualClock,
) -> None:
    losses: list[None] = []
    peer = AMPPeer()
    peer.makeConnection(StringTransport())
    heartbeat = Heartbeat(peer, BEAT, clock, lambda: losses.append(None))
    peer.callRemote(amp.ProtocolSwitchCommand, Factory.forProtocol(Protocol))
    sent = peer.transport.value()
    await clock.advance(10 * BEAT)
    heartbeat.stop()
    assert not losses
    assert peer.transport.value() == sent
