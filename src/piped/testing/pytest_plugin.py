"""Fixtures for pytest, which finds them by itself where piped is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from piped.testing.clock import ManualClock
    from piped.testing.yaml_environment import YamlEnvironment

__all__ = ["check_yaml", "clock", "piped_environment", "run_yaml"]


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
