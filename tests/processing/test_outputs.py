"""What a step has returned."""

from __future__ import annotations

import types
from collections.abc import Generator
from typing import Any

import pytest
from twisted.internet.defer import succeed
from twisted.python.failure import Failure

from piped.processing.outputs import ORDINARY, waits


class Ordinary:
    pass


class Later:
    def __await__(self) -> Generator[Any, Any, None]:
        yield


@types.coroutine
def old_coroutine() -> Generator[None, None, None]:
    yield


def generator() -> Generator[None, None, None]:
    yield


@pytest.mark.parametrize("output", [None, {}, 1, Ordinary(), Ordinary, generator()])
def test_a_baton_is_not_waited_for(output: Any) -> None:
    assert not waits(output)


@pytest.mark.parametrize("output", [Later(), succeed(1), old_coroutine()])
def test_what_comes_later_is(output: Any) -> None:
    assert waits(output)
    assert waits(output)
    assert type(output) not in ORDINARY


def test_a_type_that_was_met_is_known() -> None:
    ORDINARY.discard(Ordinary)
    waits(Ordinary())
    assert Ordinary in ORDINARY


def test_types_that_may_be_made_anew_for_each_baton_are_not_kept() -> None:
    class Local:
        pass

    assert not waits(Local())
    assert Local not in ORDINARY


def test_generators_are_looked_at_one_by_one() -> None:
    assert not waits(generator())
    assert waits(old_coroutine())


def test_a_failure_is_as_good_as_raised() -> None:
    with pytest.raises(ValueError, match="burst"):
        waits(Failure(ValueError("burst")))  # type: ignore[no-untyped-call]  # Twisted's lack
