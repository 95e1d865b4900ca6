"""The command within the process of the tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from piped.cli.main import piped
from tests.logging_state import logging_as_it_was

__all__ = ["invoke", "logging_as_it_was"]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`piped …` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("PIPED_CONFIGURATION_OVERRIDES", raising=False)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(piped, list(arguments), prog_name="piped")

    return invoke
