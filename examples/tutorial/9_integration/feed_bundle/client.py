import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout

from feed_bundle.account import Account, LoginNeeded
from feed_bundle.timeline import Timeline
from piped.backoff import Backoff
from piped.interop import drive
from piped.service import PipedDependencyService

logger = logging.getLogger(__name__)


class TooMany(Exception):
    """We have asked too often."""

    def __init__(self, after: float) -> None:
        super().__init__(f"the feed wants us to wait for {after} s")
        self.after = after


class FeedClient(PipedDependencyService):
    """Follows a feed whenever the processor and the store are there."""

    def __init__(self, name: str, settings: Any) -> None:
        super().__init__()
        self.setName(f"feed.{name}")
        self._settings = settings
        self._in_hand: asyncio.Task[None] | None = None

    def configure(self, runtime_environment: Any) -> None:
        super().configure(runtime_environment)
        self._clock = runtime_environment.clock
        self._needs = runtime_environment.create_dependency_map(
            self, processor=self._settings.processor, store=self._settings.store
        )
        self._account = Account(self._settings, self._clock, self._needs)
        self._timeline = Timeline(self._needs)
        # There from the beginning; and there while we are connected.
        runtime_environment.offer(f"{self.name}.account", resource=self._account)
        runtime_environment.offer(f"{self.name}.timeline", resource=self._timeline)
        self._offer = runtime_environment.offer(self.name)

    async def run_with_dependencies(self) -> None:
        backoff = Backoff(self._settings.initial_delay, self._settings.max_delay)
        timeout = ClientTimeout(total=None, sock_connect=10, sock_read=self._settings.silence)
        try:
            async with ClientSession(self._settings.url, timeout=timeout) as self._session:
                while True:
                    await self._stay_connected(backoff)
        finally:
            self._lost("not connected")
            if self._in_hand is not None:
                await asyncio.gather(self._in_hand, return_exceptions=True)

    async def _stay_connected(self, backoff: Backoff) -> None:
        try:
            await self._read(backoff)
        except LoginNeeded as refused:
            self._lost("not logged in")
            logger.error("%s: %s; it goes on when somebody logs in", self.name, refused)  # noqa: TRY400 - what it says is enough
            await self._account.logged_in()
        except Exception as failure:  # noqa: BLE001 - whatever it is, the feed may come back
            self._lost("not connected")
            delay = max(backoff.next(), getattr(failure, "after", 0))
            what = f"{type(failure).__name__}: {failure}"
            logger.warning("%s: %s; trying again in %.1f s", self.name, what, delay)
            await self._clock.sleep(delay)

    async def _read(self, backoff: Backoff) -> None:
        """Follow the stream until it ends, which it does with our token."""
        where = {"Last-Event-ID": str(self._timeline.last)}
        async with await self._ask("GET", "/api/stream", headers=where) as answer:
            backoff.reset()
            if not self._offer.is_ready:
                logger.info("%s is connected, after status %d", self.name, self._timeline.last)
            self._offer.ready(self)
            self._timeline.tell("connected")
            async for data in events_of(answer.content):
                # Nothing more is read before its end, for which stopping waits, too.
                self._in_hand = drive(self._take(json.loads(data)))
                await asyncio.shield(self._in_hand)
        if not self._account.is_due:
            raise ConnectionError("the stream has ended")

    async def _take(self, status: dict[str, Any]) -> None:
        if status["id"] <= self._timeline.last:
            return
        try:
            await self._needs.processor({"status": status})
        except Exception:
            logger.exception("%s: status %d failed", self.name, status["id"])
        await self._timeline.keep(status)

    async def publish(self, text: str) -> None:
        """Publish a status, when the feed lets us."""
        while True:
            try:
                async with await self._ask("POST", "/api/statuses", json={"text": text}):
                    return
            except TooMany as busy:
                if busy.after > self._settings.max_delay:
                    raise
                await self._clock.sleep(busy.after)

    async def _ask(
        self, method: str, path: str, *, headers: Any = None, json: Any = None
    ) -> ClientResponse:
        for may_be_old in (True, False):
            token = await self._account.token()
            allowed = {**(headers or {}), "Authorization": f"Bearer {token.reveal()}"}
            answer = await self._session.request(method, path, headers=allowed, json=json)
            if answer.status < 400:
                return answer
            answer.close()
            if answer.status == 401 and may_be_old:
                self._account.forget(token)
                continue
            if answer.status == 429:
                raise TooMany(float(answer.headers.get("Retry-After", 1)))
            break
        raise ConnectionError(f"{method} {path} was answered {answer.status}")

    def _lost(self, state: str) -> None:
        self._offer.lost(f"{self.name}: {state}")
        self._timeline.tell(state)


async def events_of(lines: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The data of server-sent events. One that is not whole is none."""
    data: list[str] = []
    async for line in lines:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
            if len(data) > 100:
                raise ValueError("an event of the feed is too long")
        elif not name and not value and data:
            yield "\n".join(data)
            data = []
