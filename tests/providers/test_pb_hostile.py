"""What a caller of Perspective Broker may try: nothing runs, nothing hangs, others are served."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from twisted.internet.testing import StringTransport
from twisted.logger import ILogObserver, globalLogPublisher
from twisted.spread import banana, pb
from twisted.spread.pb import PBServerFactory
from zope.interface import provider

from piped.interop.reactor import prepare, shut_down
from piped.providers.pb_broker import CarefulBroker
from piped.providers.pb_settings import PBClientSettings
from piped.providers.spread_provider import PBClientProvider

from .conftest import Start
from .test_pb import Caller, answering, port_of, server_of, until

DICTIONARY = [b"dictionary"]


def call(argument: Any, named: Any = DICTIONARY, *, who: Any = b"root") -> list[Any]:
    """A call with an argument as it is on the wire."""
    return [b"message", 1, who, b"it", 1, [b"tuple", argument], named]


def deep(levels: int) -> list[Any]:
    found: list[Any] = [b"list"]
    for _ in range(levels):
        found = [b"list", found]
    return found


def encoded(message: Any) -> bytes:
    """A message as it goes over the wire; what is too deep for Python to write, too."""
    lists = b"\x02\x80\x04\x82list" * 20_000 + b"\x01\x80\x04\x82list"
    return bytes(banana.encode(message).replace(banana.encode(b"too deep"), lists))


# What would make Python do something, or is none of the things one may say.
CALLS: dict[str, Any] = {
    "an instance": call([b"twisted.python.procutils.which", [b"dictionary"]]),
    "an instance by its class": call([b"instance", [b"class", b"subprocess.Popen"], b"true"]),
    "a class": call([b"class", b"subprocess.Popen"]),
    "a module": call([b"module", b"os"]),
    "a function": call([b"function", b"os.system"]),
    "a method": call([b"method", b"system", [b"module", b"os"], [b"class", b"object"]]),
    "a reference to nothing": call([b"dereference", 7]),
    "a cached object that is not there": call([b"lcache", 9]),
    "a copy of a copy": call([b"cached", 1]),
    "an unknown kind": call([b"no.such_kind", 1]),
    "a kind that is no name": call([5, 1]),
    "a dictionary with a list as key": call([b"dictionary", [[b"list"], 1]]),
    "a dictionary that is none": call([b"dictionary", 5]),
    "a set of lists": call([b"set", [b"list"]]),
    "a date that is none": call([b"datetime", b"yesterday"]),
    "a decimal that is none": call([b"decimal", b"many", 1]),
    "something too deep": call(b"too deep"),
    "arguments that are none": [b"message", 1, b"root", b"it", 1, 5, DICTIONARY],
    "names that are none": call(1, [b"dictionary", [5, 1]]),
}
# What means nothing here, and does no harm.
HARMLESS: dict[str, Any] = {
    "something persistent": call([b"persistent", b"x"]),
    "an object that is not there": call([b"local", b"nobody"]),
    "a call of nobody": call(1, who=b"nobody"),
    "a call of a number": call(1, who=12345),
    "something deep": call(deep(200)),
}
MESSAGES: dict[str, Any] = {
    "a method without a name": [b"message", 1, b"root", [b"list"], 1, [b"tuple"], DICTIONARY],
    "no kind of message": [b"do_evil", 1],
    "a private name": [b"__init__", 1],
    "an answer to nothing": [b"answer", 99, 1],
    "an error for nothing": [b"error", 99, 1],
    "nothing": [],
    "a number": 5,
    "too little": [b"message", 1],
    "references given up that were never held": [b"decref", b"root"],
    "references to nobody given up": [b"decref", 77],
    "a cache given up": [b"uncache", 4],
    "another version": [b"version", 1000],
}
BYTES: dict[str, bytes] = {
    "noise": bytes(range(256)) * 8,
    "a list without an end": b"\x7f" * 9 + b"\x80",
    "a text without an end": b"\x7f" * 9 + b"\x82",
    "lists in lists": b"\x01\x80" * 600_000,
    "much that never ends": b"\x7f\x80" + (banana.encode(b"x" * 600_000) * 2),
}


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What Twisted would show as a traceback."""
    heard: list[str] = []

    @provider(ILogObserver)
    def observe(event: Any) -> None:
        if "log_failure" in event or event.get("isError"):
            heard.append(str(event.get("log_failure") or event.get("message") or event))

    globalLogPublisher.addObserver(observe)
    yield heard
    globalLogPublisher.removeObserver(observe)


