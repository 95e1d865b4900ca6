"""Who does not keep to what was agreed on is refused in one line, and the others are served."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from piped.flows import Collector, Flow, Items
from piped.flows.elsewhere.boxes import Boxes, written
from piped.flows.elsewhere.client import remote
from piped.flows.elsewhere.messages import (
    Answered,
    Challenge,
    Credit,
    Ended,
    Hello,
    Items as SentItems,
    Message,
    Reader,
    boxes_of,
)
from piped.flows.elsewhere.server import RemoteFount
from piped.flows.elsewhere.types import typed
from piped.flows.reason import END
from piped.flows.receipt import CONFIRMED
from piped.interop.reactor import prepare, shut_down

HELLO = Hello("somebody", 0, 0, "nonce", "")


@dataclass
class Entry:
    number: int


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


def said(*messages: Message) -> bytes:
    return b"".join(written(box) for message in messages for box in boxes_of(message))


def sent(*texts: bytes, first: int = 0) -> bytes:
    return said(HELLO, SentItems(first, 0, list(texts)))


HOSTILE: dict[str, bytes] = {
    "garbage": b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "a key that is too long": b"\x01\x00" + b"k" * 256,
    "a box that does not end": b"".join(
        b"\0\1" + bytes([65 + number]) + b"\xff\xff" + b"x" * 65535 for number in range(20)
    ),
    "items before it is known": said(SentItems(0, 0, [b"[1]"])),
    "a second introduction": said(HELLO, HELLO),
    "a challenge": said(Challenge("x")),
    "answers for nothing": said(HELLO, Answered([(0, 1, CONFIRMED)])),
    "credit for nothing": said(HELLO, Credit(1, 1)),
    "no JSON": sent(b"[1"),
    "JSON that is too deep": sent(b"[" * 60_000),
    "JSON that breaks out": sent(b"[1],[2"),
    "a number that is too long": sent(b"[" + b"1" * 50_000 + b"]"),
    "other items than were announced": sent(b"[1]").replace(b"\0\x011", b"\0\x013"),
    "more than there was credit for": sent(*[b"[1]"] * 20),
    "an item that is too long": sent(b'["' + b"x" * 5000 + b'"]'),
    "numbers from far away": sent(b"[1]", first=10**15),
    "items after the end": said(HELLO, Ended(END), SentItems(0, 0, [b"[1]"])),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_peer_is_refused_in_one_line_and_the_others_are_served(
    data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    there = RemoteFount(
        "tcp:0:interface=127.0.0.1", typed(Entry), room=10, item_size=1000, heartbeat=1000.0
    )
    items = Collector()
    flow = Flow(there, items)
    flow.start()
    port = await there.listening()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    while await reader.read(65536):
        pass  # until it is thrown out
    writer.close()
    away = remote(f"tcp:127.0.0.1:{port}", typed(Entry))
    await Flow(Items([Entry(1), Entry(2)]), away).run()
    assert items.items[-2:] == [Entry(1), Entry(2)]
    [line] = [record.getMessage() for record in caplog.records]
    assert line.count("\n") == 0
    assert "127.0.0.1" in line
    assert "is refused" in line
    flow.stop()
    await flow.wait()


WRONG: dict[str, tuple[bytes, str]] = {
    "a class that is not known": (b'["os.system", {}]', "there is no class 'os.system' here"),
    "a field too many": (b'["Entry", {"number": 1, "more": 1}]', "Entry has no field 'more'"),
    "a wrong type": (b'["Entry", {"number": "1"}]', "Entry.number: expected int, got str"),
    "no item": (b"{}", "what came is no item"),
    "a value that is too deep": (b"[" * 200 + b"]" * 200, "it is too deep"),
    "a line in the log": (
        b'["\\nroot logged in", 1]',
        "there is no class '\\nroot logged in' here",
    ),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG.keys())
async def test_an_item_of_a_wrong_type_is_refused_alone(text: bytes, words: str) -> None:
    there, items = RemoteFount("tcp:0:interface=127.0.0.1", typed(Entry), room=10), Collector()
    flow = Flow(there, items)
    flow.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", await there.listening())
    writer.write(sent(b'["Entry",{"number":1}]', text, b"[2]"))
    boxes, messages, answers = Boxes(), Reader(1000), dict[int, Any]()
    while len(answers) < 3:
        for box in boxes.feed(await reader.read(65536)):
            message = messages.read(box)
            if isinstance(message, Answered):
                for first, count, answer in message.runs:
                    answers |= dict.fromkeys(range(first, first + count), answer)
    assert answers[0].is_confirmed
    assert answers[1].failure.msg == words.replace("\\n", "\\n")
    assert answers[2].is_confirmed
    assert items.items == [Entry(1), 2]
    writer.close()
    flow.stop()
    await flow.wait()


async def test_connections_beyond_the_limit_are_not_let_in() -> None:
    there = RemoteFount("tcp:0:interface=127.0.0.1", connections=1)
    flow = Flow(there, Collector())
    flow.start()
    port = await there.listening()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read(1)
    second, other = await asyncio.open_connection("127.0.0.1", port)
    assert await second.read() == b""
    other.close()
    writer.close()
    flow.stop()
    await flow.wait()
