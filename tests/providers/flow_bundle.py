"""Parts of flows that a bundle brings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from piped import flows
from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.exceptions import ConfigurationError
from piped.flow_part import DrainPart, FountPart, TubePart


class Numbers(FountPart):
    """Numbers, from one on."""

    name = "numbers"
    output = int

    def __init__(self, to: int = 3, failing: bool = False) -> None:
        """
        to: the last one
        failing: whether it fails after that
        """
        self.to = to
        self.failing = failing

    def make(self) -> flows.Fount:
        return flows.Items(self._numbers(), size=1)

    def _numbers(self) -> Iterator[int]:
        yield from range(1, self.to + 1)
        if self.failing:
            raise LookupError("no more numbers")


class Sent(FountPart):
    """What tests send."""

    name = "sent"
    feeds: ClassVar[list[flows.Feed]] = []

    def make(self) -> flows.Fount:
        self.feeds.append(flows.Feed())
        return self.feeds[-1]


class Unmade(FountPart):
    """It cannot be made, which shows when the flow begins."""

    name = "unmade"

    def make(self) -> flows.Fount:
        raise LookupError("nothing to make it of")


class Scaled(TubePart):
    """Numbers, by a factor that is a resource."""

    name = "scaled"
    input = output = int

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._factor = ResourceDependency("factor")
        runtime_environment.dependency_manager.add_dependency(self, self._factor)

    def make(self) -> Any:
        return flows.tube(lambda number: number * self._factor.get_resource()).make()


class Store(DrainPart):
    """What a resource stores, when it is there."""

    name = "store"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._store = ResourceDependency("store")
        runtime_environment.dependency_manager.add_dependency(self, self._store)

    def make(self) -> Any:
        return flows.drain(self._keep, name="store", later=True).make()

    def _keep(self, items: list[Any]) -> Any:
        return self._store.get_resource()(items)


class Picky(TubePart):
    """It does not like its options."""

    name = "picky"

    def __init__(self, how: str = "well") -> None:
        if how == "badly":
            raise ConfigurationError("that is no way to do it", hint="Do it `well`.")
        if how == "wrongly":
            raise ValueError("it broke")

    def make(self) -> Any:
        return flows.tube(str).make()


class Needy(TubePart):
    """It needs what nobody has installed."""

    name = "needy"
    extra = "needy"
    requires = ("a_module_that_nobody_has",)


@flows.tube
def doubled(number: int) -> int:
    """Twice as much."""
    return number * 2


@flows.tube
async def spelled(number: int) -> str:
    """As text."""
    return str(number)


@flows.drain
def printed(text: str) -> None:
    """On standard output."""
    print(text)  # noqa: T201 - it does that


kept_items: list[Any] = []


@flows.drain(name="kept")  # type: ignore[untyped-decorator]  # as `tube` is
def keep(item: Any) -> None:
    """In a list of the bundle."""
    kept_items.append(item)
