"""Waiting for whatever was returned."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Generator
from typing import Any

import pytest
from twisted.internet.defer import Deferred, DeferredList, succeed

from piped.interop.outcome import Outcome, outcome_of
from piped.interop.settle import is_later, settled


def deferred() -> Deferred[int]:
    later: Deferred[int] = Deferred()
    asyncio.get_running_loop().call_soon(later.callback, 1)
    return later


async def coroutine() -> int:
    return await deferred()


def future() -> asyncio.Future[int]:
    done = asyncio.get_running_loop().create_future()
    done.set_result(1)
    return done


@types.coroutine
def old_coroutine() -> Generator[Any, Any, int]:
    return (yield from coroutine().__await__())


class Awaitable:
    def __await__(self) -> Generator[Any, Any, int]:
        return deferred().__await__()


class Mine(Deferred[int]):
    pass


def of_my_own() -> Mine:
    later = Mine()
    asyncio.get_running_loop().call_soon(later.callback, 1)
    return later


LATER: dict[str, Callable[[], Any]] = {
    "a coroutine": coroutine,
    "a Deferred": deferred,
    "a Deferred that has fired": lambda: succeed(1),
    "a subclass of Deferred": of_my_own,
    "a Future": future,
    "a Task": lambda: asyncio.ensure_future(asyncio.sleep(0, 1)),
    "an outcome": lambda: outcome_of(coroutine()),
    "an object with __await__": Awaitable,
    "a coroutine of the old kind": old_coroutine,
}
PLAIN: list[Any] = [None, 0, "text", {}, [1], object(), Outcome, Awaitable, (each for each in "ab")]


@pytest.mark.parametrize("make", LATER.values(), ids=LATER)
async def test_what_comes_later_is_waited_for(make: Callable[[], Any]) -> None:
    value = make()
    assert is_later(value)
    assert await settled(value) == 1


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
async def test_what_is_there_is_given_as_it_is(value: Any) -> None:
    assert not is_later(value)
    assert await settled(value) is value


async def test_it_works_under_the_driver_of_twisted() -> None:
    result = Deferred.fromCoroutine(settled(coroutine()))
    assert await settled(DeferredList([result])) == [(True, 1)]


async def test_a_failure_is_raised_under_the_driver_of_twisted() -> None:
    async def broken() -> None:
        await deferred().addCallback(lambda one: one / 0)

    async def catches() -> str:
        try:
            await settled(broken())
        except ZeroDivisionError:
            return "caught"
        return "missed"

    assert await settled(Deferred.fromCoroutine(catches())) == "caught"


async def test_cancelling_who_waits_cancels_what_he_waits_for() -> None:
    cancelled: list[object] = []
    task = asyncio.create_task(settled(Deferred(cancelled.append)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert (task.cancelled(), len(cancelled)) == (True, 1)
