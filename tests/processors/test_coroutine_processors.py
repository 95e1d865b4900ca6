"""Generators that take batons."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from piped.exceptions import PipedError
from tests.processors.trying import complaint, pipeline, result


def total() -> Generator[Any, Any, Any]:
    """Adds up, until there is a zero."""
    found, number = 0, (yield)
    while number:
        found += number
        number = yield found
    return f"{found} at last"


def begun() -> Generator[Any, Any, Any]:
    generator = total()
    next(generator)
    return generator


@pytest.mark.parametrize("name", ["total", "begun"])
def test_all_batons_go_into_one_generator(name: str) -> None:
    made = pipeline(f"wrap-coroutine: {{coroutine: {__name__}.{name}}}")
    assert [made.run(n) for n in (1, 2, 0, 4)] == [[1], [3], ["3 at last"], [4]]


def test_each_step_has_its_own() -> None:
    step = f"wrap-coroutine: {{coroutine: {__name__}.total}}"
    made = pipeline(f"{step}, {step}")
    assert [made.run(n) for n in (1, 2)] == [[1], [4]]


def test_one_that_failed_is_followed_by_a_new_one() -> None:
    made = pipeline(f"wrap-coroutine: {{coroutine: {__name__}.total}}")
    made.run(1)
    with pytest.raises(TypeError):
        made.run("one")
    assert made.run(2) == [2]


def test_the_batons_come_in_pairs() -> None:
    made = pipeline("wrap-coroutine: {coroutine: piped.processors.coroutine_processors.pairs}")
    assert [made.run(n) for n in (1, 2, 3)] == [[[None, 1]], [[1, 2]], [[2, 3]]]


def test_what_makes_no_generator_is_refused() -> None:
    with pytest.raises(PipedError, match="a generator is needed, and this is 0"):
        result("wrap-coroutine: {coroutine: int}", 1)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("wrap-coroutine", "needs the option 'coroutine'"),
        ("wrap-coroutine: {coroutine: math.nothing}", "which is not there"),
        ("wrap-coroutine: {coroutine: math.pi}", "which cannot be called"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
