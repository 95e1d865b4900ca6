"""What does a dependency cost, and does that grow with their number?

Run `python -m benchmarks.dependencies`. For each shape and size: the time of one dependency, to
add it, to give it its first state, and to lose and find the one below all of them; and how much
longer all of it takes for ten times as many. A ratio of 10 is linear.

Last, what is left in memory when 100,000 components have come and gone.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise

from piped.dependencies import DependencyManager
from piped.dependencies.availability import Availability
from piped.resource import ResourceManager

SIZES = (1_000, 10_000, 100_000)
COME_AND_GO = 100_000
Edges = Iterator[tuple[object, object]]


class Environment:
    def __init__(self) -> None:
        self.resource_manager = ResourceManager()
        self.dependency_manager = DependencyManager()
        self.dependency_manager.configure(self)


def chain(size: int) -> Edges:
    """Each needs the one before."""
    return pairwise(range(size, -1, -1))


def fan(size: int) -> Edges:
    """All need the same one."""
    return ((number, 0) for number in range(1, size + 1))


def funnel(size: int) -> Edges:
    """One needs all, and each of them needs the one below."""
    for number in range(1, size // 2 + 1):
        yield number, 0
        yield size, number


def diamonds(size: int) -> Edges:
    """A chain of diamonds: the top of each, above two sides, is the bottom of the next."""
    for bottom in range(0, size * 3 // 4, 3):
        for side in (bottom + 1, bottom + 2):
            yield side, bottom
            yield bottom + 3, side


SHAPES: dict[str, Callable[[int], Edges]] = {
    "chain": chain,
    "fan": fan,
    "funnel": funnel,
    "diamonds": diamonds,
}


def timed(function: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def through_the_manager(shape: Callable[[int], Edges], size: int) -> list[float]:
    """Seconds to add, to resolve, and to lose and find: all depends on one resource."""
    environment = Environment()
    manager = environment.dependency_manager
    offer = environment.resource_manager.offer("below", resource=True)
    manager.add_dependency(0, {"provider": "below"})

    def add() -> None:
        for consumer, dependency in shape(size):
            manager.add_dependency(consumer, dependency)

    def lose_and_find() -> None:
        offer.lost()
        assert not manager.is_ready(1)
        offer.ready(True)

    times = [timed(add), timed(manager.resolve_initial_states), timed(lose_and_find)]
    assert all(dependency.is_ready for dependency in manager.dependencies)
    return times


def in_the_graph_alone(shape: Callable[[int], Edges], size: int) -> list[float]:
    """The same without components, events and names."""
    graph = Availability()

    def add() -> None:
        for pair in shape(size):
            for node in pair:
                if node not in graph:
                    graph.add(node)
            graph.add_edge(*pair)

    def resolve() -> None:
        for node in graph:
            graph.resolve(node)

    def lose_and_find() -> None:
        graph.set_lost(0)
        assert not graph.is_ready(1)
        graph.set_ready(0)

    return [timed(add), timed(resolve), timed(lose_and_find)]


def left_in_memory(number: int) -> int:
    """Bytes that are left when so many components came, each with a resource, and went."""
    environment = Environment()
    manager = environment.dependency_manager
    environment.resource_manager.offer("below", resource=True)
    manager.resolve_initial_states()

    def come_and_go(times: int) -> None:
        for _ in range(times):
            component = object()
            manager.create_dependency_map(component, below={"provider": "below"})
            manager.remove(component)

    come_and_go(100)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    come_and_go(number)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def report(title: str, measure: Callable[[Callable[[int], Edges], int], list[float]]) -> None:
    print(f"\n{title}: microseconds for each dependency, and the ratio to a tenth of them")
    print(f"{'shape':10}{'size':>9}{'add':>8}{'resolve':>9}{'lose+find':>11}{'all':>8}{'ratio':>7}")
    for name, shape in SHAPES.items():
        before = None
        for size in SIZES:
            times = min((measure(shape, size) for _ in range(3)), key=sum)
            add, resolve, change, total = (each / size * 1e6 for each in (*times, sum(times)))
            ratio = f"{sum(times) / before:7.1f}" if before else ""
            before = sum(times)
            print(f"{name:10}{size:9,}{add:8.2f}{resolve:9.2f}{change:11.2f}{total:8.2f}{ratio}")


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}")
    report("Through the manager", through_the_manager)
    report("In the graph alone", in_the_graph_alone)
    left = left_in_memory(COME_AND_GO)
    print(f"\nLeft in memory after {COME_AND_GO:,} components came and went: {left:,} bytes")
