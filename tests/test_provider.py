"""What a provider is when it says nothing."""

from __future__ import annotations

from typing import Any

from piped.catalogue import Catalogue
from piped.environment import RuntimeEnvironment
from piped.options import Check
from piped.provider import Provider


class Silent(Provider):
    section = "silent"


def test_one_that_says_nothing_takes_anything_and_offers_nothing() -> None:
    provider, check = Silent(), Check()
    assert Silent.settings is Any
    assert (Silent.requires, Silent.extra) == ((), "")
    assert list(provider.offers({"a": 1})) == []
    provider.check({"a": 1}, Catalogue.builtin(), check)
    assert check.problems == []


def test_one_that_does_nothing_leaves_the_environment_as_it_is() -> None:
    environment = RuntimeEnvironment()
    environment.configure()
    before = list(environment.resource_manager.get_registered_resources())
    Silent().configure(environment)
    assert list(environment.resource_manager.get_registered_resources()) == before
