"""What every component is configured with."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService

from piped.conf import Configuration
from piped.environment import RuntimeEnvironment


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


def test_settings_of_a_section_that_is_missing_are_the_fallback() -> None:
    environment = RuntimeEnvironment(settings={"ticks": 1})
    assert environment.settings("ticks") == 1
    assert environment.settings("contexts", {}) == {}


def test_it_passes_on_the_wish_to_stop() -> None:
    codes: list[int] = []
    RuntimeEnvironment(stop=codes.append).stop(3)
    RuntimeEnvironment().stop()
    assert codes == [3]


def test_what_is_configured_is_its_own() -> None:
    environment = RuntimeEnvironment(Configuration.of({"a": [1]}))
    value: Any = environment.get_configuration_value("a")
    value.append(2)
    assert environment.get_configuration_value("a") == [1]
