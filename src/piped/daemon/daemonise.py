"""Leaving the terminal.

1. `daemonise` returns in the daemon alone: a grandchild in a session of its own, which can get no
   terminal again, with umask 0077 and the null device as its streams.
2. The caller waits, until the daemon says that it is up or that it failed, and repeats that: text
   on stderr, and the exit code.
3. A daemon that ends without a word is a failure.
4. An interrupt of the caller stops the daemon. A second one leaves it alone.
5. It is called before there is a thread or an event loop, none of which survives a fork.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from piped.daemon.exit_codes import ExitCode

__all__ = ["Handshake", "daemonise"]

UMASK = 0o077


class Handshake:
    """The daemon's way to tell its caller, once, how the start went."""

    def __init__(self, pipe: int) -> None:
        self._pipe: int | None = pipe

    def up(self) -> None:
        """Everything runs. The caller exits with 0."""
        self._answer(ExitCode.DONE, "")

    def failed(self, text: str, exit_code: int = ExitCode.FAILED) -> None:
        """The start failed. The caller prints `text` and exits with `exit_code`."""
        self._answer(exit_code, text)

    def _answer(self, exit_code: int, text: str) -> None:
        if self._pipe is None:
            return  # the caller has its answer, and is gone
        pipe, self._pipe = self._pipe, None
        # A caller that was killed wants no answer; the daemon goes on.
        with suppress(BrokenPipeError), os.fdopen(pipe, "w", encoding="ascii") as stream:
            stream.write(json.dumps([int(exit_code), text]) + "\n")


def daemonise() -> Handshake:
    """Return in a daemon. In the caller, wait for its answer and raise `SystemExit`."""
    _refuse_company()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()  # or the daemon would have the same text in its own buffers
    reading, writing = os.pipe()
    # An interrupt waits until it is known whom it is to stop.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    child = os.fork()
    if child:
        os.close(writing)
        _wait(child, reading, mask)
    os.close(reading)
    _detach(writing)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return Handshake(writing)


def _refuse_company() -> None:
    if threading.active_count() > 1:
        raise RuntimeError("a process with threads cannot be made a daemon")
    if _has_loop():
        raise RuntimeError("a process with a running event loop cannot be made a daemon")


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _detach(writing: int) -> None:
    os.setsid()
    if os.fork():
        os._exit(0)  # nothing of the caller's is to be run at this exit
    os.write(writing, b"%d\n" % os.getpid())
    os.umask(UMASK)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _wait(child: int, reading: int, mask: set[signal.Signals | int]) -> NoReturn:
    os.waitpid(child, 0)
    with os.fdopen(reading, encoding="ascii") as stream:
        number = stream.readline().strip()
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            answer = stream.readline()
        except KeyboardInterrupt:
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(int(number), signal.SIGTERM)
            answer = stream.readline()
    exit_code, text = json.loads(answer) if answer else _silence(number)
    _print(text)
    raise SystemExit(exit_code)


def _silence(number: str) -> tuple[int, str]:
    process = f"process {number}" if number else "the server"
    return ExitCode.FAILED, f"{process} ended without a word before it was up"


def _print(text: str) -> None:
    if text and sys.stderr is not None:
        sys.stderr.write(text if text.endswith("\n") else f"{text}\n")
        sys.stderr.flush()
