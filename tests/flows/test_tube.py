"""What changes items on their way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import pytest
from twisted.internet.defer import Deferred, inlineCallbacks, succeed

from piped.flows import Collector, Flow, Items, Stage, Tube, only, tube
from piped.flows.tube import as_part, name_of_function


def plain(item: int) -> str:
    return f"<{item}>"


def many(item: int, times: int = 2) -> Iterator[str]:
    for _ in range(times):
        yield f"<{item}>"


async def later(item: int) -> str:
    await asyncio.sleep(0)
    return f"<{item}>"


async def many_later(item: int) -> AsyncIterator[str]:
    yield f"<{item}>"


@inlineCallbacks
def old(item: int) -> Generator[Deferred[str], str, str]:
    text = yield succeed(f"<{item}>")
    return text


class Callable:
    def __call__(self, item: int) -> str:
        return f"<{item}>"

    def method(self, item: int) -> str:
        return f"<{item}>"


class CallableMany:
    def __call__(self, item: int) -> Iterator[str]:
        yield f"<{item}>"


class CallableLater:
    async def __call__(self, item: int) -> str:
        return f"<{item}>"


class CallableManyLater:
    async def __call__(self, item: int) -> AsyncIterator[str]:
        yield f"<{item}>"


class Class:
    def received(self, item: int) -> Iterator[str]:
        yield f"<{item}>"


class ClassLater:
    async def received(self, item: int) -> AsyncIterator[str]:
        yield f"<{item}>"


@pytest.mark.parametrize(
    "thing",
    [
        plain,
        partial(many, times=1),
        later,
        many_later,
        tube(old, later=True),
        Callable(),
        Callable().method,
        CallableMany(),
        CallableLater(),
        CallableManyLater(),
        partial(CallableLater()),
        Class,
        ClassLater,
        tube(plain),
        tube(name="named")(plain),
        tube(name="named", parallel=3)(later),
    ],
)
async def test_whatever_can_be_called_is_a_tube(thing: Any) -> None:
    made = tube(thing) if not isinstance(thing, Tube) else thing
    assert (made.input, made.output) == (int, str)
    for _ in range(2):  # it is a recipe
        collector = Collector()
        await Flow(Items([1, 2, 3]), thing, collector).run()
        assert collector.items == ["<1>", "<2>", "<3>"]


@pytest.mark.parametrize(
    ("builtin", "items", "expected"),
    [
        (int, ["1", "2"], [1, 2]),
        (str.upper, ["a"], ["A"]),
        (len, ["abc"], [3]),
        (PurePosixPath, ["a/b"], [PurePosixPath("a/b")]),
        (lambda item: item + 1, [1], [2]),
    ],
)
async def test_builtins_and_classes_without_received_are_functions(
    builtin: Any, items: list[Any], expected: list[Any]
) -> None:
    collector = Collector()
    await Flow(Items(items), builtin, collector).run()
    assert collector.items == expected


def test_a_class_that_takes_no_item_is_no_tube() -> None:
    class Recieved:
        def recieved(self, item: int) -> int:
            return item

    with pytest.raises(TypeError, match="Recieved is no tube: it has no method received"):
        tube(Recieved)


def test_a_class_may_say_what_it_takes_and_gives() -> None:
    class Said:
        input, output = bytes, int

        def received(self, item: Any) -> Any:
            return [len(item)]

    assert (tube(Said).input, tube(Said).output) == (bytes, int)


def test_a_stage_may_say_better_what_it_takes_and_gives() -> None:
    class Particular(Stage):
        input, output, name = bytes, int, "particular"

    made = Tube(Particular, "any", str, str).make()
    assert (made.input, made.output, made.name) == (bytes, int, "particular")


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (many_later, "many-later"),
        (partial(partial(many_later)), "many-later"),
        (Callable(), "Callable"),
        (Callable().method, "method"),
        (str.upper, "upper"),
        (int, "int"),
    ],
)
def test_a_tube_is_called_like_its_function(function: Any, name: str) -> None:
    assert name_of_function(function) == name
    assert repr(tube(function)) == f"<tube {name}>"
    assert repr(tube(function).make()) == name
    assert repr(only(function).make()) == f"only-{name}"


def test_a_tube_stands_where_its_function_does() -> None:
    made = tube(Class)
    assert made.__module__ == __name__
    assert repr(tube(plain, name="brackets")) == "<tube brackets>"


def test_parts_are_taken_as_they_are_and_classes_of_parts_are_made() -> None:
    collector = Collector()
    assert as_part(collector) is collector
    assert isinstance(as_part(Collector), Collector)

    class Recipe:
        def make(self) -> str:
            return "made"

    assert as_part(Recipe()) == as_part(Recipe) == "made"
