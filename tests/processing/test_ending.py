"""Coroutines of which somebody is told that they are over."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from piped.interop import drive, outcome_of, settled
from piped.processing.ending import Ending


async def waits(how: Any = "done", gate: Any = None) -> Any:
    await (gate or asyncio.sleep(0))
    if isinstance(how, Exception):
        raise how
    return how


def told(coroutine: Any) -> tuple[Ending[Any], list[Any]]:
    endings: list[Any] = []
    return Ending(coroutine, endings.append), endings


async def test_it_gives_what_the_coroutine_gives() -> None:
    ending, endings = told(waits())
    assert endings == []
    assert await ending == "done"
    assert endings == [None]


async def test_it_raises_what_the_coroutine_raises() -> None:
    failure = ValueError("burst")
    ending, endings = told(waits(failure))
    with pytest.raises(ValueError, match="burst"):
        await ending
    assert endings == [failure]


async def test_one_that_is_cancelled_while_it_waits_is_over_when_it_has_ended() -> None:
    ending, endings = told(waits(gate=asyncio.Event().wait()))
    task = drive(ending)
    await asyncio.sleep(0)
    task.cancel()
    assert endings == []
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [type(each) for each in endings] == [asyncio.CancelledError]


async def test_one_that_is_cancelled_before_it_begins_is_over() -> None:
    ending, endings = told(waits())
    task: asyncio.Task[Any] = asyncio.create_task(ending)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [type(each) for each in endings] == [asyncio.CancelledError]


def test_one_that_is_closed_is_over_once() -> None:
    ending, endings = told(waits())
    ending.close()
    ending.close()
    assert [type(each) for each in endings] == [GeneratorExit]


@pytest.mark.filterwarnings("ignore:coroutine 'waits' was never awaited:RuntimeWarning")
def test_one_that_is_thrown_away_is_over() -> None:
    ending, endings = told(waits())
    del ending
    gc.collect()
    assert [type(each) for each in endings] == [GeneratorExit]


async def test_one_that_takes_its_cancellation_is_not_over() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "done"

    ending, endings = told(stubborn())
    task: asyncio.Task[Any] = asyncio.create_task(ending)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert endings == []
    assert await task == "done"
    assert endings == [None]


async def test_it_may_wait_for_deferreds() -> None:
    deferred: Deferred[int] = Deferred()

    async def body() -> int:
        return await deferred + await succeed(1)

    ending, endings = told(body())
    outcome = outcome_of(ending)
    await asyncio.sleep(0)
    deferred.callback(41)
    assert await settled(outcome) == 42
    assert endings == [None]


async def test_one_that_is_thrown_at_before_it_begins_may_go_on() -> None:
    class Stubborn(Coroutine[Any, Any, str]):
        """It has begun elsewhere, and takes whatever is thrown at it."""

        def __init__(self) -> None:
            self._rest = self._body()
            self._rest.send(None)

        async def _body(self) -> str:
            with suppress(ValueError):
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            return "done"

        def __await__(self) -> Any:
            return self

        __iter__ = __await__

        def __next__(self) -> Any:
            return self._rest.send(None)

        def send(self, value: Any) -> Any:
            return self._rest.send(value)

        def throw(self, *error: Any) -> Any:
            return self._rest.throw(*error)

        def close(self) -> None:
            self._rest.close()

    ending, endings = told(Stubborn())
    assert ending.throw(ValueError("burst")) is None
    assert endings == []
    assert await ending == "done"
    assert endings == [None]


async def test_what_is_over_stays_over() -> None:
    ending, endings = told(waits())
    with pytest.raises(ValueError, match="burst"):
        ending.throw(ValueError("burst"))
    with pytest.raises(RuntimeError, match="already awaited"):
        await ending
    assert len(endings) == 1


def test_it_looks_like_what_runs() -> None:
    ending, _ = told(waits())
    assert asyncio.iscoroutine(ending)
    assert ending.cr_code is waits.__code__
    ending.close()