async def said(port: int, sent: bytes, *, is_greeted: bool = True) -> bytes:
    """What the server says to `sent`, until it has answered or left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.read(1024)
    writer.write((banana.encode(b"none") if is_greeted else b"") + sent)
    heard = b""
    with suppress(ConnectionResetError):
        async with asyncio.timeout(20):
            while not re.search(b"answer|error", heard) and (more := await reader.read(2**16)):
                heard += more
    writer.transport.abort()
    return heard


async def serves_others(port: int) -> None:
    caller = await Caller().connect(port)
    assert await caller.call("it") == "here"
    caller.leave()
    await asyncio.sleep(0)


@pytest.mark.parametrize("what", CALLS)
async def test_arguments_that_are_not_taken_fail_the_call(
    what: str, start: Start, caplog: pytest.LogCaptureFixture, complaints: list[str]
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(), answer=heard.append)
    answer = await said(port_of(environment), encoded(CALLS[what]))
    assert b"these arguments are not taken" in answer
    assert caplog.text.count("refused a call with arguments that are not taken") == 1
    assert (heard, complaints) == ([], [])


@pytest.mark.parametrize("what", HARMLESS)
async def test_what_means_nothing_does_no_harm(
    what: str, start: Start, complaints: list[str]
) -> None:
    environment = await start(server_of(), answer=answering("here"))
    assert await said(port_of(environment), banana.encode(HARMLESS[what]))
    await serves_others(port_of(environment))
    assert complaints == []


@pytest.mark.parametrize("what", [*MESSAGES, *BYTES])
@pytest.mark.parametrize("is_greeted", [True, False], ids=["greeted", "at once"])
async def test_who_makes_no_sense_is_left(
    what: str,
    is_greeted: bool,
    start: Start,
    caplog: pytest.LogCaptureFixture,
    complaints: list[str],
) -> None:
    environment = await start(server_of(max_message=2**20), answer=answering("here"))
    port = port_of(environment)
    sent = BYTES[what] if what in BYTES else banana.encode(MESSAGES[what])
    await said(port, sent, is_greeted=is_greeted)
    await serves_others(port)
    if is_greeted or what in BYTES:
        assert caplog.text.count("which does not speak Perspective Broker: ") == 1
    assert complaints == []


async def test_a_large_message_is_taken_up_to_the_limit(start: Start) -> None:
    environment = await start(server_of(max_message=2**20), answer=answering("here"))
    port = port_of(environment)
    caller = await Caller().connect(port)
    # Many that are small are no large one, even if none ends where a packet does.
    answers = [caller.call("it", "x" * 100_000) for _ in range(50)]
    assert set(await asyncio.gather(*answers)) == {"here"}
    with pytest.raises((pb.PBConnectionLost, pb.DeadReferenceError)):
        await caller.call("it", ["x" * 300_000] * 5)


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_whatever_comes_a_broker_raises_nothing(sent: bytes) -> None:
    broker: Any = CarefulBroker(isClient=False)
    broker.factory = PBServerFactory(pb.Root())
    broker.setNameForLocal("root", pb.Root())
    broker.makeConnection(StringTransport())
    broker.dataReceived(banana.encode(b"none"))
    broker.dataReceived(sent)


async def test_a_client_leaves_a_server_that_speaks_something_else(
    start: Start, caplog: pytest.LogCaptureFixture, complaints: list[str]
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" + b"\xff" * 100)
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    client = PBClientSettings(endpoint=f"tcp:host=127.0.0.1:port={port}")
    await start({PBClientProvider: {"it": client}})
    await until(lambda: "does not speak Perspective Broker" in caplog.text)
    server.close()
    assert complaints == []
