"""Maps: several named dependencies of one component."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from piped.dependencies import Dependency, DependencyManager, DependencyMap, NoSuchDependency
from piped.exceptions import (
    KeyAlreadyExists,
    TimeoutError,  # noqa: A004 - its name since 2011
    UnprovidedResourceError,
    UnsatisfiedDependencyError,
)
from piped.resource import Offer, ResourceManager
from tests.dependencies.environment import Component, Diary


@pytest.fixture
def offer(resources: ResourceManager) -> Offer:
    """What is offered as `a.b`, and is not ready."""
    return resources.offer("a.b")


@pytest.fixture
def postman(manager: DependencyManager, offer: Offer) -> DependencyMap:
    """The dependencies of a postman: on the round, which is there, and on letters."""
    made = manager.create_dependency_map(
        Component("postman"), round="daily", letters={"provider": offer.path}
    )
    manager.resolve_initial_states()
    return made


def test_resources_are_items_and_attributes(postman: DependencyMap, offer: Offer) -> None:
    offer.ready(["letter"])
    assert postman["letters"] == postman.letters == ["letter"]
    assert postman["round"] == postman.round == "daily"


def test_what_is_known_and_not_available_is_unsatisfied(postman: DependencyMap) -> None:
    message = "'letters' of dependencies of postman is not available: .*lost: letters"
    with pytest.raises(UnsatisfiedDependencyError, match=message):
        _ = postman["letters"]
    with pytest.raises(UnsatisfiedDependencyError, match=message):
        _ = postman.letters


@pytest.mark.parametrize("kind", [AttributeError, KeyError, NoSuchDependency])
def test_what_is_unknown_is_neither_item_nor_attribute(
    postman: DependencyMap, kind: type[Exception]
) -> None:
    message = r"dependencies of postman have no 'leters' \(did you mean 'letters'\?\)"
    with pytest.raises(kind, match=message):
        _ = postman["leters"]
    with pytest.raises(kind, match=message):
        _ = postman.leters
    with pytest.raises(kind, match=message):
        postman.wait_for_resource("leters")
    with pytest.raises(kind, match=message):
        postman.is_available("leters")
    with pytest.raises(kind, match=message):
        del postman["leters"]
    assert not hasattr(postman, "leters")


def test_all_names_are_in_it_and_the_available_ones_are_listed(
    postman: DependencyMap, offer: Offer
) -> None:
    assert "letters" in postman
    assert "leters" not in postman
    assert list(postman) == postman.keys() == ["round"]
    assert postman.values() == ["daily"]
    assert postman.items() == [("round", "daily")]
    assert len(postman) == 1
    assert not postman.is_available("letters")
    offer.ready("a letter")
    assert postman.is_available("letters")
    assert dict(postman) == {**postman} == {"round": "daily", "letters": "a letter"}


def test_a_map_without_anything_available_is_still_a_map(manager: DependencyManager) -> None:
    assert manager.create_dependency_map("above")


def test_a_map_says_what_is_ready_and_what_is_lost(postman: DependencyMap, offer: Offer) -> None:
    assert repr(postman) == "<dependencies of postman, ready: round; lost: letters>"
    offer.ready(1)
    assert repr(postman) == "<dependencies of postman, ready: round, letters>"


def test_an_empty_map_says_so(manager: DependencyManager) -> None:
    assert repr(manager.create_dependency_map("above")) == "<dependencies of above>"


def test_the_consumer_follows_its_map(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    first, second = resources.offer("a"), resources.offer("b")
    made = manager.create_dependency_map("above", a={"provider": "a"}, b={"provider": "b"})
    diary = Diary(made, manager.as_dependency("above"))
    manager.resolve_initial_states()
    assert [entry.split(":")[0] for entry in diary.taken()] == [
        "lost dependencies of above",
        "lost above",
    ]
    first.ready(1)
    assert diary.taken() == []
    second.ready(2)
    assert diary.taken() == ["ready dependencies of above", "ready above"]
    first.lost("tired")
    assert diary.taken() == ["lost dependencies of above: tired", "lost above: tired"]


def test_dependencies_are_added_by_item_and_by_name(
    manager: DependencyManager, offer: Offer
) -> None:
    made = DependencyMap("above", manager)
    made["letters"] = {"provider": offer.path, "size": 3}
    added = made.add_dependency("round", "daily")
    assert made.get_dependency("round") is added is manager.as_dependency("daily")
    letters: Any = made.get_dependency("letters")
    assert letters.configuration == {"size": 3}
    assert manager.get_dependencies_of("above") == [made]
    assert manager.get_dependencies_of(made) == [letters, added]
    assert made.get_resource() is made


def test_a_name_is_used_once(postman: DependencyMap) -> None:
    with pytest.raises(KeyAlreadyExists, match="have 'round' already: <InstanceDependency"):
        postman["round"] = "weekly"


def test_an_attribute_that_is_set_is_no_dependency(postman: Any) -> None:
    postman.bag = "leather"
    assert postman.bag == "leather"
    assert "bag" not in postman
    del postman.bag
    assert not hasattr(postman, "bag")


def test_dependencies_are_removed_although_they_are_not_available(
    manager: DependencyManager, postman: DependencyMap
) -> None:
    letters = postman.get_dependency("letters")
    assert postman.remove_dependency("letters") is letters
    assert letters.manager is None
    assert postman.is_ready
    del postman.round
    postman["round"] = "weekly"
    del postman["round"]
    assert manager.get_dependencies_of(postman) == []


def test_a_dependency_that_does_not_gate_leaves_the_map_ready(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b")
    made = manager.create_dependency_map("above")
    made.add_dependency("letters", {"provider": "a.b"}, gates=False)
    manager.resolve_initial_states()
    assert made.is_ready
    assert not made.is_available("letters")


async def test_one_may_wait_for_a_name(postman: DependencyMap, offer: Offer) -> None:
    assert await postman.wait_for_resource("round") == "daily"
    with pytest.raises(TimeoutError, match=r"waited 0\.01 seconds for 'a\.b'"):
        await postman.wait_for_resource("letters", timeout=0.01)
    outcome = postman.wait_for_resource("letters")
    offer.ready("a letter")
    assert await outcome == "a letter"


async def test_one_may_wait_for_a_map_in_a_map(postman: DependencyMap, offer: Offer) -> None:
    manager: Any = postman.manager
    outer = manager.create_dependency_map("above", inner=postman)
    outcome = outer.wait_for_resource("inner")
    assert not outcome.called
    offer.ready(1)
    assert await outcome is postman


def test_a_map_is_equal_to_itself_alone(manager: DependencyManager) -> None:
    one, other = DependencyMap("a", manager), DependencyMap("a", manager)
    assert one == one  # noqa: PLR0124 - that is the question
    assert one != other
    assert len({one, other}) == 2


def test_a_map_is_not_taken_for_what_copies_look_for(postman: DependencyMap) -> None:
    assert not hasattr(postman, "__deepcopy__")
    with pytest.raises(AttributeError, match="has no attribute 'round'"):
        _ = DependencyMap.__new__(DependencyMap).round
    assert copy.copy(postman).round == "daily"


def test_a_map_that_cannot_be_made_leaves_nothing(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a.b", resource=1)
    above = manager.add_dependency("above")
    manager.resolve_initial_states()
    with pytest.raises(UnprovidedResourceError, match=r"'a\.c'"):
        manager.create_dependency_map("above", b={"provider": "a.b"}, c={"provider": "a.c"})
    assert manager.dependencies == (above,)
    assert resources.consumers_of("a.b") == []
    assert above.is_ready


def test_a_map_made_after_the_start_is_ready_at_once(
    manager: DependencyManager, resources: ResourceManager
) -> None:
    resources.offer("a", resource=1)
    resources.offer("b", resource=2)
    manager.resolve_initial_states()
    above = manager.as_dependency("above")
    diary = Diary(above)
    made = manager.create_dependency_map("above", a={"provider": "a"}, b={"provider": "b"})
    assert dict(made) == {"a": 1, "b": 2}
    assert diary.taken() == ["ready above"]


def test_names_may_be_those_of_our_own_arguments(manager: DependencyManager) -> None:
    made = manager.create_dependency_map("above", consumer="c", self="s", keys="k")
    manager.resolve_initial_states()
    assert (made.consumer, made.self, made["keys"]) == ("c", "s", "k")


def test_a_plain_dependency_may_be_an_entry(manager: DependencyManager) -> None:
    state = Dependency(cascade_ready=False)
    made = manager.create_dependency_map("above", connected=state)
    manager.resolve_initial_states()
    state.fire_on_ready()
    assert made.is_ready
    assert dict(made) == {"connected": state}
