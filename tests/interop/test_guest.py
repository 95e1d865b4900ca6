"""Twisted's reactor on a loop that is not its own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ReactorAlreadyRunning, ReactorNotRunning
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from piped.interop.guest import GuestReactor, Reactor, _reap


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
async def reactor() -> Any:
    reactor: Any = GuestReactor(asyncio.get_running_loop(), lambda: None)
    reactor.start()
    yield reactor
    await reactor.shut_down()


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.SelectorEventLoop()
    yield loop
    loop.close()


# Children


class Child(ProcessProtocol):
    """Tells when all its pipes are closed, and how it ended."""

    def __init__(self) -> None:
        self.closed: list[int] = []
        self.all_closed = asyncio.Event()
        self.ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def childConnectionLost(self, childFD: int) -> None:  # noqa: N802, N803 - Twisted's names
        self.closed.append(childFD)
        if len(self.closed) == 3:
            self.all_closed.set()

    def processEnded(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        self.ended.set_result(reason.value)


async def ended_after_its_pipes(reactor: Any) -> Any:
    """How a child has ended that closed its pipes and lived on until it was told."""
    child, (read, write) = Child(), os.pipe()
    script = "exec 0<&- 1>&- 2>&-; read word <&3; exit 3"
    fds = {0: "w", 1: "r", 2: "r", 3: read}
    reactor.spawnProcess(child, "/bin/sh", ["sh", "-c", script], env={}, childFDs=fds)
    os.close(read)
    await child.all_closed.wait()
    os.write(write, b"go\n")
    os.close(write)
    return await child.ended


async def test_the_end_of_a_child_is_heard_of(reactor: Any) -> None:
    assert (await ended_after_its_pipes(reactor)).exitCode == 3


async def test_it_is_heard_of_where_the_kernel_does_not_tell(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    assert (await ended_after_its_pipes(reactor)).exitCode == 3


async def test_several_children_end_beside_those_of_asyncio(reactor: Any) -> None:
    children = [Child() for _ in range(3)]
    for child in children:
        reactor.spawnProcess(child, "/bin/true", ["true"], env={})
    ours = await asyncio.create_subprocess_exec("/bin/true")
    assert await ours.wait() == 0
    for child in children:
        assert isinstance(await child.ended, ProcessDone)


async def test_no_descriptor_is_left_of_a_child(reactor: Any) -> None:
    await ended_after_its_pipes(reactor)
    before = open_descriptors()
    await ended_after_its_pipes(reactor)
    assert open_descriptors() == before


def test_a_child_that_was_found_by_its_pipes_is_not_asked_again() -> None:
    class Found:
        pid = None

        def reapProcess(self) -> None:  # noqa: N802 - Twisted's name
            pytest.fail("it was asked")

    _reap(Found())


# Calls


async def test_calls_come_from_timers_and_threads(reactor: Any) -> None:
    called: asyncio.Queue[str] = asyncio.Queue()
    reactor.callLater(0, called.put_nowait, "timer")
    assert await called.get() == "timer"
    thread = threading.Thread(target=reactor.callFromThread, args=(called.put_nowait, "thread"))
    thread.start()
    assert await called.get() == "thread"
    thread.join()


async def test_work_is_done_in_threads_of_its_own(reactor: Any) -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    reactor.callInThread(loop.call_soon_threadsafe, done.set)
    await done.wait()
    await reactor.shut_down()
    assert reactor.threadpool is None


def test_iterating_does_what_is_due_and_waits_for_nothing() -> None:
    class Hasty(asyncio.SelectorEventLoop):
        def call_later(self, *_: Any, **__: Any) -> Any:  # type: ignore[override]  # never called
            raise AssertionError("waits")

    loop = Hasty()
    reactor: Any = Reactor(loop)
    called: list[int] = []
    reactor.startRunning(installSignalHandlers=False)
    reactor.callLater(0, called.append, 1)
    reactor.iterate()
    assert called == [1]
    loop.close()


def test_iterating_may_be_told_to_wait(loop: asyncio.AbstractEventLoop) -> None:
    reactor: Any = Reactor(loop)
    called: list[int] = []
    reactor.startRunning(installSignalHandlers=False)
    reactor.callLater(0.001, called.append, 1)
    reactor.iterate(0.01)
    assert called == [1]


def test_the_reactor_itself_can_be_run_like_any_other(loop: asyncio.AbstractEventLoop) -> None:
    reactor: Any = Reactor(loop)
    triggered: list[str] = []
    reactor.addSystemEventTrigger("before", "shutdown", triggered.append, "before")
    reactor.callWhenRunning(reactor.stop)
    reactor.run(installSignalHandlers=False)
    assert triggered == ["before"]


# Start and stop


def test_it_runs_when_the_loop_does(loop: asyncio.AbstractEventLoop) -> None:
    reactor: Any = GuestReactor(loop)
    started: list[bool] = []
    reactor.callWhenRunning(lambda: started.append(reactor.running))
    reactor.start()
    assert not reactor.running
    loop.run_until_complete(asyncio.sleep(0))
    assert started == [True]


async def test_it_runs_at_once_where_the_loop_does() -> None:
    reactor: Any = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    assert reactor.running
    await reactor.shut_down()


async def test_nobody_else_runs_it(reactor: Any) -> None:
    with pytest.raises(ReactorAlreadyRunning, match="the event loop runs the reactor"):
        reactor.run()


@pytest.mark.parametrize("how", ["stop", "crash"])
async def test_whoever_stops_it_asks_the_process_to_stop_once(how: str) -> None:
    asked: list[str] = []
    reactor: Any = GuestReactor(asyncio.get_running_loop(), lambda: asked.append("stop"))
    with pytest.raises(ReactorNotRunning):
        reactor.stop()
    reactor.start()
    getattr(reactor, how)()
    with pytest.raises(ReactorNotRunning):
        reactor.stop()
    assert asked == ["stop"]
    await reactor.shut_down()


def test_without_anybody_to_ask_the_loop_is_stopped(loop: asyncio.AbstractEventLoop) -> None:
    reactor: Any = GuestReactor(loop)
    reactor.start()
    reactor.callWhenRunning(reactor.stop)
    loop.run_forever()
    loop.run_until_complete(reactor.shut_down())
    assert not reactor.running


async def test_shutting_down_fires_all_triggers_and_waits_for_them() -> None:
    reactor: Any = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    fired: list[str] = []
    waited: Deferred[None] = Deferred()
    for phase in ("after", "during", "before"):
        reactor.addSystemEventTrigger(phase, "shutdown", fired.append, phase)
    reactor.addSystemEventTrigger("before", "shutdown", lambda: waited)
    ending = asyncio.create_task(reactor.shut_down())
    await asyncio.sleep(0)
    assert fired == ["before"]
    waited.callback(None)
    await ending
    assert fired == ["before", "during", "after"]
    assert not reactor.running


async def test_shutting_down_disconnects_and_the_loop_goes_on() -> None:
    from twisted.internet.protocol import Factory

    reactor: Any = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    port = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
    await reactor.shut_down()
    assert not port.connected
    assert reactor.getReaders() == []
    await asyncio.sleep(0)


async def test_shutting_down_twice_is_shutting_down_once() -> None:
    reactor: Any = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    fired: list[int] = []
    reactor.addSystemEventTrigger("during", "shutdown", fired.append, 1)
    await reactor.shut_down()
    await reactor.shut_down()
    assert fired == [1]


async def test_all_who_shut_down_wait_for_the_end() -> None:
    reactor: Any = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    waited: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", lambda: waited)
    ending = [asyncio.create_task(reactor.shut_down()) for _ in range(2)]
    await asyncio.sleep(0)
    assert reactor.running
    waited.callback(None)
    await asyncio.gather(*ending)
    assert not reactor.running


async def test_who_gives_up_does_not_keep_the_others_from_waiting() -> None:
    reactor: Any = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    waited: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", lambda: waited)
    impatient, patient = (asyncio.create_task(reactor.shut_down()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    waited.callback(None)
    await patient
    assert (impatient.cancelled(), reactor.running) == (True, False)


async def test_who_gives_up_waiting_does_no_harm() -> None:
    reactor: Any = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    waited: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", lambda: waited)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reactor.shut_down(), 0.001)
    waited.callback(None)
    assert not reactor.running
