"""The connections of a process to web servers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

import piped
from piped.exceptions import TimeoutError as TookTooLong, UnfitBaton
from piped.interop import outcome_of
from piped.options import duration_text
from piped.processors.http_failures import HttpError
from piped.processors.http_rules import Redirect, Retries, redirect_of

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from yarl import URL

    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment

__all__ = ["Asked", "Limits", "WebClient", "error_of", "shown", "url_of", "web_client_of"]

Use = Callable[["ClientResponse"], Awaitable[Any]]
_NAME = "piped.web-client"
# A server that does not answer is not to take all connections for itself.
_CONNECTIONS, _PER_HOST = 1000, 100
# So much of the body of an error is kept.
_EXCERPT = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take; None is for ever. `total` is for each attempt as a whole."""

    total: float | None = None
    connect: float | None = None
    read: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    url: URL
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None  # bytes, or what is iterated over asynchronously
    limits: Limits = Limits()
    redirects: int = 0
    found_get: bool = True
    tls: ssl.SSLContext | bool = True
    proxy: str | None = None

    def follow(self, redirect: Redirect) -> Asked:
        return replace(
            self,
            method=redirect.method,
            url=redirect.url,
            headers=dict(redirect.headers),
            body=self.body if redirect.keeps_body else None,
            redirects=self.redirects - 1,
        )

    @property
    def can_be_repeated(self) -> bool:
        return self.body is None or isinstance(self.body, bytes)


class WebClient(Service):
    """Sends requests. Connections are kept, and used again by all who ask."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._close())

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _connections(self) -> ClientSession:
        if self._session is None:
            from aiohttp import ClientSession, DummyCookieJar, TCPConnector

            self._session = ClientSession(
                connector=TCPConnector(limit=_CONNECTIONS, limit_per_host=_PER_HOST),
                # One baton's cookies are no other's.
                cookie_jar=DummyCookieJar(),
                headers={"User-Agent": f"piped/{piped.__version__}"},
            )
        return self._session

    async def attempt(self, asked: Asked, use: Use) -> Any:
        """What `use` makes of the answer, which is closed then if `use` has not read it all."""
        try:
            async with asyncio.timeout(asked.limits.total):
                response = await self._followed(asked)
                try:
                    return await use(response)
                except BaseException as failure:
                    response.close()
                    if isinstance(failure, Exception):
                        failure.add_note(f"while asking: {shown(asked)}")
                    raise
        except TimeoutError as late:
            total = asked.limits.total
            limit = f" in {duration_text(total)}" if total else ""
            raise TookTooLong(f"{shown(asked)} was not answered{limit}") from late

    async def _followed(self, asked: Asked) -> ClientResponse:
        """The answer at the end of all redirects."""
        while True:
            response = await self._sent(asked)
            location = response.headers.get("location")
            redirect = redirect_of(
                response.status,
                location,
                asked.method,
                asked.url,
                asked.headers,
                get=asked.found_get,
            )
            if redirect is None or asked.redirects < 1:
                return response
            if redirect.keeps_body and not asked.can_be_repeated:
                return response
            response.release()
            asked = asked.follow(redirect)

    async def _sent(self, asked: Asked) -> ClientResponse:
        from aiohttp import ClientTimeout

        limits = asked.limits
        return await self._connections().request(
            asked.method,
            asked.url,
            headers=asked.headers,
            data=asked.body,
            allow_redirects=False,
            ssl=asked.tls,
            proxy=asked.proxy,
            timeout=ClientTimeout(
                total=None,
                connect=limits.connect,
                sock_connect=limits.connect,
                sock_read=limits.read,
            ),
        )

    async def ask(
        self,
        asked: Asked,
        use: Use,
        retries: Retries,
        clock: Clock,
    ) -> Any:
        """What `use` makes of the answer, after as many attempts as `retries` allows."""
        from aiohttp import ClientConnectionError, ClientPayloadError, ClientSSLError

        turn = 0
        while True:
            turn += 1
            again = asked.can_be_repeated and retries.allowed(asked.method, turn)
            after = None
            try:
                busy = retries.statuses if again else ()
                return await self.attempt(asked, partial(_unless_busy, busy, use))
            except _Busy as busy_server:
                after = busy_server.after
            except ClientSSLError:
                raise  # it will not be somebody else the next time
            except (ClientConnectionError, ClientPayloadError, TookTooLong):
                if not again:
                    raise
            await clock.sleep(retries.pause(turn, after, clock.time()))


class _Busy(Exception):
    """The server asks to be asked later."""

    def __init__(self, after: str | None) -> None:
        super().__init__()
        self.after = after


async def _unless_busy(statuses: Collection[int], use: Use, response: ClientResponse) -> Any:
    if response.status in statuses:
        raise _Busy(response.headers.get("retry-after"))
    return await use(response)


async def error_of(response: ClientResponse) -> HttpError:
    """The error that an answer is, with the beginning of its body."""
    excerpt = b""
    async for piece in response.content.iter_chunked(_EXCERPT):
        excerpt += piece
        if len(excerpt) >= _EXCERPT:
            break
    response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpError(response.status, response.reason or "", excerpt[:_EXCERPT], headers)


def shown(asked: Asked) -> str:
    """A request without what may be secret in it."""
    return f"{asked.method} {asked.url.with_user(None).with_query(None).with_fragment(None)}"


def url_of(value: Any) -> URL:
    """The URL that `value` is."""
    from yarl import URL

    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    try:
        url = URL(text)
    except (TypeError, ValueError) as error:
        raise UnfitBaton(f"{value!r} is no URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise UnfitBaton(f"{value!r} is no URL of a web server")
    return url


def web_client_of(environment: RuntimeEnvironment) -> WebClient:
    """The one client of a process, which is closed when that stops."""
    application = environment.application
    if _NAME not in application.namedServices:
        client = WebClient()
        client.setName(_NAME)
        client.setServiceParent(application)
    found: WebClient = application.namedServices[_NAME]
    return found
