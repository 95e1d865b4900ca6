"""The way between kazoo's thread and the loop."""

from __future__ import annotations

import asyncio
import select
import socket
from threading import Thread

import pytest

from piped.providers.zookeeper_thread import Handler, Quiet, WakeupPair


def is_readable(pair: WakeupPair) -> bool:
    return bool(select.select([pair], [], [], 0)[0])


def test_a_thread_is_woken_for_any_number_of_calls_and_nobody_waits() -> None:
    pair = WakeupPair()
    for _ in range(100_000):
        assert pair.send(b"\0") == 1
    for _ in range(100_000):
        assert is_readable(pair)
        pair.recv(1)
    assert not is_readable(pair)
    pair.send(b"\0")
    assert is_readable(pair)
    pair.close()


def test_more_may_be_read_than_was_said() -> None:
    pair = WakeupPair()
    pair.send(b"\0")
    pair.recv(5)
    with pytest.raises(OSError, match="nothing to be read"):  # kazoo expects one
        pair.recv(1)
    assert not is_readable(pair)
    pair.close()


async def test_what_the_thread_tells_is_heard_on_the_loop_in_order() -> None:
    heard: list[int] = []
    all_heard = asyncio.Event()
    handler = Handler(lambda _: None)

    def tell() -> None:
        for number in range(10_000):
            handler.put(lambda number=number: heard.append(number))  # type: ignore[misc]
        handler.put(all_heard.set)

    thread = Thread(target=tell)
    thread.start()
    async with asyncio.timeout(30):
        await all_heard.wait()
    thread.join()
    assert heard == list(range(10_000))


async def test_one_that_fails_keeps_no_other_from_being_heard() -> None:
    failures: list[object] = []
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
    handler = Handler(lambda _: None)
    error = LookupError("of a watch")

    def fail() -> None:
        raise error

    handler.put(fail)
    handler.put(heard.set)
    async with asyncio.timeout(30):
        await heard.wait()
    assert failures == [error]


async def test_what_ends_the_thread_is_told_and_printed_by_nobody() -> None:
    told: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    handler = Handler(told.set_result)
    error = ValueError("what is this?")

    def crash() -> None:
        raise error

    handler.spawn(crash).join()
    async with asyncio.timeout(30):
        assert await told is error


async def test_nothing_is_waited_for_any_more_after_an_abort() -> None:
    handler = Handler(lambda _: None)
    thread = handler.spawn(handler.sleep_func, 3600)
    handler.abort()
    await asyncio.to_thread(thread.join)
    assert not thread.is_alive()


async def test_a_connection_that_is_open_is_ended_by_an_abort() -> None:
    handler = Handler(lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connection = handler.create_connection(listening.getsockname(), timeout=30)
        with connection, listening.accept()[0]:
            assert handler.select([connection], [], [], 0) == ([], [], [])
            assert handler.select([], [connection], [], 0) == ([], [connection], [])
            handler.abort()
            assert handler.select([connection], [], [], None)[0] == [connection]
            assert connection.recv(1) == b""


def test_only_warnings_are_told_and_each_on_one_line() -> None:
    told: list[str] = []
    logger = Quiet(told.append)
    logger.debug("Sending request: %s", "Auth('digest', 'ada:engines')")
    logger.info("Connecting to %s", "somebody")
    logger.exception("Unhandled exception")  # noqa: LOG004 - as kazoo does
    logger.log(5, "Read response %s", "x")
    logger.log(30, "a warning\nof %s", "two lines")
    logger.warning("100 % of it")
    logger.error("an error: %s", OSError("refused"))
    assert told == ["a warning of two lines", "100 % of it", "an error: refused"]
