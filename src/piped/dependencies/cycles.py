"""Nodes that need each other in a circle, and the order in which those that do not are resolved.

Only edges that gate count. A path leads from each node to one that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from piped.dependencies.availability import Availability, Node

__all__ = ["closed_by", "cycles", "dependencies_first"]


def dependencies_first(graph: Availability, nodes: Collection[Node]) -> list[Node]:
    """`nodes`, each after all of them that it needs. Those in circles, and above, are left out."""
    waits_for = {node: sum(each in nodes for each in graph.needs(node)) for node in nodes}
    ordered = [node for node, number in waits_for.items() if not number]
    for node in ordered:
        for consumer in graph.needed_by(node):
            if consumer in waits_for:
                waits_for[consumer] -= 1
                if not waits_for[consumer]:
                    ordered.append(consumer)
    return ordered


def cycles(graph: Availability) -> Iterator[list[Node]]:
    """Circles, `[a, b, a]`, until without their nodes there were none."""
    left = dict.fromkeys(graph)
    while True:
        for node in dependencies_first(graph, left):
            del left[node]
        if not left:
            return
        cycle = _walk_round(graph, left)
        yield cycle
        for node in cycle[1:]:
            del left[node]


def _walk_round(graph: Availability, left: Collection[Node]) -> list[Node]:
    """The circle that the first of `left` leads to: each of them needs another of them."""
    path: dict[Node, None] = {}
    node = next(iter(left))
    while node not in path:
        path[node] = None
        node = next(each for each in graph.needs(node) if each in left)
    walked = [*path, node]
    return walked[walked.index(node) :]


def closed_by(graph: Availability, consumer: Node, dependency: Node) -> list[Node] | None:
    """The circle that an edge from `consumer` to `dependency` would close, if it would.

    Searches down from the one and up from the other in turns, and ends with the one that
    ends first: what is new has few edges on one side, so that costs nearly nothing.
    """
    if consumer == dependency:
        return [consumer, consumer]
    below: dict[Node, Node] = {dependency: dependency}
    above: dict[Node, Node] = {consumer: consumer}
    down = _spread(dependency, graph.needs, below)
    up = _spread(consumer, graph.needed_by, above)
    for lower, upper in zip(down, up, strict=False):
        meeting = lower if lower in above else upper
        if meeting in above and meeting in below:
            return [consumer, *reversed(_trace(below, meeting)), *_trace(above, meeting)[1:]]
    return None


def _spread(
    start: Node, neighbours: Callable[[Node], Iterable[Node]], came_from: dict[Node, Node]
) -> Iterator[Node]:
    queue = [start]
    for node in queue:
        for each in neighbours(node):
            if each not in came_from:
                came_from[each] = node
                queue.append(each)
            yield each


def _trace(came_from: dict[Node, Node], node: Node) -> list[Node]:
    """The nodes from `node` back to where the search began."""
    trace = [node]
    while came_from[node] != node:
        node = came_from[node]
        trace.append(node)
    return trace
