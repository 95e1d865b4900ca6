"""First states: dependencies first, in as many passes as it takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from piped.dependencies import Dependency, DependencyManager, ResourceDependency
from piped.exceptions import CircularDependencyGraph, UnprovidedResourceError
from piped.resource import ResourceManager
from tests.dependencies.environment import Component, Diary, Environment


class Pipelines:
    """Makes a pipeline when the first one asks for it, as its pattern "a: b c, b:" says.

    Each pipeline has a step for each that it calls; `gates` is whether it waits for that.
    """

    def __init__(self, environment: Environment, calls: str, gates: bool = True) -> None:
        self._manager = environment.dependency_manager
        self._calls = {
            name: to.split() for name, _, to in (c.partition(":") for c in calls.split(", "))
        }
        self._gates = gates
        self.made: dict[str, Component] = {}
        for name in self._calls:
            environment.resource_manager.register(f"pipeline.{name}", self)

    def add_consumer(self, dependency: ResourceDependency) -> None:
        name = dependency.provider.removeprefix("pipeline.")
        if name not in self.made:
            self._make(name)
        self._manager.add_dependency(dependency, self.made[name])
        dependency.on_resource_ready(self.made[name])

    def _make(self, name: str) -> None:
        pipeline = self.made[name] = Component(name)
        for called in self._calls[name]:
            step = Component(f"{name} runs {called}")
            self._manager.add_dependency(pipeline, step)
            self._manager.add_dependency(
                step, {"provider": f"pipeline.{called}"}, gates=self._gates
            )


@pytest.mark.parametrize("started", [False, True])
def test_what_is_made_on_the_way_has_a_state_in_the_end(
    environment: Environment, started: bool
) -> None:
    manager = environment.dependency_manager
    pipelines = Pipelines(environment, "a: b c, b: c, c:")
    if started:
        manager.resolve_initial_states()
    diary = Diary(manager.as_dependency("web"))
    dependency = manager.add_dependency("web", {"provider": "pipeline.a"})
    if not started:
        manager.resolve_initial_states()
    assert dependency.get_resource() is pipelines.made["a"]
    assert all(each.is_ready for each in manager.dependencies)
    assert diary.taken() == ["ready web"]


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize(
    ("calls", "circle"),
    [
        ("a: a", "pipeline.a → a → a runs a → pipeline.a"),
        ("a: b, b: a", "pipeline.a → a → a runs b → pipeline.b → b → b runs a → pipeline.a"),
    ],
)
def test_circles_that_appear_on_the_way_are_named(
    environment: Environment, calls: str, circle: str, started: bool
) -> None:
    manager = environment.dependency_manager
    Pipelines(environment, calls)
    if started:
        manager.resolve_initial_states()
    # After the start, adding has a circle found; before it, the start has.
    doing: Callable[[], object] = partial(manager.add_dependency, "web", {"provider": "pipeline.a"})
    if not started:
        doing()
        doing = manager.resolve_initial_states
    with pytest.raises(CircularDependencyGraph, match=f"in a circle: {circle}"):
        doing()


@pytest.mark.parametrize("calls", ["a: a", "a: b, b: a", "a: b, b: c a, c: a b c"])
def test_pipelines_may_call_each_other_when_the_calls_do_not_gate(
    environment: Environment, calls: str
) -> None:
    manager = environment.dependency_manager
    Pipelines(environment, calls, gates=False)
    manager.add_dependency("web", {"provider": "pipeline.a"})
    manager.resolve_initial_states()
    assert all(each.is_ready for each in manager.dependencies)


def test_unknown_paths_are_all_named_again_and_again(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("pipeline.hello", resource=1)
    manager.add_dependency(Component("web"), {"provider": "pipeline.helo"})
    manager.add_dependency(Component("smtp"), {"provider": "pipeline.helo"})
    manager.add_dependency("other", {"provider": "context.x"})
    for _ in range(2):
        with pytest.raises(UnprovidedResourceError) as caught:
            manager.resolve_initial_states()
        assert str(caught.value) == (
            "\nERROR: nobody offers the resource 'pipeline.helo', which 'web', 'smtp' depends on"
            " (did you mean 'pipeline.hello'?);"
            " nobody offers the resource 'context.x', which 'other' depends on"
            "\nDETAIL: What is offered: pipeline.hello."
        )


def test_what_was_unknown_may_be_offered_before_the_next_try(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    manager.add_dependency("web", {"provider": "a.b"})
    with pytest.raises(UnprovidedResourceError):
        manager.resolve_initial_states()
    resources.offer("a.b", resource=1)
    manager.resolve_initial_states()
    assert manager.is_ready("web")


def test_what_is_unknown_may_be_offered_on_the_way(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    manager.add_dependency("web", {"provider": "late"})
    early = manager.add_dependency("other", "early")
    early.on_ready += lambda _: resources.offer("late", resource=1)
    manager.resolve_initial_states()
    assert manager.is_ready("web")


def test_after_the_start_what_is_unknown_is_refused_at_once(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource=1)
    manager.resolve_initial_states()
    with pytest.raises(UnprovidedResourceError, match=r"'a\.c', which 'web' depends on \(did you"):
        manager.add_dependency(Component("web"), {"provider": "a.c"})
    assert manager.dependencies == ()


class Fragile:
    """A provider that fails until it is mended."""

    mended = False

    def add_consumer(self, dependency: Any) -> None:
        if not self.mended:
            raise RuntimeError("not mended")
        dependency.on_resource_ready(self)


def test_a_provider_that_fails_is_asked_again_at_the_next_try(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.register("fragile", provider := Fragile())
    manager.add_dependency("above", {"provider": "fragile"})
    manager.add_dependency("other")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not mended"):
            manager.resolve_initial_states()
    assert manager.is_ready("other")
    provider.mended = True
    manager.resolve_initial_states()
    assert manager.is_ready("above")


def test_a_provider_that_fails_after_the_start_troubles_only_the_one_who_asks(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.register("fragile", Fragile())
    manager.add_dependency("above")
    manager.resolve_initial_states()
    diary = Diary(manager.as_dependency("above"))
    with pytest.raises(RuntimeError, match="not mended"):
        manager.add_dependency("above", {"provider": "fragile"})
    assert diary.taken() == ["lost above: not mended"]
    manager.add_dependency("other")
    assert manager.is_ready("other")


def test_a_handler_that_fails_at_the_start_does_not_keep_the_rest_from_starting(
    manager: DependencyManager,
) -> None:
    def burst(_: object) -> None:
        raise RuntimeError("burst")

    manager.add_dependency("above", "below").on_ready += burst
    with pytest.raises(RuntimeError, match="burst"):
        manager.resolve_initial_states()
    assert manager.is_ready("above")
    manager.resolve_initial_states()


def test_a_handler_may_ask_for_first_states_again(manager: DependencyManager) -> None:
    manager.add_dependency("above", "below").on_ready += lambda _: manager.resolve_initial_states()
    manager.resolve_initial_states()
    assert manager.is_ready("above")


def test_what_is_set_by_hand_before_the_start_stays(manager: DependencyManager) -> None:
    state = Dependency(cascade_ready=False)
    manager.add_dependency("above", state)
    state.fire_on_ready()
    manager.resolve_initial_states()
    assert manager.is_ready("above")


def test_who_goes_before_the_start_is_not_asked(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.register("fragile", Fragile())
    manager.add_dependency("above", {"provider": "fragile"})
    manager.remove("above")
    manager.resolve_initial_states()
    assert manager.dependencies == ()


@pytest.mark.parametrize("fails", [False, True])
def test_who_goes_while_it_is_asked_gets_no_state(
    manager: DependencyManager, resources: ResourceManager, fails: bool
) -> None:
    class Removing:
        def add_consumer(self, dependency: ResourceDependency) -> None:
            manager.remove("above")
            if fails:
                raise RuntimeError("too late")

    resources.register("a.b", Removing())
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    diary = Diary(dependency)
    if fails:
        with pytest.raises(RuntimeError, match="too late"):
            manager.resolve_initial_states()
    else:
        manager.resolve_initial_states()
    assert diary.taken() == []
    assert manager.dependencies == ()


def test_a_path_that_was_withdrawn_comes_again(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    offer = resources.offer("a.b", resource=1)
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    manager.resolve_initial_states()
    diary = Diary(manager.as_dependency("above"))
    offer.withdraw("maintenance")
    with pytest.raises(UnprovidedResourceError, match="maintenance"):
        dependency.get_resource()
    resources.offer("a.b", resource=2)
    assert dependency.get_resource() == 2
    assert diary.taken() == ["lost above: maintenance", "ready above"]


def test_what_is_withdrawn_on_the_way_is_refused(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    class Fickle:
        """Needs what it withdraws before it could be asked for."""

        def add_consumer(self, dependency: Any) -> None:
            offer, below = resources.offer("b", resource=1), Component("below")
            manager.add_dependency(dependency, below)
            manager.add_dependency(below, {"provider": "b"})
            offer.withdraw()

    resources.register("a", Fickle())
    manager.resolve_initial_states()
    with pytest.raises(UnprovidedResourceError, match="'b', which 'below' depends on"):
        manager.add_dependency("above", {"provider": "a"})
    manager.add_dependency("other")
    assert manager.is_ready("other")
