"""Dependencies one by one: what they stand for, and waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import inlineCallbacks

from piped.dependencies import (
    Dependency,
    DependencyManager,
    InstanceDependency,
    ResourceDependency,
)
from piped.exceptions import (
    ResourceError,
    TimeoutError,  # noqa: A004 - its name since 2011
    UnprovidedResourceError,
)
from piped.resource import ResourceManager
from tests.dependencies.environment import Component, Diary, Environment


def test_an_instance_is_always_handed_out() -> None:
    component = Component("a")
    assert InstanceDependency(component).get_resource() is component


def test_instances_that_are_equal_are_equal_dependencies() -> None:
    assert InstanceDependency("a") == InstanceDependency("a")
    assert hash(InstanceDependency("a")) == hash("a")
    assert InstanceDependency("a") != InstanceDependency("b")
    assert InstanceDependency("a") != "a"


def test_dependencies_have_the_name_of_what_they_stand_for() -> None:
    assert InstanceDependency(Component("postman")).name == "postman"
    assert InstanceDependency(3).name == "int"
    assert ResourceDependency("a.b").name == "a.b"
    assert Dependency().name == "Dependency"


def test_dependencies_say_what_they_are(manager: DependencyManager) -> None:
    dependency = InstanceDependency(Component("postman"))
    assert repr(dependency) == "<InstanceDependency 'postman', not ready>"
    manager.add_dependency(dependency)
    manager.resolve_initial_states()
    assert repr(dependency) == "<InstanceDependency 'postman', ready>"


def test_a_plain_dependency_stands_for_itself() -> None:
    dependency = Dependency()
    assert dependency.get_resource() is dependency


def test_a_dependency_without_manager_has_no_state_to_set() -> None:
    dependency = Dependency()
    assert not dependency.is_ready
    with pytest.raises(ResourceError, match="belongs to no dependency manager"):
        dependency.fire_on_ready()
    with pytest.raises(ResourceError, match="belongs to no dependency manager"):
        dependency.fire_on_lost("reason")


def test_states_are_set_by_hand(manager: DependencyManager) -> None:
    below = Dependency(manager, cascade_ready=False)
    above = manager.add_dependency("above")
    manager.add_dependency(above, below)
    manager.resolve_initial_states()
    diary = Diary(below, above)
    below.fire_on_ready()
    below.fire_on_ready()
    below.fire_on_lost("tired")
    below.fire_on_lost("again")
    assert diary.taken() == [
        "ready Dependency",
        "ready above",
        "lost Dependency: tired",
        "lost above: tired",
    ]


def test_a_dependency_is_configured_as_it_comes_to_a_manager(environment: Environment) -> None:
    configured = []

    class Configured(Dependency):
        def configure(self, runtime_environment: Any) -> None:
            configured.append(runtime_environment)

    environment.dependency_manager.add_dependency("above", Configured())
    assert configured == [environment]


def test_a_dependency_is_configured_when_its_manager_is(environment: Environment) -> None:
    configured = []

    class Configured(Dependency):
        def configure(self, runtime_environment: Any) -> None:
            configured.append(runtime_environment)

    manager = DependencyManager()
    manager.add_dependency(Configured())
    assert configured == []
    manager.configure(environment)
    assert configured == [environment]


def test_a_resource_keeps_its_configuration() -> None:
    configuration = {"size": 3}
    dependency = ResourceDependency("a.b", configuration)
    configuration.clear()
    assert dependency.configuration == {"size": 3}


def test_a_resource_that_is_not_there_says_so_and_why() -> None:
    dependency = ResourceDependency("a.b")
    with pytest.raises(UnprovidedResourceError, match=r"'a\.b' is not available now"):
        dependency.get_resource()
    dependency.on_resource_ready(1)
    dependency.on_resource_lost("maintenance")
    with pytest.raises(UnprovidedResourceError) as caught:
        dependency.get_resource()
    assert caught.value.detail == "maintenance"


def test_a_resource_is_handed_out_although_its_dependency_is_lost(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource="thing")
    below = Dependency(cascade_ready=False)
    dependency = ResourceDependency("a.b")
    manager.add_dependency("above", dependency)
    manager.add_dependency(dependency, below)
    manager.resolve_initial_states()
    assert not dependency.is_ready
    assert dependency.get_resource() == "thing"
    below.fire_on_ready()
    assert dependency.is_ready


def test_a_resource_that_is_replaced_is_lost_first(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    offer = resources.offer("a.b", resource="old")
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    manager.resolve_initial_states()
    diary = Diary(dependency)
    offer.ready(offer.resource)
    assert diary.taken() == []
    offer.ready("new")
    assert diary.taken() == ["lost a.b: ERROR: 'a.b' was replaced", "ready a.b"]
    assert dependency.get_resource() == "new"


def test_a_provider_may_tell_without_a_reason(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    class Provider:
        def add_consumer(self, dependency: ResourceDependency) -> None:
            dependency.on_resource_ready(dependency.configuration["size"])

    resources.register("a.b", Provider())
    dependency = manager.add_dependency("above", {"provider": "a.b", "size": 3})
    assert isinstance(dependency, ResourceDependency)
    manager.resolve_initial_states()
    assert dependency.get_resource() == 3
    diary = Diary(dependency)
    dependency.on_resource_lost()
    assert diary.taken() == ["lost a.b: ERROR: 'a.b' is gone"]


def test_others_may_listen_to_what_a_provider_tells() -> None:
    dependency, heard = ResourceDependency("a.b"), list[Any]()
    dependency.on_resource_ready += heard.append
    dependency.on_resource_lost += heard.append
    dependency.on_resource_ready(1)
    dependency.on_resource_lost("tired")
    assert heard == [1, "tired"]


async def test_a_resource_that_is_ready_is_not_waited_for(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource="thing")
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    manager.resolve_initial_states()
    assert await dependency.wait_for_resource(timeout=0) == "thing"
    assert await manager.as_dependency("above").wait_for_resource() == "above"


async def test_a_resource_is_waited_for(
    manager: DependencyManager, resources: ResourceManager, timers: Callable[[], int]
) -> None:
    offer = resources.offer("a.b")
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    manager.resolve_initial_states()
    outcome = dependency.wait_for_resource(timeout=60)
    assert timers() == 1
    offer.ready("thing")
    assert await outcome == "thing"
    assert timers() == len(dependency.on_ready) == 0


async def test_waiting_for_a_resource_too_long_fails(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b")
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    manager.resolve_initial_states()
    with pytest.raises(TimeoutError, match=r"waited 0\.01 seconds for 'a\.b'"):
        await dependency.wait_for_resource(0.01)
    assert len(dependency.on_ready) == 0


async def test_waiting_goes_on_when_a_resource_goes_as_soon_as_it_came(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    offer = resources.offer("a.b")
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    manager.resolve_initial_states()

    def reject(_: Dependency) -> None:
        dependency.on_ready -= reject
        offer.lost("rejected")

    dependency.on_ready += reject
    outcome = dependency.wait_for_resource()
    offer.ready("bad")
    assert not outcome.called
    offer.ready("good")
    assert await outcome == "good"


def test_a_resource_is_waited_for_under_inline_callbacks(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    offer = resources.offer("a.b")
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    manager.resolve_initial_states()
    got: list[Any] = []

    @inlineCallbacks
    def wait() -> Any:
        got.append((yield dependency.wait_for_resource()))

    wait()
    offer.ready("thing")
    assert got == ["thing"]
