from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import piped.plugins
from tests.catalogue.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A folder on `sys.path`. What is imported from it is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", [*sys.path[:1], str(tmp_path), *sys.path[1:]])
    monkeypatch.setattr(piped.plugins, "__path__", [*piped.plugins.__path__])
    before = set(sys.modules)
    importlib.invalidate_caches()
    yield World(tmp_path)
    ours = {path.stem for path in tmp_path.rglob("*")} - {"piped"}
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ours or name.startswith("piped.plugins."):
            del sys.modules[name]
