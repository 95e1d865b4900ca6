"""A client of StatsD.

1. Nobody waits for it, and nobody fails because of it: what cannot be sent at once is dropped.
2. Lines are gathered into packets; one that is full leaves at once.
3. The address is looked up in the beginning and again and again. Until it is known, the last
   packets are kept.
4. What is wrong is told of once. Over UDP nobody hears that it is well again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from twisted.application.service import Service

from piped.clock import Clock, Wakeup
from piped.interop import Outcome, drive, outcome_of, settled
from piped.observe.statsd import Packets, StatsdKind, component_of, lines_of
from piped.providers.statsd_settings import StatsdSettings

__all__ = ["StatsdClient"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Between attempts to look up an address that was not found.
_SOON = 5.0


class StatsdClient(Service):
    """Sends metrics over UDP. `tags` are a mapping, or a list of such as `colour:red`."""

    def __init__(self, name: str, settings: StatsdSettings, clock: Clock) -> None:
        self.setName(f"statsd.client.{name}")
        self.settings = settings
        self._clock = clock
        self._packets = Packets(settings.packet_size)
        self._socket: socket.socket | None = None
        self._addresses: list[tuple[int, Any]] = []
        self._wakeup: Wakeup | None = None
        self._looking_up: asyncio.Task[None] | None = None
        self._told: set[str] = set()

    def increment(
        self, metric: str, value: float = 1, tags: Any = (), sample_rate: float = 1
    ) -> None:
        self.send("c", metric, value, tags, sample_rate)

    def decrement(
        self, metric: str, value: float = 1, tags: Any = (), sample_rate: float = 1
    ) -> None:
        self.send("c", metric, -value, tags, sample_rate)

    def gauge(self, metric: str, value: float, tags: Any = ()) -> None:
        self.send("g", metric, value, tags)

    def timing(self, metric: str, value: float, tags: Any = (), sample_rate: float = 1) -> None:
        """Tell of a time, in milliseconds."""
        self.send("ms", metric, value, tags, sample_rate)

    def histogram(self, metric: str, value: float, tags: Any = (), sample_rate: float = 1) -> None:
        self.send("h", metric, value, tags, sample_rate)

    def set(self, metric: str, value: str, tags: Any = ()) -> None:
        """Tell of one of those whose number is counted, such as a user."""
        self.send("s", metric, value, tags)

    def timed(
        self, metric: str, awaitable: Awaitable[T], tags: Any = (), sample_rate: float = 1
    ) -> Outcome[T]:
        """The outcome of `awaitable`, whose time is told if it comes to a good end."""
        return outcome_of(self._timed(metric, awaitable, tags, sample_rate))

    async def _timed(self, metric: str, awaitable: Awaitable[T], tags: Any, rate: float) -> T:
        began = self._clock.monotonic()
        found: T = await settled(awaitable)
        self.timing(metric, (self._clock.monotonic() - began) * 1000, tags, rate)
        return found

    def send(
        self, kind: StatsdKind, metric: str, value: float | str, tags: Any = (), rate: float = 1
    ) -> None:
        """Send one value, or, at a rate below one, some of them."""
        if not self.running or (rate < 1 and random.random() >= rate):  # noqa: S311 - nobody is to be kept from guessing it
            return
        name, told = self._named(metric, tags)
        tagged = self.settings.tagged
        self._packets.add(lines_of(name, value, kind, rate=rate, tags=told, signed=tagged))
        if self._packets.is_due and self._socket is not None:
            self.flush()
        elif self._wakeup is None:
            self._wakeup = self._clock.call_later(self.settings.flush_interval, self.flush)

    def flush(self) -> None:
        """Send what there is, now."""
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None
        if self._socket is not None:
            for packet in self._packets.take():
                self._send_packet(packet)

    def startService(self) -> None:
        super().startService()
        self._looking_up = drive(self._look_up_on(), name=self.name)

    def stopService(self) -> Any:
        self.flush()
        super().stopService()
        if self._looking_up is not None:
            self._looking_up.cancel()
        self._close()
        return outcome_of(self._ended())

    async def _ended(self) -> None:
        if self._looking_up is not None:
            await asyncio.wait({self._looking_up})

    def _named(self, metric: str, tags: Any) -> tuple[str, list[str]]:
        """The name on the wire, and the tags there."""
        pairs = tags.items() if isinstance(tags, Mapping) else None
        name = ".".join(each for each in (self.settings.prefix, metric) if each)
        if self.settings.tagged:
            given = tags if pairs is None else [f"{key}:{each}" for key, each in pairs]
            return name, [*self.settings.tags, *given]
        values = [component_of(str(each)) for _, each in pairs or ()]
        return ".".join([name, *values]), []

    async def _look_up_on(self) -> None:
        while True:
            found = await self._look_up()
            every = self.settings.resolve_interval
            await self._clock.sleep(every if found else min(every, _SOON))

    async def _look_up(self) -> bool:
        host, port = self.settings.host, self.settings.port
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            self._tell(f"{host!r} is not found: {error}")
            return False
        addresses: list[tuple[int, Any]] = [(family, address) for family, _, _, _, address in found]
        if self._socket is None or self._addresses[0] not in addresses:
            self._addresses = addresses
            self._connect()
            self.flush()
        return self._socket is not None

    def _connect(self) -> None:
        """Be ready to send to the first address to which one can."""
        self._close()
        for at, (family, address) in enumerate(self._addresses):
            opened = None
            try:
                opened = socket.socket(family, socket.SOCK_DGRAM)
                opened.setblocking(False)
                opened.connect(address)
            except OSError as error:
                if opened is not None:
                    opened.close()
                self._tell(f"nothing can be sent to {address[0]}: {error}")
            else:
                self._socket = opened
                self._addresses = [*self._addresses[at:], *self._addresses[:at]]
                return

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send_packet(self, packet: bytes) -> None:
        # What is refused is an earlier packet: this one goes to the next address, or tries again.
        for _ in range(len(self._addresses) + 1):
            if self._socket is None:
                return
            try:
                self._socket.send(packet)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                self._refused()
            except OSError as error:
                self._tell(f"nothing can be sent: {error}")
                return
            else:
                return

    def _refused(self) -> None:
        """Go on with the next address: a name may have one of each kind, of which one is used."""
        self._tell(f"nobody listens at {self._addresses[0][1][0]}, port {self.settings.port}")
        if len(self._addresses) > 1:
            self._addresses = [*self._addresses[1:], self._addresses[0]]
            self._connect()

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            logger.warning("%s: %s", self.name, what)
