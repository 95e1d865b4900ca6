"""The manager: who stands in the graph, and who hears of what."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from piped.dependencies import (
    Dependency,
    DependencyManager,
    InstanceDependency,
    ResourceDependency,
)
from piped.exceptions import (
    AlreadyExistingDependency,
    CircularDependencyGraph,
    InitiallyLost,
    ReplayedLost,
    ResourceError,
    UnprovidedResourceError,
)
from piped.resource import ResourceManager
from tests.dependencies.environment import Component, Diary, Environment


class ResourceName:
    """Like that of `piped.options`."""

    path = "a.b"
    configuration = {"size": 3}  # noqa: RUF012 - nobody changes it


class Lookalike:
    path = "a.b"
    configuration = {"size": 3}  # noqa: RUF012 - nobody changes it


# What stands for what


def test_a_dependency_stands_for_itself(manager: DependencyManager) -> None:
    dependency = Dependency()
    assert manager.as_dependency(dependency) is dependency


def test_equal_objects_have_one_dependency(manager: DependencyManager) -> None:
    component = Component("a")
    dependency = manager.as_dependency(component)
    assert isinstance(dependency, InstanceDependency)
    assert manager.as_dependency(component) is dependency
    assert manager.as_dependency(Component("a")) is not dependency


def test_who_listens_before_a_component_is_added_hears_of_it(manager: DependencyManager) -> None:
    heard: list[Any] = []
    manager.as_dependency("a").on_ready += heard.append
    manager.add_dependency("a")
    manager.resolve_initial_states()
    assert heard == [manager.as_dependency("a")]


def test_a_component_that_was_only_looked_at_may_be_removed(manager: DependencyManager) -> None:
    dependency = manager.as_dependency("a")
    manager.remove("a")
    assert manager.as_dependency("a") is not dependency
    with pytest.raises(ResourceError, match="is not known to the dependency manager"):
        manager.remove(dependency)


def test_text_is_an_object_like_any_other(manager: DependencyManager) -> None:
    assert isinstance(manager.as_dependency("a.b"), InstanceDependency)


def test_each_mention_of_a_resource_is_a_dependency_of_its_own(manager: DependencyManager) -> None:
    spec = {"provider": "a.b", "size": 3}
    first, second = manager.as_dependency(spec), manager.as_dependency(spec)
    assert isinstance(first, ResourceDependency)
    assert first is not second
    assert (first.provider, first.configuration) == ("a.b", {"size": 3})
    assert spec == {"provider": "a.b", "size": 3}


def test_the_name_of_a_resource_is_a_dependency_on_it(manager: DependencyManager) -> None:
    first = manager.as_dependency(ResourceName())
    assert isinstance(first, ResourceDependency)
    assert (first.provider, first.configuration) == ("a.b", {"size": 3})
    assert manager.as_dependency(ResourceName()) is not first


def test_a_component_that_looks_like_the_name_of_a_resource_is_none(
    manager: DependencyManager,
) -> None:
    assert isinstance(manager.as_dependency(Lookalike()), InstanceDependency)


@pytest.mark.parametrize("spec", [{}, {"provder": "a"}, {"provider": None}])
def test_a_resource_has_a_path(manager: DependencyManager, spec: dict[str, Any]) -> None:
    with pytest.raises(ResourceError, match="needs the path of it, as `provider`"):
        manager.add_dependency("above", spec)


def test_what_cannot_be_hashed_is_no_component(manager: DependencyManager) -> None:
    with pytest.raises(TypeError, match="unhashable type"):
        manager.add_dependency([])


# Edges


def test_adding_gives_what_stands_for_the_dependency(manager: DependencyManager) -> None:
    below = manager.add_dependency("above", "below")
    assert below is manager.as_dependency("below")
    assert manager.get_dependencies_of("above") == [below]
    assert manager.get_consumers_of("below") == [manager.as_dependency("above")]
    assert manager.get_dependencies_of("below") == manager.get_consumers_of("above") == []


def test_adding_a_component_alone_gives_what_stands_for_it(manager: DependencyManager) -> None:
    above = manager.add_dependency("above")
    assert above is manager.as_dependency("above")
    assert manager.dependencies == (above,)


@pytest.mark.parametrize("falsy", [None, 0, "", ()])
def test_what_is_false_is_a_dependency_like_any_other(
    manager: DependencyManager, falsy: object
) -> None:
    assert manager.add_dependency("above", falsy).get_resource() == falsy
    assert len(manager.get_dependencies_of("above")) == 1


def test_an_edge_is_there_once(manager: DependencyManager) -> None:
    manager.add_dependency("above", "below")
    with pytest.raises(AlreadyExistingDependency, match="'above' depends on 'below' already"):
        manager.add_dependency("above", "below")
    manager.add_dependency("above", {"provider": "a"})
    manager.add_dependency("above", {"provider": "a"})


def test_a_dependency_belongs_to_one_manager(manager: DependencyManager) -> None:
    dependency = DependencyManager().add_dependency("a")
    for pair in [(dependency,), ("above", dependency), (dependency, "below")]:
        with pytest.raises(ResourceError, match="belongs to another dependency manager"):
            manager.add_dependency(*pair)
    assert manager.dependencies == ()


def test_who_is_not_known_has_nothing(manager: DependencyManager) -> None:
    for stranger in ("a", Dependency(), {"provider": "a"}, ResourceName()):
        assert not manager.has_resolved(stranger)
        assert not manager.is_ready(stranger)
        assert manager.has_all_dependencies_provided(stranger)
        assert manager.get_dependencies_of(stranger) == manager.get_consumers_of(stranger) == []
    assert manager.dependencies == ()


def test_a_manager_that_is_not_configured_knows_no_resources() -> None:
    manager = DependencyManager()
    manager.add_dependency("above", {"provider": "a"})
    with pytest.raises(ResourceError, match="knows no resources: it is not configured"):
        manager.resolve_initial_states()


def test_components_need_no_resources() -> None:
    manager = DependencyManager()
    manager.add_dependency("above", "below")
    manager.resolve_initial_states()
    assert manager.is_ready("above")
    manager.remove("above")


# States


def test_nothing_has_a_state_before_the_start(manager: DependencyManager) -> None:
    manager.add_dependency("above", "below")
    assert not manager.has_resolved("above")
    assert not manager.is_ready("below")
    assert not manager.has_all_dependencies_provided("above")
    manager.resolve_initial_states()
    assert manager.has_resolved("above")
    assert manager.is_ready("above")
    assert manager.has_all_dependencies_provided("above")


def test_a_provider_is_given_the_dependency(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    consumers = []

    class Provider:
        def add_consumer(self, dependency: Any) -> None:
            consumers.append(dependency)

    resources.register("a.b", Provider())
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    assert consumers == []
    manager.resolve_initial_states()
    manager.resolve_initial_states()
    assert consumers == [dependency]


def test_what_is_not_there_at_the_start_is_lost_for_that_reason(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b")
    reasons: list[Any] = []
    for each in (
        manager.add_dependency("above", {"provider": "a.b"}),
        manager.as_dependency("above"),
    ):
        each.on_lost += lambda _, reason: reasons.append(reason)
    manager.resolve_initial_states()
    assert [type(reason) for reason in reasons] == [InitiallyLost, InitiallyLost]
    assert "'a.b' is not ready yet" in str(reasons[0])


ENDS = ["left", "right"]


@pytest.mark.parametrize("going", list(permutations("abc")))
@pytest.mark.parametrize("coming", list(permutations("abc")))
def test_many_changes_below_are_one_above(
    manager: DependencyManager, going: tuple[str, ...], coming: tuple[str, ...]
) -> None:
    below = {name: Dependency() for name in "abc"}
    for each in below.values():
        manager.add_dependency("above", each)
    manager.resolve_initial_states()
    diary = Diary(manager.as_dependency("above"))
    for name in going:
        below[name].fire_on_lost(name)
    for name in coming:
        below[name].fire_on_ready()
    assert diary.taken() == [f"lost above: {going[0]}", "ready above"]


def test_a_diamond_changes_once(manager: DependencyManager) -> None:
    bottom = Dependency()
    for side in ENDS:
        manager.add_dependency("top", side)
        manager.add_dependency(side, bottom)
    manager.resolve_initial_states()
    diary = Diary(bottom, *map(manager.as_dependency, ["top", *ENDS]))
    bottom.fire_on_lost("x")
    bottom.fire_on_ready()
    assert diary.taken() == [
        *("lost Dependency: x", "lost left: x", "lost right: x", "lost top: x"),
        *("ready Dependency", "ready left", "ready right", "ready top"),
    ]


def test_the_reason_goes_up_as_it_is(manager: DependencyManager) -> None:
    bottom, reasons = Dependency(), list[object]()
    manager.add_dependency("middle", bottom)
    manager.add_dependency("top", "middle")
    manager.resolve_initial_states()
    manager.as_dependency("top").on_lost += lambda _, reason: reasons.append(reason)
    reason = RuntimeError()
    bottom.fire_on_lost(reason)
    assert reasons == [reason]


def test_consumers_hear_of_each_dependency(manager: DependencyManager) -> None:
    below, heard = Dependency(), list[Any]()
    manager.add_dependency("above", below)
    above = manager.as_dependency("above")
    above.on_dependency_ready += lambda *args: heard.append(args)
    above.on_dependency_lost += lambda *args: heard.append(args)
    manager.resolve_initial_states()
    below.fire_on_lost("tired")
    below.fire_on_ready()
    assert heard == [(below,), (below, "tired"), (below,)]


def test_a_dependency_is_told_before_its_consumers(manager: DependencyManager) -> None:
    below, heard = Dependency(), list[str]()
    manager.add_dependency("above", below)
    above = manager.as_dependency("above")
    manager.resolve_initial_states()
    above.on_lost += lambda *_: heard.append("above")
    above.on_dependency_lost += lambda *_: heard.append("dependency of above")
    below.on_lost += lambda *_: heard.append("below")
    below.fire_on_lost("tired")
    assert heard == ["below", "dependency of above", "above"]


def test_what_does_not_gate_is_heard_of_and_not_waited_for(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    offer = resources.offer("a.b")
    below = manager.add_dependency("above", {"provider": "a.b"}, gates=False)
    above, heard = manager.as_dependency("above"), list[Any]()
    above.on_dependency_ready += heard.append
    diary = Diary(above)
    manager.resolve_initial_states()
    assert manager.has_all_dependencies_provided("above")
    offer.ready("thing")
    assert heard == [below]
    offer.lost()
    assert diary.taken() == ["ready above"]


# What is added after the start


def test_what_is_added_after_the_start_has_a_state_at_once(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource="thing")
    manager.resolve_initial_states()
    below = manager.add_dependency("above", {"provider": "a.b"})
    assert below.get_resource() == "thing"
    assert manager.is_ready("above")
    manager.resolve_initial_states()
    assert manager.is_ready("above")


def test_a_new_edge_replays_the_state_of_its_dependency(manager: DependencyManager) -> None:
    lost = Dependency(cascade_ready=False)
    manager.add_dependency(lost)
    manager.add_dependency("above")
    manager.add_dependency("ready")
    manager.resolve_initial_states()
    above, heard, reasons = manager.as_dependency("above"), list[Any](), list[Any]()
    above.on_dependency_ready += heard.append
    above.on_dependency_lost += lambda dependency, reason: reasons.append((dependency, reason))
    above.on_lost += lambda dependency, reason: reasons.append((dependency, reason))
    manager.add_dependency("above", "ready")
    assert heard == [manager.as_dependency("ready")]
    manager.add_dependency("above", lost)
    assert [(dependency, type(reason)) for dependency, reason in reasons] == [
        (lost, ReplayedLost),
        (above, ReplayedLost),
    ]


def test_an_edge_that_comes_while_its_dependency_is_told_of_is_told_once(
    manager: DependencyManager,
) -> None:
    below, heard = Dependency(cascade_ready=False), list[Any]()
    manager.add_dependency(below)
    manager.add_dependency("above")
    manager.resolve_initial_states()
    manager.as_dependency("above").on_dependency_ready += heard.append
    below.on_ready += lambda _: manager.add_dependency("above", below)
    below.fire_on_ready()
    assert heard == [below]


def test_who_lets_go_of_a_dependency_hears_no_more_of_it(manager: DependencyManager) -> None:
    below, heard = Dependency(), list[Any]()
    for name in ENDS:
        manager.add_dependency(name, below)
    manager.resolve_initial_states()
    left, right = map(manager.as_dependency, ENDS)
    left.on_dependency_lost += lambda *_: manager.remove_dependency("right", below)
    right.on_dependency_lost += lambda *args: heard.append(args)
    below.fire_on_lost("tired")
    assert heard == []
    assert right.is_ready


def test_changes_within_changes_are_told_in_the_order_in_which_they_happened(
    manager: DependencyManager,
) -> None:
    below = Dependency()
    manager.add_dependency("above", below)
    manager.resolve_initial_states()
    diary = Diary(below, manager.as_dependency("above"))
    below.on_lost += lambda *_: below.fire_on_ready()
    below.fire_on_lost("x")
    assert diary.taken() == [
        "lost Dependency: x",
        "lost above: x",
        "ready Dependency",
        "ready above",
    ]


def test_one_who_fails_does_not_keep_others_from_hearing(manager: DependencyManager) -> None:
    below, heard = Dependency(), list[str]()

    def burst(*_: object) -> None:
        raise RuntimeError("burst")

    manager.add_dependency("above", below)
    manager.resolve_initial_states()
    below.on_lost += burst
    manager.as_dependency("above").on_lost += lambda *_: heard.append("above")
    with pytest.raises(RuntimeError, match="burst"):
        below.fire_on_lost("x")
    assert heard == ["above"]
    manager.as_dependency("above").on_ready += burst
    below.on_ready += burst
    with pytest.raises(ExceptionGroup, match="several failures while dependencies changed"):
        below.fire_on_ready()
    assert manager.is_ready("above")


# Circles


def test_circles_are_named_by_their_path(manager: DependencyManager) -> None:
    a, b, c = map(Component, "abc")
    manager.add_dependency("unrelated", a)
    for pair in ((a, b), (b, c), (c, a)):
        manager.add_dependency(*pair)
    for _ in range(2):
        with pytest.raises(CircularDependencyGraph, match="in a circle: a → b → c → a"):
            manager.resolve_initial_states()
    assert not manager.has_resolved("unrelated")
    manager.remove_dependency(c, a)
    manager.resolve_initial_states()
    assert manager.is_ready("unrelated")


def test_who_depends_on_itself_is_a_circle(manager: DependencyManager) -> None:
    manager.add_dependency(Component("a"), a := Component("a"))
    manager.add_dependency(a, a)
    with pytest.raises(CircularDependencyGraph, match="in a circle: a → a"):
        manager.resolve_initial_states()


def test_circles_through_maps_are_named(manager: DependencyManager) -> None:
    a, b = map(Component, "ab")
    manager.create_dependency_map(a, other=b)
    manager.create_dependency_map(b, other=a)
    message = "a → dependencies of a → b → dependencies of b → a"
    with pytest.raises(CircularDependencyGraph, match=message):
        manager.resolve_initial_states()


def test_all_circles_are_named_at_once(manager: DependencyManager) -> None:
    for first, second in (("ab"), ("cd")):
        one, other = Component(first), Component(second)
        manager.add_dependency(one, other)
        manager.add_dependency(other, one)
    with pytest.raises(CircularDependencyGraph, match="circle: a → b → a; c → d → c"):
        manager.resolve_initial_states()


def test_an_edge_that_would_close_a_circle_after_the_start_is_refused(
    manager: DependencyManager,
) -> None:
    a, b = map(Component, "ab")
    manager.add_dependency(a, b)
    manager.resolve_initial_states()
    with pytest.raises(CircularDependencyGraph, match="in a circle: b → a → b"):
        manager.add_dependency(b, a)
    assert manager.get_dependencies_of(b) == []
    assert manager.is_ready(a)


def test_who_uses_each_other_in_a_circle_need_not_wait_for_each_other(
    manager: DependencyManager,
) -> None:
    a, b = map(Component, "ab")
    manager.add_dependency(a, b)
    manager.add_dependency(b, a, gates=False)
    manager.add_dependency(b, b, gates=False)
    manager.resolve_initial_states()
    assert manager.is_ready(a)
    assert manager.is_ready(b)


# Going


def test_who_depended_on_what_was_lost_is_ready_without_it(manager: DependencyManager) -> None:
    lost = Dependency(cascade_ready=False)
    manager.add_dependency("above", lost)
    manager.resolve_initial_states()
    diary = Diary(manager.as_dependency("above"))
    manager.remove_dependency("above", lost)
    assert diary.taken() == ["ready above"]
    lost.fire_on_ready()
    lost.fire_on_lost("x")
    assert diary.taken() == []


def test_what_is_not_depended_on_cannot_be_removed(manager: DependencyManager) -> None:
    manager.add_dependency("above", "below")
    for pair in [("below", "above"), ("above", "other"), ("other", "below")]:
        with pytest.raises(ResourceError, match="does not depend on"):
            manager.remove_dependency(*pair)
    for stranger in ("other", Dependency(), {"provider": "a"}):
        with pytest.raises(ResourceError, match="is not known to the dependency manager"):
            manager.remove(stranger)


def test_a_resource_that_nobody_needs_any_more_goes(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    offer = resources.offer("a.b", resource="thing")
    manager.resolve_initial_states()
    shared = manager.add_dependency("one", {"provider": "a.b"})
    manager.add_dependency("other", shared)
    manager.remove_dependency("one", shared)
    assert shared.get_resource() == "thing"
    manager.remove_dependency("other", shared)
    assert resources.consumers_of("a.b") == []
    offer.ready("new")
    with pytest.raises(UnprovidedResourceError):
        shared.get_resource()


def test_a_resource_that_was_added_for_itself_stays(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource="thing")
    manager.resolve_initial_states()
    dependency = manager.add_dependency(ResourceDependency("a.b"))
    manager.add_dependency("above", dependency)
    manager.remove_dependency("above", dependency)
    assert dependency.get_resource() == "thing"
    manager.remove(dependency)
    assert resources.consumers_of("a.b") == []


def test_a_component_stays_when_nobody_depends_on_it_any_more(manager: DependencyManager) -> None:
    below = manager.add_dependency("above", "below")
    manager.remove_dependency("above", "below")
    assert below in manager.dependencies
    assert manager.as_dependency("below") is below


def test_what_has_gone_may_come_again(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource="thing")
    manager.resolve_initial_states()
    dependency = manager.add_dependency("above", {"provider": "a.b"})
    diary = Diary(dependency)
    manager.remove_dependency("above", dependency)
    manager.add_dependency("above", dependency)
    assert diary.taken() == ["ready a.b"]
    assert dependency.get_resource() == "thing"


def test_a_component_that_goes_takes_along_what_it_alone_needed(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource="thing")
    manager.resolve_initial_states()
    shared = ResourceDependency("a.b")
    manager.add_dependency("stays", shared)
    manager.add_dependency("goes", shared)
    manager.add_dependency("goes", "component")
    manager.create_dependency_map("goes", one={"provider": "a.b"}, other={"provider": "a.b"})
    manager.remove("goes")
    assert [each.get_resource() for each in manager.dependencies] == [
        "stays",
        "thing",
        "component",
    ]
    assert resources.consumers_of("a.b") == [shared]


def test_who_depended_on_a_component_that_goes_depends_on_it_no_more(
    manager: DependencyManager,
) -> None:
    lost = Dependency(cascade_ready=False)
    manager.add_dependency("above", lost)
    manager.resolve_initial_states()
    manager.remove(lost)
    assert manager.is_ready("above")
    assert not lost.is_ready


def test_a_component_that_goes_while_its_change_is_told_hears_no_more(
    manager: DependencyManager,
) -> None:
    bottom, heard = Dependency(), list[Any]()
    manager.add_dependency("above", bottom)
    manager.resolve_initial_states()
    bottom.on_lost += lambda *_: manager.remove("above")
    manager.as_dependency("above").on_lost += lambda *args: heard.append(args)
    bottom.fire_on_lost("x")
    assert heard == []


def test_a_component_that_stands_below_others_is_known_by_its_own_dependency(
    environment: Environment,
) -> None:
    manager, own = environment.dependency_manager, InstanceDependency("a", cascade_ready=False)
    manager.add_dependency("above", own)
    assert manager.as_dependency("a") is own


def test_nothing_is_left_of_what_came_and_went(environment: Environment) -> None:
    manager, resources = environment.dependency_manager, environment.resource_manager
    resources.offer("a.b", resource="thing")
    manager.resolve_initial_states()
    for number in range(100):
        component = Component(str(number))
        manager.add_dependency(component)
        manager.create_dependency_map(component, thing={"provider": "a.b"})
        manager.add_dependency(component, "shared")
        manager.remove(component)
    manager.remove("shared")
    held = (manager._graph, manager._dependencies, manager._instances, manager._kept)
    assert [len(each) for each in held] == [0, 0, 0, 0]
    assert resources._requests == {}
    assert manager._resolution._waiting == manager._resolution._failed == {}
