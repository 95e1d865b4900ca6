"""Giving everything that is new its first state, dependencies first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from piped.dependencies.availability import Availability, Change, Node
from piped.dependencies.cycles import dependencies_first
from piped.dependencies.dependency import Dependency
from piped.event import Failures
from piped.exceptions import InitiallyLost
from piped.resource import unprovided

__all__ = ["Resolution"]


class Resolution:
    """Who has no state yet, and how they get it.

    It goes in passes, since those who are asked may add others: a provider makes a pipeline, say,
    when the first one asks for it. Resources that nobody offers are put off until nothing else is
    left, for someone may offer them on the way.

    Who fails is lost, the others go on. `retry` gives those who failed another chance.
    """

    def __init__(
        self,
        graph: Availability,
        dependencies: Mapping[Node, Dependency],
        apply: Callable[[list[Change]], None],
        failures: Failures,
    ) -> None:
        self._graph = graph
        self._dependencies = dependencies
        self._apply = apply
        self._failures = failures
        # Who waits, and whether it was asked already.
        self._waiting: dict[Node, bool] = {}
        self._failed: dict[Node, None] = {}
        self.under_way = False

    def add(self, node: Node) -> None:
        self._waiting[node] = False

    def discard(self, node: Node) -> None:
        self._waiting.pop(node, None)
        self._failed.pop(node, None)

    def retry(self) -> None:
        self._waiting |= dict.fromkeys(self._failed, False)
        self._failed.clear()

    def run(self) -> None:
        """Go on until nobody waits. Nothing, if that is being done."""
        if self.under_way:
            return
        self.under_way = True
        try:
            while self._waiting:
                if not self._pass():
                    self._give_up()
        finally:
            self.under_way = False

    def _pass(self) -> bool:
        """Whether anyone came nearer to a state."""
        nodes = dependencies_first(self._graph, self._waiting)
        return any([self._step(node) for node in nodes])  # noqa: C419 - each has its turn

    def _step(self, node: Node) -> bool:
        if self._must_wait(node):
            return False
        dependency = self._dependencies[node]
        if not self._waiting[node]:
            if not dependency.is_offered:
                return False
            self._ask(node, dependency)
            if self._must_wait(node):
                return True
        del self._waiting[node]
        reason = InitiallyLost(f"{dependency.name!r} is not ready yet")
        self._apply(self._graph.resolve(node, reason))
        return True

    def _must_wait(self, node: Node) -> bool:
        """Whether it has gone, or depends on one that has no state."""
        return node not in self._waiting or not all(
            self._graph.is_resolved(each) for each in self._graph.needs(node)
        )

    def _ask(self, node: Node, dependency: Dependency) -> None:
        self._waiting[node] = True
        try:
            dependency.resolve_initial_state()
        except Exception as failure:  # noqa: BLE001 - it is raised when all have their state
            self._failures.add(failure)
            self._fail(node, failure)

    def _give_up(self) -> None:
        """Nothing is left but those who need what nobody offers."""
        missing = [node for node in self._waiting if not self._dependencies[node].is_offered]
        assert missing, "all that is left needs each other"
        wanted: dict[str, list[str]] = {}
        for node in missing:
            consumers = (self._dependencies[each].name for each in self._graph.consumers_of(node))
            wanted.setdefault(self._dependencies[node].name, []).extend(consumers)
        manager = self._dependencies[missing[0]].manager
        assert manager is not None, "who is in the graph has a manager"
        offered = manager.resource_manager.get_registered_resources()
        failure = unprovided(wanted, offered)
        self._failures.add(failure)
        for node in missing:
            self._fail(node, failure)

    def _fail(self, node: Node, failure: Exception) -> None:
        if self._waiting.pop(node, None) is None:
            return  # what it failed at has removed it
        self._failed[node] = None
        self._apply(self._graph.resolve(node, failure))
