"""The debugger of a site: pages of failures, and what they ask for.

It speaks to a `twisted.web` request, of whichever engine. `page` is asked when a request failed;
`handle` gets all requests below `__debug__`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import socket
from functools import cache
from importlib.resources import files
from typing import Any

from piped.clock import Clock, Wakeup
from piped.interop import drive
from piped.observe.svg import STYLE
from piped.web.debugger.alarm import TooLong, can_limit
from piped.web.debugger.calls import Calls, Gone, Unfit
from piped.web.debugger.document import POLICY, Shell, failure_page, gone_page, list_page
from piped.web.debugger.failed import Asked, Failed
from piped.web.debugger.gate import Asking, Clients, Gate, Refusal
from piped.web.debugger.held import Store
from piped.web.debugger.settings import Debug

__all__ = ["LONGEST_BODY", "Debugger"]

logger = logging.getLogger("piped.web.debugger")

_DOOR = "/__debug__"
LONGEST_BODY = 200_000
_HTML, _JSON, _TEXT = "text/html", "application/json", "text/plain"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Debugger:
    """Keeps failures, and shows them to those who may see them: from `start` to `stop`."""

    def __init__(self, settings: Debug, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._gate = Gate(Clients(settings.allow), settings.hosts)
        self._store: Store[Failed] = Store(
            settings.max_failures, settings.max_failures_of_a_kind, settings.max_inactive_time
        )
        self._calls = Calls(self._store, clock, settings.max_evaluation_time)
        self._tasks: set[asyncio.Task[None]] = set()
        self._missed: set[str] = set()
        self._wakeup: Wakeup | None = None

    @property
    def is_on(self) -> bool:
        """Whether anybody may debug."""
        return bool(self._gate.clients)

    def start(self) -> None:
        """Look for idle failures from now on, and up the names of those who may debug."""
        if self.is_on and self._wakeup is None:
            if not can_limit():
                logger.warning("debugger: nothing interrupts an evaluation that does not end")
            self._turn()

    def stop(self) -> None:
        """Let go of everything."""
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None
        for task in self._tasks:
            task.cancel()
        self._store.clear()

    def reap(self) -> int:
        """Let go of what nobody has looked at for too long. Gives how many that were."""
        return self._store.reap(self._clock.monotonic())

    def page(self, request: Any, exception: BaseException) -> bytes | None:
        """The page for the client of that request; None, if it may not debug. Keeps the failure."""
        asking = _asking(request)
        if self._gate.may_see(asking) is not None:
            return None
        asked = Asked(asking.method, _decoded(request.uri), asking.client, self._clock.time())
        failed, id_ = Failed(exception, asked), secrets.token_urlsafe(12)
        item = self._store.keep(id_, failed.kind, failed, self._clock.monotonic())
        _set_headers(request, _HTML)
        return failure_page(Shell(_base_at(request), self._gate.token(asking.client)), item)

    def handle(self, request: Any) -> None:
        """Answer a request for something below `__debug__`."""
        asking = _asking(request)
        base, name = _below(request)
        if name in self._calls or asking.method not in {"GET", "HEAD"}:
            refusal = self._gate.may_call(asking, self._clock.monotonic())
            if refusal is not None:
                self._refuse(request, asking, refusal)
            elif name not in self._calls:
                _send(request, 404, b"There is no such call.", _TEXT)
            else:
                self._begin(request, name, asking.client)
        elif (refusal := self._gate.may_see(asking)) is not None:
            self._refuse(request, asking, refusal)
        else:
            self._show(request, Shell(base, self._gate.token(asking.client)), name)

    def _refuse(self, request: Any, asking: Asking, refusal: Refusal) -> None:
        logger.info("debugger: %s is refused by rule %d", asking.client, refusal.rule)
        if refusal.code == 405:
            request.setHeader(b"allow", b"POST")
        _send(request, refusal.code, refusal.why.encode(), _TEXT)

    def _show(self, request: Any, shell: Shell, name: str) -> None:
        if name in (served := _files()):
            _send(request, 200, *served[name])
        elif not name:
            _send(request, 200, list_page(shell), _HTML)
        elif (item := self._store.find(name, self._clock.monotonic())) is not None:
            _send(request, 200, failure_page(shell, item), _HTML)
        else:
            was_there, idle = self._store.is_gone(name), self._settings.max_inactive_time
            _send(request, 404, gone_page(shell, was_there=was_there, idle=idle), _HTML)

    def _begin(self, request: Any, name: str, client: str) -> None:
        task = drive(self._answer(request, name, client), name=f"debugger: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Nobody is there to read it.
        request.notifyFinish().addErrback(lambda _: task.cancel())

    async def _answer(self, request: Any, name: str, client: str) -> None:
        try:
            code, answer = 200, await self._calls.answer(name, _body(request), client)
        except Unfit as unfit:
            code, answer = 400, {"why": str(unfit)}
        except Gone:
            code, answer = 404, {"why": "This failure is not held any more."}
        except TooLong as late:
            code, answer = 503, {"why": f"It was interrupted: {late}."}
        except Exception:
            logger.exception("debugger: %s failed", name)
            code, answer = 500, {"why": "The debugger failed: see the log."}
        _send(request, code, json.dumps(answer).encode(), _JSON)

    def _turn(self) -> None:
        self.reap()
        if self._gate.clients.names:
            task = asyncio.get_running_loop().create_task(self._look_up())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._wakeup = self._clock.call_later(self._settings.reap_interval, self._turn)

    async def _look_up(self) -> None:
        """Find out what the names in `allow` stand for, now."""
        loop, found = asyncio.get_running_loop(), []
        for name in self._gate.clients.names:
            try:
                answers = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            except OSError as failure:
                if name not in self._missed:
                    logger.warning("debugger: %r in debug.allow is not found: %s", name, failure)
                self._missed.add(name)
            else:
                found += [str(address[0]) for *_, address in answers]
                self._missed.discard(name)
        self._gate.clients.found(found)


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """What the pages are made of: each file with its type."""
    page = files("piped.web.debugger") / "page"
    found = {each.name: each.read_bytes() for each in page.iterdir()}
    found["page.css"] = STYLE.encode() + found["page.css"]
    return {name: (body, _KINDS[f".{name.rpartition('.')[2]}"]) for name, body in found.items()}


def _asking(request: Any) -> Asking:
    headers = {
        _decoded(name).lower(): [_decoded(each) for each in values]
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    client = getattr(request.getClientAddress(), "host", None) or ""
    version = _decoded(getattr(request, "clientproto", b"HTTP/1.1"))
    return Asking(str(client), _decoded(request.method), headers, version)


def _base_at(request: Any) -> str:
    """Where the debugger of a place is, by a request to that place."""
    segments = _decoded(request.path).split("/")
    left = len(request.postpath or ())
    if left:
        del segments[-left:]
    return _own("/".join(segments).rstrip("/")) + _DOOR


def _below(request: Any) -> tuple[str, str]:
    """Where the debugger is, and what is asked of it."""
    before, door, name = _decoded(request.path).partition(f"{_DOOR}/")
    return _own(before.removesuffix(_DOOR)) + _DOOR, name if door else ""


def _own(path: str) -> str:
    r"""A path that no browser takes for an address elsewhere, as it would `//host` or `/\host`."""
    path = path.replace("\\", "%5C").strip("/")
    return f"/{path}" if path else ""


def _body(request: Any) -> Any:
    request.content.seek(0)
    body = request.content.read(LONGEST_BODY + 1)
    if len(body) > LONGEST_BODY:
        raise Unfit(f"the body has more than {LONGEST_BODY} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise Unfit("the body is no JSON") from failure


def _send(request: Any, code: int, body: bytes, kind: str) -> None:
    request.setResponseCode(code)
    _set_headers(request, kind)
    request.setHeader(b"content-length", str(len(body)).encode())
    if request.method != b"HEAD":
        request.write(body)
    request.finish()


def _set_headers(request: Any, kind: str) -> None:
    for name, value in {**_HEADERS, "content-type": f"{kind}; charset=utf-8"}.items():
        request.setHeader(name.encode(), value.encode())


def _decoded(text: bytes) -> str:
    return text.decode("latin-1")
