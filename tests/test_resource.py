"""Resources: who offers, who asks, and what happens when either changes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from piped.exceptions import (
    ProviderConflict,
    ResourceError,
    ResourceLost,
    UnprovidedResourceError,
)
from piped.resource import ResourceManager, name_of


class Consumer:
    """A double of a `ResourceDependency`, that keeps what it was told."""

    def __init__(self, provider: str = "a.b") -> None:
        self.provider = provider
        self.configuration: dict[str, Any] = {}
        self.heard: list[Any] = []

    def on_resource_ready(self, resource: Any) -> None:
        self.heard.append(resource)

    def on_resource_lost(self, reason: Any) -> None:
        self.heard.append(("lost", str(reason).removeprefix("\nERROR: ")))


class Provider:
    """A provider as they were written since 2011."""

    def __init__(self, name: str | None = None) -> None:
        self.consumers: list[Any] = []
        if name:
            self.name = name

    def add_consumer(self, dependency: Any) -> None:
        self.consumers.append(dependency)


@pytest.fixture
def manager() -> ResourceManager:
    made = ResourceManager()
    made.configure(None)
    return made


def asked(manager: ResourceManager, path: str = "a.b") -> Consumer:
    consumer = Consumer(path)
    manager.resolve(consumer)
    return consumer


def test_a_provider_is_given_who_asks_for_its_path(manager: ResourceManager) -> None:
    provider, consumer = Provider(), Consumer()
    manager.register("a.b", provider)
    manager.resolve(consumer)
    assert provider.consumers == [consumer]
    assert manager.consumers_of("a.b") == [consumer]
    assert manager.is_served(consumer, provider)


def test_who_is_registered_is_known(manager: ResourceManager) -> None:
    provider = Provider()
    manager.register("a.b", provider)
    registered = manager.get_registered_resources()
    assert registered == {"a.b": provider}
    registered.clear()
    assert manager.get_provider_or_fail("a.b") is provider
    assert manager.is_offered("a.b")
    assert manager.is_offered("a.b", by=provider)
    assert not manager.is_offered("a.b", by=Provider())
    assert not manager.is_offered("a")


def test_paths_are_matched_exactly(manager: ResourceManager) -> None:
    manager.register("a.b", Provider())
    with pytest.raises(UnprovidedResourceError):
        manager.get_provider_or_fail("a.b.c")


def test_an_unknown_path_names_the_nearest_and_all_there_are(manager: ResourceManager) -> None:
    for path in ("pipeline.hello", "context.settings"):
        manager.register(path, Provider())
    with pytest.raises(UnprovidedResourceError) as caught:
        asked(manager, "pipeline.helo")
    assert str(caught.value) == (
        "\nERROR: nobody offers the resource 'pipeline.helo' (did you mean 'pipeline.hello'?)"
        "\nDETAIL: What is offered: context.settings, pipeline.hello."
    )


def test_an_unknown_path_where_nothing_is_offered(manager: ResourceManager) -> None:
    with pytest.raises(UnprovidedResourceError, match=r"Nothing is offered\."):
        asked(manager)


class Unnamed:
    @property
    def name(self) -> str:
        raise RuntimeError("not connected")


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        (Provider("postman"), "postman"),
        (Provider(), "Provider"),
        (Unnamed(), "Unnamed"),
        (None, "NoneType"),
        (3, "int"),
    ],
)
def test_a_conflict_names_both_whatever_they_are(
    manager: ResourceManager, provider: Any, name: str
) -> None:
    manager.register("a.b", Provider("first"))
    with pytest.raises(ProviderConflict, match=f"'a.b' is offered by first, so {name} cannot"):
        manager.register("a.b", provider)
    manager.register("c", provider or Provider("NoneType"))
    with pytest.raises(ProviderConflict, match=f"'c' is offered by {name}, so first cannot"):
        manager.register("c", Provider("first"))


def test_a_conflict_of_offers_names_who_made_them(manager: ResourceManager) -> None:
    manager.offer("a.b", by=Provider("postman"))
    with pytest.raises(ProviderConflict, match="offered by postman, so smith cannot"):
        manager.offer("a.b", by=Provider("smith"))


def test_a_conflict_of_offers_that_nobody_signed_names_their_places(
    manager: ResourceManager,
) -> None:
    manager.offer("a.b")
    with pytest.raises(ProviderConflict, match=rf"{__file__}:\d+, so {__file__}:\d+ cannot"):
        manager.offer("a.b")


def test_a_resource_offered_at_once_is_given_to_all_who_ask(manager: ResourceManager) -> None:
    offer = manager.offer("a.b", resource="thing")
    assert offer.is_ready
    assert offer.resource == "thing"
    assert offer.path == "a.b"
    assert asked(manager).heard == ["thing"]
    assert asked(manager).heard == ["thing"]


def test_nothing_is_a_resource_too(manager: ResourceManager) -> None:
    manager.offer("a.b", resource=None)
    assert asked(manager).heard == [None]


def test_an_offer_takes_nothing_else(manager: ResourceManager) -> None:
    with pytest.raises(TypeError, match="an offer has no resorce"):
        manager.offer("a.b", resorce=1)
    assert not manager.is_offered("a.b")


def test_a_resource_comes_and_goes(manager: ResourceManager) -> None:
    offer = manager.offer("a.b")
    consumer = asked(manager)
    with pytest.raises(UnprovidedResourceError, match=r"'a\.b' is not available now"):
        _ = offer.resource
    offer.lost()
    offer.ready(1)
    offer.lost()
    offer.lost("again")
    offer.ready(2)
    offer.lost("maintenance")
    gone = ("lost", "'a.b' is gone")
    assert consumer.heard == [1, gone, 2, ("lost", "maintenance")]


def test_withdrawing_loses_the_resource(manager: ResourceManager) -> None:
    offer = manager.offer("a.b", resource=1)
    consumer = asked(manager)
    offer.withdraw()
    offer.withdraw()
    offer.lost()
    assert consumer.heard == [1, ("lost", "'a.b' is offered no more")]
    assert not manager.is_offered("a.b")
    with pytest.raises(ResourceError, match=r"the offer of 'a\.b' was withdrawn"):
        offer.ready(2)


def test_who_waited_when_a_path_was_withdrawn_gets_it_from_the_next(
    manager: ResourceManager,
) -> None:
    manager.offer("a.b", resource=1).withdraw("maintenance")
    with pytest.raises(UnprovidedResourceError):
        asked(manager)  # nobody offers it now
    offer = manager.offer("a.b", resource=1)
    consumer = asked(manager)
    offer.withdraw("maintenance")
    provider = Provider()
    manager.register("a.b", provider)
    assert provider.consumers == [consumer]
    manager.unregister("a.b")
    manager.offer("a.b", resource=2)
    lost = [("lost", "maintenance"), ("lost", "'a.b' is offered no more")]
    assert consumer.heard == [1, *lost, 2]


def test_an_old_offer_does_not_withdraw_a_new_one(manager: ResourceManager) -> None:
    old = manager.offer("a.b", resource=1)
    consumer = asked(manager)
    manager.unregister("a.b", "taken over")
    new = manager.offer("a.b", resource=2)
    old.ready(3)
    old.withdraw()
    assert manager.is_offered("a.b", by=new)
    assert consumer.heard == [1, ("lost", "taken over"), 2]


def test_a_path_that_is_not_registered_cannot_be_unregistered(manager: ResourceManager) -> None:
    with pytest.raises(UnprovidedResourceError, match=r"nobody offers the resource 'a\.b'"):
        manager.unregister("a.b")


def test_who_needs_it_no_more_hears_no_more(manager: ResourceManager) -> None:
    offer = manager.offer("a.b")
    consumer = asked(manager)
    manager.release(consumer)
    manager.release(consumer)
    offer.ready(1)
    assert consumer.heard == []
    assert manager.consumers_of("a.b") == []
    assert not manager.is_served(consumer, offer)


def test_a_provider_that_wants_to_know_is_told_who_needs_it_no_more(
    manager: ResourceManager,
) -> None:
    class Careful(Provider):
        def remove_consumer(self, dependency: Any) -> None:
            self.consumers.remove(dependency)

    provider = Careful()
    manager.register("a.b", provider)
    leaving, staying = asked(manager), asked(manager)
    manager.release(leaving)
    assert provider.consumers == [staying]
    manager.unregister("a.b")
    assert provider.consumers == []


def test_a_provider_that_fails_serves_nobody(manager: ResourceManager) -> None:
    class Broken:
        def add_consumer(self, dependency: Any) -> None:
            raise RuntimeError("broken")

    manager.register("a.b", Broken())
    with pytest.raises(RuntimeError, match="broken"):
        asked(manager)
    assert manager.consumers_of("a.b") == []


class Bursting(Consumer):
    def on_resource_ready(self, resource: Any) -> None:
        super().on_resource_ready(resource)
        raise RuntimeError("ready")

    def on_resource_lost(self, reason: Any) -> None:
        super().on_resource_lost(reason)
        raise RuntimeError("lost")


def test_one_who_fails_does_not_keep_others_from_hearing(manager: ResourceManager) -> None:
    offer = manager.offer("a.b")
    failing, other = Bursting(), Consumer()
    manager.resolve(failing)
    manager.resolve(other)
    with pytest.raises(RuntimeError, match="ready"):
        offer.ready(1)
    with pytest.raises(RuntimeError, match="lost"):
        offer.lost("out")
    with pytest.raises(RuntimeError, match="lost"):
        offer.withdraw("gone")
    with pytest.raises(RuntimeError, match="ready"):
        manager.offer("a.b", resource=2)
    assert failing.heard == other.heard == [1, ("lost", "out"), ("lost", "gone"), 2]


def test_all_who_fail_are_named(manager: ResourceManager) -> None:
    offer = manager.offer("a.b")
    manager.resolve(Bursting())
    manager.resolve(Bursting())
    with pytest.raises(ExceptionGroup, match=r"several failures while 'a\.b' changed") as caught:
        offer.ready(1)
    assert [str(each) for each in caught.value.exceptions] == ["ready", "ready"]


def test_who_answers_a_resource_by_losing_it_leaves_nobody_with_it(
    manager: ResourceManager,
) -> None:
    class Rejecting(Consumer):
        def on_resource_ready(self, resource: Any) -> None:
            super().on_resource_ready(resource)
            offer.lost("rejected")

    offer = manager.offer("a.b")
    manager.resolve(Rejecting())
    other = asked(manager)
    offer.ready(1)
    assert other.heard == [("lost", "rejected")]


def test_who_answers_a_loss_by_offering_again_serves_all(manager: ResourceManager) -> None:
    class Replacing(Consumer):
        def on_resource_lost(self, reason: Any) -> None:
            super().on_resource_lost(reason)
            manager.offer("a.b", resource="spare")

    offer = manager.offer("a.b", resource=1)
    first, second = Replacing(), Consumer()
    manager.resolve(first)
    manager.resolve(second)
    offer.withdraw("broken")
    assert first.heard == second.heard == [1, ("lost", "broken"), "spare"]


def test_who_answers_a_loss_by_leaving_is_not_served_again(manager: ResourceManager) -> None:
    class Leaving(Consumer):
        def on_resource_lost(self, reason: Any) -> None:
            super().on_resource_lost(reason)
            manager.release(self)

    offer = manager.offer("a.b", resource=1)
    leaving = Leaving()
    manager.resolve(leaving)
    offer.withdraw()
    manager.offer("a.b", resource=2)
    assert len(leaving.heard) == 2
    assert manager.consumers_of("a.b") == []


def test_offers_say_what_they_are(manager: ResourceManager) -> None:
    offer = manager.offer("a.b", by=Provider("postman"))
    assert repr(offer) == "<Offer of 'a.b' by postman, not ready>"
    offer.ready(1)
    assert repr(offer) == "<Offer of 'a.b' by postman, ready>"
    offer.withdraw()
    assert repr(offer) == "<Offer of 'a.b' by postman, withdrawn>"


def test_what_is_lost_for_no_reason_given_is_still_lost_for_one(manager: ResourceManager) -> None:
    reasons: list[Any] = []

    class Asking(Consumer):
        def on_resource_lost(self, reason: Any) -> None:
            reasons.append(reason)

    offer = manager.offer("a.b", resource=1)
    manager.resolve(Asking())
    offer.lost()
    offer.withdraw()
    assert [type(reason) for reason in reasons] == [ResourceLost, ResourceLost]


def test_a_name_is_text() -> None:
    class Odd:
        name = 3

    assert name_of(Odd()).endswith("Odd")


def test_the_mark_of_a_provider_is_found_here() -> None:
    from piped import interfaces, resource

    assert resource.IResourceProvider is interfaces.IResourceProvider
    with pytest.raises(AttributeError, match="no attribute 'IResourceProvidr'"):
        _ = resource.IResourceProvidr


def test_resources_cost_neither_twisted_nor_zope_nor_asyncio_to_import() -> None:
    code = "import piped.resource, piped.dependencies, sys; print(*sys.modules)"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.check_output(
        [sys.executable, "-c", code], text=True, env=environment
    ).split()
    assert {"twisted", "zope.interface", "asyncio"} & set(found) == set()
