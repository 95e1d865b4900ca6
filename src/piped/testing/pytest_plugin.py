"""Fixtures for pytest, and the tests of configurations as items of it, where that is asked for.

pytest finds the plugin by itself where piped is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from piped.testing.clock import ManualClock
    from piped.testing.collecting import ConfigurationFile
    from piped.testing.yaml_environment import YamlEnvironment

__all__ = ["check_yaml", "clock", "piped_environment", "run_yaml"]

_FILES = "piped_tests"
_ENDINGS = {".yaml", ".yml"}


def pytest_addoption(parser: pytest.Parser) -> None:
    help_ = (
        "configurations of which the section `tests` is run: patterns like app.yaml, test_*.yaml"
    )
    parser.addini(_FILES, help_, type="args", default=[])
    parser.getgroup("piped").addoption(
        "--piped-tests", action="append", default=[], metavar="PATTERN", help=help_
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ConfigurationFile | None:
    if file_path.suffix not in _ENDINGS:
        return None
    config = parent.config
    patterns = [*config.getini(_FILES), *config.getoption("--piped-tests")]
    if not any(file_path.match(pattern) for pattern in patterns):
        return None
    from piped.testing.collecting import ConfigurationFile

    return ConfigurationFile.from_parent(parent, path=file_path)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves on, the one of `piped_environment`."""
    from piped.testing.clock import ManualClock

    return ManualClock()


@pytest.fixture
def piped_environment(clock: ManualClock) -> Callable[..., YamlEnvironment]:
    """What makes the pipelines of a text, to be run by `await`."""
    from piped.testing.yaml_environment import YamlEnvironment

    def make(text: str, /, **fakes: Any) -> YamlEnvironment:
        return YamlEnvironment(text, clock=clock, **fakes)

    return make


@pytest.fixture
def run_yaml() -> Callable[..., list[Any]]:
    """The results of a pipeline: `run_yaml(text, baton, **fakes)`."""
    from piped.testing.yaml_environment import run_yaml

    return run_yaml


@pytest.fixture
def check_yaml() -> Callable[..., list[str]]:
    """What is wrong with a text: `check_yaml(text, **fakes)`."""
    from piped.testing.yaml_environment import check_yaml

    return check_yaml
