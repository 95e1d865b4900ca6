"""What a user's function is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from piped.flows.functions import is_asynchronous, is_generator, yields_later


def plain(item: Any) -> Any:
    return item


def many(item: Any) -> Iterator[Any]:
    yield item


async def later(item: Any) -> Any:
    return item


async def many_later(item: Any) -> AsyncIterator[Any]:
    yield item


def as_object(function: Callable[..., Any]) -> Any:
    return type("Callable", (), {"__call__": lambda self, item: function(item)})()


class ObjectOf:
    class Many:
        def __call__(self, item: Any) -> Iterator[Any]:
            yield item

    class Later:
        async def __call__(self, item: Any) -> Any:
            return item

    class ManyLater:
        async def __call__(self, item: Any) -> AsyncIterator[Any]:
            yield item

    def method(self, item: Any) -> Iterator[Any]:
        yield item


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (plain, (False, False, False)),
        (many, (False, True, False)),
        (later, (True, False, False)),
        (many_later, (True, False, True)),
        (partial(partial(many)), (False, True, False)),
        (partial(many_later), (True, False, True)),
        (ObjectOf.Many(), (False, True, False)),
        (ObjectOf.Later(), (True, False, False)),
        (ObjectOf.ManyLater(), (True, False, True)),
        (partial(ObjectOf.Later()), (True, False, False)),
        (ObjectOf().method, (False, True, False)),
        (ObjectOf.Later, (False, False, False)),  # a class makes an object
        (len, (False, False, False)),
        (int, (False, False, False)),
        (as_object(plain), (False, False, False)),
    ],
)
def test_a_function_is_known_however_it_is_wrapped(
    function: Any, expected: tuple[bool, bool, bool]
) -> None:
    found = is_asynchronous(function), is_generator(function), yields_later(function)
    assert found == expected
