"""kazoo's thread, and the way from it to the loop.

1. A client has one thread, in which kazoo holds the connection. All that it learns is told on the
   loop, in the order in which it happened: answers, watches, and what became of the connection.
2. A call never blocks the loop, however many wait to be sent.
3. `abort` ends whatever the thread waits for: a connection, an answer, the time to try again.
4. What kazoo logs is told on one line, without tracebacks, and never what it sends.
"""

from __future__ import annotations

import asyncio
import logging
import math
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLContext
from typing import Any

from kazoo.handlers.threading import SequentialThreadingHandler

__all__ = ["Handler", "Quiet", "WakeupPair"]


class Handler(SequentialThreadingHandler):  # type: ignore[misc]  # kazoo is not typed
    """What kazoo asks for threads, sockets, and for the calls that it has to make.

    `crashed` is told on the loop what ended the thread, if kazoo did not mean it to end.
    """

    name = "piped"

    def __init__(
        self,
        crashed: Callable[[Exception], object],
        tls: SSLContext | None = None,
        limit: float = 30.0,
    ) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._crashed = crashed
        self._tls = tls
        self._limit = limit  # seconds until the first answer; kazoo waits as long as a session
        self._socket: socket.socket | None = None
        self._is_answered = False
        self._aborted = threading.Event()
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_woken = False
        # There are no queues and no threads for them: the loop is the queue.
        self.completion_queue = self
        self.callback_queue = self

    running = True

    def start(self) -> None:
        """Nothing is to be started."""

    def stop(self) -> None:
        """Nothing is to be stopped."""

    def put(self, function: Callable[[], object]) -> None:
        """Call it on the loop, which is woken once for all that waits to be called."""
        self._waiting.append(function)
        if not self._is_woken:
            self._is_woken = True
            with suppress(RuntimeError):  # the loop is closed, and nobody waits for anything
                self._loop.call_soon_threadsafe(self._call_all)

    def _call_all(self) -> None:
        # Before all else: what is put from now on wakes the loop again.
        self._is_woken = False
        for _ in range(len(self._waiting)):
            self._loop.call_soon(self._waiting.popleft())

    def dispatch_callback(self, callback: Any) -> None:
        self.put(lambda: callback.func(*callback.args))

    def spawn(self, func: Callable[..., object], *args: Any, **options: Any) -> threading.Thread:
        def run() -> None:
            try:
                func(*args, **options)
            except Exception as error:  # noqa: BLE001 - it would end as a traceback
                failure = error
                self.put(lambda: self._crashed(failure))

        thread = threading.Thread(target=run, name="piped-zookeeper", daemon=True)
        thread.start()
        return thread

    def sleep_func(self, seconds: float) -> None:
        """Wait in the thread; not any more when it is to end."""
        self._aborted.wait(seconds)

    def select(self, readers: Any, writers: Any, _: Any, timeout: float | None = None) -> Any:
        """Which of the sockets are ready. The selector that kazoo has costs more than the rest."""
        # What TLS has read of the socket already is not announced any more.
        if read := [each for each in readers if getattr(each, "pending", int)()]:
            return read, [], []
        poll = select.poll()
        for events, those in ((select.POLLIN, readers), (select.POLLOUT, writers)):
            for each in those:
                poll.register(each, events)
        if timeout is not None and not self._is_answered:
            timeout = min(timeout, self._limit)
        ready = {fd for fd, _ in poll.poll(None if timeout is None else math.ceil(timeout * 1000))}
        self._is_answered = self._is_answered or any(each.fileno() in ready for each in readers)
        return *(
            [each for each in those if each.fileno() in ready] for those in (readers, writers)
        ), []

    def create_socket_pair(self) -> tuple[Any, Any]:
        pair = WakeupPair()
        return pair, pair

    def create_connection(
        self,
        address: tuple[str, int],
        hostname: str | None = None,
        timeout: float | None = None,
        **_tls: Any,
    ) -> socket.socket:
        """Connect. From the first moment on, `abort` can end it."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        self._socket, self._is_answered = connection, False
        try:
            # One who is to stop waits for nothing.
            limit = self._limit if timeout is None else min(self._limit, timeout)
            connection.settimeout(0.001 if self._aborted.is_set() else limit)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(address)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_hostname=hostname)
                self._socket = connection
        except BaseException:
            connection.close()
            raise
        return connection

    def abort(self) -> None:
        """End whatever the thread waits for."""
        self._aborted.set()
        connection = self._socket
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class WakeupPair:
    """Wakes kazoo's thread for each call that is to be sent: both ends of kazoo's pair of sockets.

    kazoo writes a byte for each call, and reads one when it has sent it. A pair of sockets takes
    some hundreds, then it blocks whoever writes. So bytes are counted, and one is enough.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._count = 0
        self._lock = threading.Lock()

    def fileno(self) -> int:
        return self._reader.fileno()

    def send(self, data: bytes) -> int:
        with self._lock:
            if not self._count:
                self._writer.send(b"\0")
            self._count += len(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        with self._lock:
            if not self._count:
                raise BlockingIOError("there is nothing to be read")
            self._count = max(self._count - size, 0)
            if not self._count:
                self._reader.recv(1)
        return b"\0" * size

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


class Quiet:
    """The logger that kazoo gets. It keeps what kazoo warns of last, as the reason of a loss."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell

    def log(self, level: int, message: str, *args: Any, **_: Any) -> None:
        if level >= logging.WARNING:
            self.warning(message, *args)

    def debug(self, message: str, *args: Any, **_: Any) -> None:
        """Each request with all that it has, passwords too: for nobody."""

    # What kazoo gives with a traceback it also raises, or gives to who waits for it.
    info = exception = debug

    def warning(self, message: str, *args: Any, **_: Any) -> None:
        self._tell(" ".join((message % args if args else message).split()))

    warn = error = warning
