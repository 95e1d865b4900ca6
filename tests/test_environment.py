"""What every component is configured with."""

from __future__ import annotations

import asyncio
from typing import Any

from twisted.application.service import IServiceCollection, MultiService
from zope.interface.verify import verifyObject

from piped.catalogue import Catalogue
from piped.clock import LoopClock
from piped.conf import Configuration
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.testing.clock import ManualClock
from tests.processes import run


def configured(**how: Any) -> RuntimeEnvironment:
    environment = RuntimeEnvironment(**how)
    environment.configure()
    return environment


def test_without_anything_there_are_defaults() -> None:
    environment = configured()
    assert environment.configuration_manager.get("") == {}
    assert "log" in environment.catalogue.processors
    assert isinstance(environment.clock, LoopClock)


def test_what_is_given_is_handed_on() -> None:
    clock, catalogue = ManualClock(), Catalogue({}, {}, {})
    environment = configured(clock=clock, catalogue=catalogue, settings={"ticks": 5})
    assert (environment.clock, environment.catalogue) == (clock, catalogue)
    assert environment.settings("ticks") == 5
    assert environment.settings("other") is None
    assert environment.settings("other", 3) == 3


def test_settings_are_its_own() -> None:
    settings = {"ticks": 5}
    environment = configured(settings=settings)
    settings["ticks"] = 6
    assert environment.settings("ticks") == 5


def test_values_of_the_configuration_are_the_askers_own() -> None:
    environment = configured(configuration=Configuration.of({"a": {"b": [1]}}))
    environment.get_configuration_value("a.b").append(2)
    assert environment.get_configuration_value("a.b") == [1]
    assert environment.get_configuration_value("a.c", "none") == "none"


def test_what_is_offered_is_found_by_those_who_depend_on_it() -> None:
    environment = configured()
    consumer = object()
    found = environment.create_dependency_map(consumer, mine={"provider": "thing"})
    offer = environment.offer("thing")
    environment.dependency_manager.resolve_initial_states()
    assert not found.is_ready
    offer.ready("here")
    assert found.mine == "here"


def test_a_stop_is_handed_to_the_process() -> None:
    codes: list[int] = []
    environment = configured(stop=codes.append)
    environment.stop()
    environment.stop(3)
    assert codes == [0, 3]
    configured().stop()  # of no process: there is nothing to stop


def test_there_is_one_application_and_it_takes_services() -> None:
    environment = configured()
    assert environment.application is environment.application
    assert verifyObject(IServiceCollection, environment.application)


async def test_its_events_are_waited_for() -> None:
    environment, told = configured(), list[str]()

    async def slow() -> None:
        await asyncio.sleep(0)
        told.append("slow")

    for event in (environment.on_started, environment.on_stopping):
        event.handle(slow)
        await settled(event())
    assert told == ["slow", "slow"]


def test_twisted_is_not_imported_before_there_is_a_service() -> None:
    answer = run("""
        import sys
        from piped.environment import RuntimeEnvironment
        environment = RuntimeEnvironment()
        environment.configure()
        print("twisted.application" in sys.modules)
        environment.application
        print("twisted.application" in sys.modules)
        """)
    assert answer.stdout.split() == ["False", "True"]


def test_its_managers_know_each_other() -> None:
    environment = RuntimeEnvironment()
    environment.configure()
    environment.offer("a.b", resource=5)
    manager = environment.dependency_manager
    dependency = manager.add_dependency("somebody", {"provider": "a.b"})
    manager.resolve_initial_states()
    assert dependency.get_resource() == 5


def test_values_of_the_configuration_are_found_by_their_paths() -> None:
    environment = RuntimeEnvironment(Configuration.of({"a": {"b": 1}}))
    assert environment.get_configuration_value("a.b") == 1
    assert environment.get_configuration_value("a.c", 2) == 2
    assert environment.configuration_manager.get("a") == {"b": 1}


def test_it_makes_dependency_maps() -> None:
    environment = RuntimeEnvironment()
    environment.configure()
    environment.offer("a.b", resource=5)
    names = environment.create_dependency_map("somebody", it={"provider": "a.b"})
    environment.dependency_manager.resolve_initial_states()
    assert names.it == 5


def test_services_have_its_application_as_their_parent() -> None:
    environment = RuntimeEnvironment()
    service = MultiService()
    service.setServiceParent(environment.application)
    assert list(environment.application) == [service]
    assert environment.application.name == "piped"
