"""Signals, sent for real: to this process, and to others that may end of them."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterator

import pytest
import uvloop

from piped.daemon.signals import Signals
from tests.processes import line_of, started

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    loop = LOOPS[request.param]()
    yield loop
    loop.close()


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def turn_until(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    loop.run_until_complete(asyncio.wait_for(done.wait(), timeout=30))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_stops_in_order_and_the_second_ends_at_once(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stop = asyncio.Event()
    ended: list[int] = []
    signals = Signals(stop=stop.set, reopen=str, closing=lambda: "web", end=ended.append)
    signals.install(loop)
    try:
        loop.call_soon(send, number)
        turn_until(loop, stop)
        assert ended == []
        send(signal.SIGTERM)  # nobody turns the loop
        assert ended == [1]
    finally:
        signals.restore()
    assert caplog.messages == [
        f"{number.name}: stopping",
        "SIGTERM again: ending at once, while closing web",
    ]


def test_hanging_up_opens_the_log_files_each_time(loop: asyncio.AbstractEventLoop) -> None:
    reopened = asyncio.Event()
    signals = Signals(stop=pytest.fail, reopen=reopened.set, closing=str)
    signals.install(loop)
    try:
        for _ in range(2):
            reopened.clear()
            loop.call_soon(send, signal.SIGHUP)
            turn_until(loop, reopened)
    finally:
        signals.restore()


def test_log_files_that_cannot_be_opened_do_not_stop_the_server(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    tried = asyncio.Event()

    def reopen() -> None:
        tried.set()
        raise OSError("no such folder")

    signals = Signals(stop=pytest.fail, reopen=reopen, closing=str)
    signals.install(loop)
    try:
        loop.call_soon(send, signal.SIGHUP)
        turn_until(loop, tried)
    finally:
        signals.restore()
    assert caplog.messages == ["the log files could not be opened anew"]
    assert "no such folder" in caplog.text


@pytest.mark.parametrize("stopped", [False, True])
def test_the_former_handlers_come_back(loop: asyncio.AbstractEventLoop, stopped: bool) -> None:
    before = [signal.getsignal(each) for each in ALL]
    stop = asyncio.Event()
    signals = Signals(stop=stop.set, reopen=str, closing=str)
    signals.install(loop)
    assert [signal.getsignal(each) for each in ALL] != before
    if stopped:
        loop.call_soon(send, signal.SIGTERM)
        turn_until(loop, stop)
    signals.restore()
    signals.restore()
    assert [signal.getsignal(each) for each in ALL] == before


SERVER = """
    import asyncio, logging, signal, sys
    from piped.daemon.phases import Phase, Phases
    from piped.daemon.signals import Signals

    async def main():
        stop = asyncio.Event()
        signals = Signals(stop=stop.set, reopen=str, closing=lambda: phases.current)
        loop = asyncio.get_running_loop()
        phases = Phases([Phase("signals", lambda: signals.install(loop), signals.restore),
                         Phase("web", lambda: print("up", flush=True), CLOSE)])
        await phases.start()
        await stop.wait()
        await phases.stop()
        print("stopped")

    async def wait_for_ever():
        print("closing", flush=True)
        await asyncio.Event().wait()

    def block():
        print("closing", flush=True)
        while True:
            signal.pause()

    async def quickly():
        print("closing", flush=True)

    CLOSE = {"waits": wait_for_ever, "blocks": block, "closes": quickly}[sys.argv[2]]
    logging.basicConfig(format="%(message)s")
    if sys.argv[1] == "uvloop":
        import uvloop
        new = uvloop.new_event_loop
    else:
        new = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new) as runner:
        runner.run(main())
"""


@pytest.mark.parametrize("how", ["waits", "blocks"])
@pytest.mark.parametrize("kind", LOOPS)
def test_a_server_that_cannot_close_ends_at_the_second_signal(kind: str, how: str) -> None:
    with started(SERVER, kind, how) as server:
        assert line_of(server) == "up"
        server.send_signal(signal.SIGTERM)
        assert line_of(server) == "closing"
        server.send_signal(signal.SIGINT)
        rest, errors = server.communicate(timeout=30)
    assert (server.returncode, rest) == (1, "")
    assert errors == "SIGINT again: ending at once, while closing web\n"


@pytest.mark.parametrize("kind", LOOPS)
def test_a_server_that_can_close_does(kind: str) -> None:
    with started(SERVER, kind, "closes") as server:
        assert line_of(server) == "up"
        server.send_signal(signal.SIGINT)
        rest, errors = server.communicate(timeout=30)
    assert (server.returncode, rest, errors) == (0, "closing\nstopped\n", "")


class Busy(logging.Handler):
    """A stream that is just being written to, and takes nothing from within."""

    def emit(self, record: logging.LogRecord) -> None:
        raise RuntimeError("reentrant call")


def test_the_second_ends_at_once_even_if_it_interrupts_the_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ended: list[int] = []
    busy = Busy()
    logging.getLogger("piped.daemon.signals").addHandler(busy)
    try:
        signals = Signals(stop=list, reopen=list, closing=lambda: "the log", end=ended.append)
        signals._again(signal.SIGTERM, None)
    finally:
        logging.getLogger("piped.daemon.signals").removeHandler(busy)
    assert ended == [1]
    assert "SIGTERM again: ending at once, while closing the log" in capfd.readouterr().err
