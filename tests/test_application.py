"""The parent of all services, in a notation of its own: a name, and what goes wrong in it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, strategies as st
from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface.verify import verifyObject

from piped.application import Application, called
from piped.interop import settled


class Tale(Service):
    """Writes down what it is asked for."""

    def __init__(self, name: str, told: list[str], fails: str = "", how: str = "plain") -> None:
        self.setName(name)
        self._told, self._fails, self._how = told, fails, how

    def privilegedStartService(self) -> None:
        self._told.append(f"({self.name}")

    def startService(self) -> Any:
        Service.startService(self)
        return self._act("+")

    def stopService(self) -> Any:
        Service.stopService(self)
        return self._act("-")

    def _act(self, sign: str) -> Any:
        self._told.append(f"{sign}{self.name}")
        if sign != self._fails:
            return {"plain": None, "deferred": succeed(None)}.get(self._how) or self._wait()
        failure = LookupError(f"{sign}{self.name}")
        if self._how == "deferred":
            return fail(failure)
        raise failure

    def _wait(self) -> Any:
        return asyncio.sleep(0) if self._how == "coroutine" else None


def application(told: list[str], *tales: tuple[str, str, str]) -> Application:
    whole = Application()
    for name, fails, how in tales:
        Tale(name, told, fails, how).setServiceParent(whole)
    return whole


HOWS = ["plain", "deferred", "coroutine"]


def test_it_is_a_service_like_any() -> None:
    assert verifyObject(IService, Application())
    assert called(Application()) == "piped"
    assert called(MultiService()) == "MultiService"


@pytest.mark.parametrize("how", HOWS)
async def test_services_start_in_order_and_stop_in_reverse(how: str) -> None:
    told: list[str] = []
    whole = application(told, ("a", "", how), ("b", "", how))
    await settled(whole.startService())
    assert whole.running
    await settled(whole.stopService())
    assert told == ["(a", "+a", "(b", "+b", "-b", "-a"]
    assert not whole.running


async def test_each_starts_when_the_one_before_it_is_up() -> None:
    told, up = list[str](), Deferred[None]()
    whole = Application()
    slow = Tale("slow", told)
    slow.startService = lambda: up  # type: ignore[method-assign]  # it takes its time
    slow.setServiceParent(whole)
    Tale("next", told).setServiceParent(whole)
    starting = asyncio.ensure_future(settled(whole.startService()))
    await asyncio.sleep(0)
    assert told == ["(slow"]
    up.callback(None)
    await starting
    assert told == ["(slow", "(next", "+next"]


@pytest.mark.parametrize("how", HOWS)
async def test_one_that_fails_stops_what_was_up(how: str) -> None:
    told: list[str] = []
    whole = application(told, ("a", "", how), ("bad", "+", how), ("c", "", how))
    with pytest.raises(LookupError) as caught:
        await settled(whole.startService())
    assert caught.value.__notes__ == ["while bad was started"]
    assert told == ["(a", "+a", "(bad", "+bad", "-bad", "-a"]
    assert not whole.running


async def test_why_the_start_failed_is_not_hidden_by_what_fails_then(
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = application([], ("sore", "-", "plain"), ("bad", "+", "plain"))
    with pytest.raises(LookupError, match=r"\+bad"):
        await settled(whole.startService())
    [record] = caplog.records
    assert record.message == "while a failed start was undone"
    assert "while sore was stopped" in caplog.text


async def test_a_start_that_is_cancelled_stops_what_was_up() -> None:
    told = list[str]()
    whole = application(told, ("a", "", "plain"))
    endless = Tale("endless", told)
    endless.startService = Deferred[None]  # type: ignore[method-assign]  # it never comes up
    endless.setServiceParent(whole)
    starting = asyncio.ensure_future(settled(whole.startService()))
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert told == ["(a", "+a", "(endless", "-endless", "-a"]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(HOWS)), max_size=6))
def test_no_service_that_does_not_stop_keeps_another_from_it(plan: list[tuple[bool, str]]) -> None:
    told: list[str] = []
    tales = [(f"s{n}", "-" * fails, how) for n, (fails, how) in enumerate(plan)]
    failing = [f"-{name}" for name, fails, _ in tales if fails]
    asyncio.run(start_and_stop(application(told, *tales), failing))
    assert [each for each in told if each[0] == "-"] == [f"-{name}" for name, *_ in tales[::-1]]


async def start_and_stop(whole: Application, failing: list[str]) -> None:
    await settled(whole.startService())
    if not failing:
        await settled(whole.stopService())
        return
    with pytest.raises(ExceptionGroup) as caught:
        await settled(whole.stopService())
    assert [str(each) for each in caught.value.exceptions] == failing[::-1]
    assert all("was stopped" in each.__notes__[0] for each in caught.value.exceptions)


async def test_one_that_is_not_running_is_not_stopped() -> None:
    told: list[str] = []
    whole = application(told, ("a", "", "plain"))
    await settled(whole.startService())
    Service.stopService(next(iter(whole)))
    await settled(whole.stopService())
    assert told == ["(a", "+a"]


async def test_one_that_is_attached_late_starts_at_once() -> None:
    told: list[str] = []
    whole = Application()
    await settled(whole.startService())
    Tale("late", told).setServiceParent(whole)
    await settled(whole.stopService())
    assert told == ["(late", "+late", "-late"]
