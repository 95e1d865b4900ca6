"""A bundle of which one process has the tubes, and another one the flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from piped import flows
from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.flow_part import TubePart


@dataclass
class Number:
    number: int


@dataclass
class Word:
    text: str


@flows.tube
def spelled(number: Number) -> Word:
    """As text."""
    if number.number == 13:
        raise ValueError("not that one")
    return Word(str(number.number))


@flows.tube
def counted(word: Word) -> int:
    """How long it is."""
    return len(word.text)


class Scaled(TubePart):
    """Numbers, by a factor that is a resource, and for which it does not wait itself."""

    name = "scaled"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._factor = ResourceDependency("factor")
        runtime_environment.dependency_manager.add_dependency(self, self._factor)

    def make(self) -> Any:
        return flows.tube(lambda number: number * self._factor.get_resource()).make()


def numbers(most: int) -> Iterator[Number]:
    """Some of them."""
    yield from map(Number, range(most))
