"""Clients of manholes are asked whether they are there."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from .running import Running
from .test_manhole import LIMIT, Enter, _reactor, as_ada, enter, key, with_key

__all__ = ["_reactor", "enter", "key"]

pytestmark = pytest.mark.service("ssh")


@pytest.fixture
async def start(_reactor: None) -> AsyncIterator[Running]:
    running = Running()
    yield running
    await running.stop_all()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(LIMIT):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)


async def test_a_client_that_is_there_answers_and_stays(
    start: Running, enter: Enter, key: Path
) -> None:
    environment = await start(with_key(key, heartbeat=0.5))
    person = await enter(environment, *as_ada(key))
    await person.sees(">>> ")
    service: Any
    [service] = environment.application
    [connection] = service.factory.there
    asked: list[Any] = []
    send = connection.service.sendGlobalRequest

    def sent(*request: Any, **options: Any) -> Any:
        asked.append(request)
        return send(*request, **options)

    connection.service.sendGlobalRequest = sent
    await until(lambda: len(asked) == 2)
    await person.says("6 * 7")
    await person.sees("42")


async def test_who_has_not_logged_in_yet_has_the_time_for_that(
    start: Running, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = await start(with_key(key, heartbeat=0.02))
    service: Any
    [service] = environment.application
    port = service.ports[0].getHost().port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    there = service.factory.there
    await until(lambda: len(there))
    [connection] = there
    asked: list[None] = []
    ask = connection.ask
    monkeypatch.setattr(connection, "ask", lambda: asked.append(ask()))
    await until(lambda: len(asked) == 3)
    assert list(there) == [connection]
    writer.transport.abort()


async def test_a_client_that_has_fallen_silent_makes_room_for_another(
    start: Running, enter: Enter, key: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    environment = await start(with_key(key, max_connections=1, heartbeat=0.5))
    silent = await enter(environment, *as_ada(key))
    await silent.sees(">>> ")
    os.kill(silent.client.pid, signal.SIGSTOP)
    await until(lambda: any("'ada' has left" in line for line in caplog.messages))
    [told] = [line for line in caplog.messages if "is silent" in line]
    assert told.startswith("manholes.it: 127.0.0.1:")
    another = await enter(environment, *as_ada(key))
    await another.sees(">>> ")
