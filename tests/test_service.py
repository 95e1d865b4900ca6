"""Services: running once, and running while all is there."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, succeed
from zope.interface.verify import verifyObject

from piped.interfaces import IPipedService
from piped.interop import settled
from piped.resource import Offer
from piped.service import Cancellable, PipedDependencyService, PipedService
from tests.dependencies.environment import Environment


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


# Cancellable


def test_what_is_under_way_is_cancelled() -> None:
    cancellable, cancelled = Cancellable(), list[Any]()
    outcome = cancellable.cancellable(Deferred[Any](cancelled.append))
    outcome.addBoth(lambda failure: failure.trap(CancelledError))
    cancellable.cancel()
    cancellable.cancel()
    assert cancelled == [outcome]


def test_what_has_ended_is_kept_no_more_and_passes_its_value_on() -> None:
    cancellable, values = Cancellable(), list[Any]()
    cancellable.cancellable(succeed(1)).addCallback(values.append)
    waiting = cancellable.cancellable(Deferred[int]())
    waiting.addCallback(values.append)
    waiting.callback(2)
    assert values == [1, 2]
    assert cancellable._under_way == {}


async def test_futures_are_cancelled_and_kept_no_more_when_they_end() -> None:
    cancellable, loop = Cancellable(), asyncio.get_running_loop()
    future, other = loop.create_future(), loop.create_future()
    cancellable.cancellable(future)
    cancellable.cancellable(other)
    other.set_result(None)
    await turns()
    assert list(cancellable._under_way.values()) == [future]
    cancellable.cancel()
    assert future.cancelled()


def test_cancelling_reaches_those_below() -> None:
    parent, cancelled = Cancellable(), list[Any]()
    child = parent.cancellable(Cancellable())
    child.cancellable(Deferred[Any](cancelled.append)).addBoth(lambda _: None)
    parent.cancel()
    assert len(cancelled) == 1


# PipedService


class Running(PipedService):
    """Keeps what happens to it."""

    name = "runner"

    def __init__(self, value: Any = None) -> None:
        super().__init__()
        self.events: list[str] = []
        self.value = value

    def run(self) -> Any:
        self.events.append("run")
        return self.value


class Waiting(PipedService):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.cleaned_up = asyncio.Event()

    async def run(self) -> None:
        self.events.append("run")
        try:
            await asyncio.Event().wait()
        finally:
            self.events.append("cancelled")
            await self.cleaned_up.wait()
            self.events.append("cleaned up")


def test_a_service_is_one_as_plugins_have_it(environment: Any) -> None:
    service = PipedService()
    assert verifyObject(IPipedService, service)
    assert service.is_enabled()
    service.configure(environment)
    assert service.runtime_environment is environment


async def test_a_service_runs_once_each_time_it_is_started() -> None:
    service = Running()
    service.startService()
    assert service.running
    assert service.events == ["run"]
    await settled(service.stopService())
    service.startService()
    assert service.events == ["run", "run"]


async def test_stopping_waits_until_a_run_has_ended() -> None:
    service = Waiting()
    service.startService()
    await turns()
    stopped = service.stopService()
    await turns()
    assert service.events == ["run", "cancelled"]
    assert service.is_under_way
    service.cleaned_up.set()
    await settled(stopped)
    assert service.events == ["run", "cancelled", "cleaned up"]
    assert not service.is_under_way


async def test_a_run_that_is_stopped_before_it_begins_never_begins() -> None:
    service = Waiting()
    service.startService()
    await settled(service.stopService())
    assert service.events == []


async def test_stopping_cancels_what_was_given_to_it() -> None:
    service, cancelled = PipedService(), list[Any]()
    service.startService()
    service.cancellable(Deferred[Any](cancelled.append)).addBoth(lambda _: None)
    await settled(service.stopService())
    assert len(cancelled) == 1


async def test_a_run_may_give_a_deferred(caplog: pytest.LogCaptureFixture) -> None:
    cancelled: list[Any] = []
    service = Running(Deferred(cancelled.append))
    service.startService()
    await turns()
    await settled(service.stopService())
    assert len(cancelled) == 1
    assert caplog.records == []


async def test_a_run_that_fails_later_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    service, value = Running(), Deferred[None]()
    service.value = value
    service.startService()
    await turns()
    value.errback(RuntimeError("burst"))
    await turns()
    [record] = caplog.records
    assert record.getMessage() == "the service 'runner' failed"
    assert record.exc_info
    assert str(record.exc_info[1]) == "burst"
    assert not service.is_under_way


async def test_a_run_that_is_cancelled_by_others_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    value = Deferred[None]()
    service = Running(value)
    service.startService()
    await turns()
    value.cancel()
    await turns()
    assert [r.getMessage() for r in caplog.records] == [
        "the service 'runner' was cancelled from within"
    ]


def test_a_run_that_fails_at_once_fails_the_start() -> None:
    class Failing(PipedService):
        def run(self) -> None:
            raise RuntimeError("burst")

    with pytest.raises(RuntimeError, match="burst"):
        Failing().startService()


async def test_children_start_and_stop_along() -> None:
    parent, child = PipedService(), Running()
    child.setServiceParent(parent)
    parent.startService()
    assert child.events == ["run"]
    await settled(parent.stopService())
    assert not child.running


# PipedDependencyService


class Depending(PipedDependencyService):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.slow = asyncio.Event()
        self.slow.set()

    def configure(self, runtime_environment: Any) -> None:
        super().configure(runtime_environment)
        manager = runtime_environment.dependency_manager
        self.letters = manager.add_dependency(self, {"provider": "letters"})

    async def run_with_dependencies(self) -> None:
        self.events.append(f"run with {self.letters.get_resource()}")
        try:
            await asyncio.Event().wait()
        finally:
            await self.slow.wait()
            self.events.append("ended")


@pytest.fixture
def environment() -> Environment:
    return Environment()


@pytest.fixture
def offer(environment: Environment) -> Offer:
    return environment.resource_manager.offer("letters")


@pytest.fixture
async def service(environment: Environment, offer: Offer) -> Depending:
    made = Depending()
    made.configure(environment)
    environment.dependency_manager.resolve_initial_states()
    return made


async def test_it_runs_when_it_is_started_and_all_is_there(
    service: Depending, offer: Offer
) -> None:
    service.startService()
    await turns()
    assert service.events == []
    offer.ready("a letter")
    await turns()
    assert service.events == ["run with a letter"]
    await settled(service.stopService())
    assert service.events == ["run with a letter", "ended"]


async def test_it_runs_when_all_is_there_and_it_is_started(
    service: Depending, offer: Offer
) -> None:
    offer.ready("a letter")
    await turns()
    assert service.events == []
    service.startService()
    await turns()
    assert service.events == ["run with a letter"]
    await settled(service.stopService())


async def test_it_ends_when_something_is_lost_and_runs_again_when_all_is_there(
    service: Depending, offer: Offer
) -> None:
    service.startService()
    offer.ready("a letter")
    await turns()
    offer.lost()
    await turns()
    assert service.events == ["run with a letter", "ended"]
    offer.ready("another")
    await turns()
    assert service.events[2:] == ["run with another"]
    await settled(service.stopService())


async def test_it_never_runs_twice_at_a_time(service: Depending, offer: Offer) -> None:
    service.startService()
    service.slow.clear()
    offer.ready("a letter")
    await turns()
    offer.lost()
    offer.ready("another")
    await turns()
    assert service.events == ["run with a letter"]
    service.slow.set()
    await turns()
    assert service.events == ["run with a letter", "ended", "run with another"]
    await settled(service.stopService())


async def test_it_does_not_run_again_when_all_was_lost_again_meanwhile(
    service: Depending, offer: Offer
) -> None:
    service.startService()
    service.slow.clear()
    offer.ready("a letter")
    await turns()
    offer.lost()
    offer.ready("another")
    offer.lost()
    service.slow.set()
    await turns()
    assert service.events == ["run with a letter", "ended"]
    await settled(service.stopService())


async def test_it_does_not_run_after_it_was_stopped(service: Depending, offer: Offer) -> None:
    service.startService()
    await settled(service.stopService())
    offer.ready("a letter")
    await turns()
    assert service.events == []


async def test_a_run_that_fails_at_once_is_logged_and_troubles_nobody(
    environment: Environment, offer: Offer, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Depending):
        def run_with_dependencies(self) -> Any:
            raise RuntimeError("burst")

    service = Failing()
    service.configure(environment)
    environment.dependency_manager.resolve_initial_states()
    service.startService()
    with caplog.at_level(logging.ERROR):
        offer.ready("a letter")
    assert [r.getMessage() for r in caplog.records] == ["the service 'Failing' failed"]
    await settled(service.stopService())


async def test_a_run_that_ended_by_itself_runs_again_only_when_all_comes_again(
    environment: Environment, offer: Offer
) -> None:
    class Short(Depending):
        async def run_with_dependencies(self) -> None:
            self.events.append("run")

    service = Short()
    service.configure(environment)
    environment.dependency_manager.resolve_initial_states()
    service.startService()
    offer.ready("a letter")
    await turns()
    assert service.events == ["run"]
    offer.lost()
    offer.ready("a letter")
    await turns()
    assert service.events == ["run", "run"]
    await settled(service.stopService())
