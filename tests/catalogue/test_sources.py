"""Plugins that are known by name before anything is imported."""

from __future__ import annotations

import sys

import pytest

import piped.flow_parts
import piped.processors
import piped.providers
from piped.catalogue.plugin import Plugin
from piped.catalogue.sources import built_in, entry_points
from tests.catalogue.world import World


def test_the_manifests_are_read_and_nothing_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped.processors, "MANIFEST", {"log": "piped.absent:Log"})
    monkeypatch.setattr(piped.providers, "MANIFEST", {"ticks": "piped.absent:Ticks"})
    monkeypatch.setattr(piped.flow_parts, "FOUNTS", {"batons": "piped.absent:Batons"})
    monkeypatch.setattr(piped.flow_parts, "TUBES", {})
    monkeypatch.setattr(piped.flow_parts, "DRAINS", {})
    assert [*built_in()] == [
        Plugin("processor", "log", "built in", "piped.absent:Log"),
        Plugin("provider", "ticks", "built in", "piped.absent:Ticks"),
        Plugin("fount", "batons", "built in", "piped.absent:Batons"),
    ]


POINTS = """
    [piped.processors]
    up = acme.text:Up [loud]
    [piped.providers]
    acme.clients = acme.net:Clients
    [piped.services]
    reporter = acme:Reporter
    [console_scripts]
    acme = acme:main
"""


def test_entry_points_are_named_by_their_distribution(world: World) -> None:
    world.write_distribution("acme", POINTS)
    origin = "entry point of acme"
    assert [each for each in entry_points() if each.origin == origin] == [
        Plugin("processor", "up", origin, "acme.text:Up"),
        Plugin("provider", "acme.clients", origin, "acme.net:Clients"),
        Plugin("service", "reporter", origin, "acme:Reporter", always=True),
    ]
    assert "acme" not in sys.modules


def test_an_entry_point_of_nonsense_is_kept_until_it_is_used(world: World) -> None:
    world.write_distribution("acme", "[piped.processors]\nup = what is this?\n")
    [plugin] = [each for each in entry_points() if each.name == "up"]
    assert plugin.target == "what is this?"
