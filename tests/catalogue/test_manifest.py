"""The manifests name all that comes with piped, and nothing else."""

from __future__ import annotations

from importlib import import_module

import pytest

from piped.catalogue import Catalogue, PluginKind
from piped.catalogue.gathering import Gathering
from piped.catalogue.settings import Bundle, PluginSettings
from piped.conf.nodes import Origin
from piped.problems import Place

KINDS: tuple[PluginKind, ...] = ("processor", "provider")


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_is_what_a_scan_of_its_package_finds(kind: PluginKind) -> None:
    package = f"piped.{kind}s"
    gathering = Gathering(PluginSettings())
    gathering.add_bundle(Bundle("ours", package, Origin(Place(package))))
    assert gathering.problems == []
    found = {name: plugin.target for name, plugin in gathering.found[kind].items()}
    assert found == import_module(package).MANIFEST


def test_all_that_is_built_in_can_be_loaded_and_says_what_it_is() -> None:
    catalogue = Catalogue.builtin()
    ours = [*catalogue.processors.values(), *catalogue.providers.values()]
    built_in = [plugin for plugin in ours if plugin.origin == "built in"]
    assert [plugin.name for plugin in built_in if not (plugin.load() and plugin.summary)] == []
