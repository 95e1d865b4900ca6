"""What is available: a pure graph of nodes that need each other.

1. A node is unresolved, lost or ready. Unresolved, it is not ready, whatever its dependencies do.
2. An edge leads from a consumer to a dependency. A consumer *lacks* each dependency that is not
   ready, unless their edge does not gate: such an edge never changes anything.
3. A node that is resolved becomes ready if it cascades ready, lacks nothing, and what it stands for
   is present. Otherwise it is lost, which is told if it cascades lost.
4. When a dependency becomes ready, when an edge to one that is ready comes, when an edge to one
   that was lacked goes, or when what it stands for comes, a lost node becomes ready as under 3.
5. When a dependency is lost, each consumer that is ready and cascades lost is lost, for the same
   reason. An edge to a dependency that is lost does the same as its loss.
6. A node without what it stands for is lost, whatever it cascades.
7. What is set by hand holds, whatever the node lacks, until 4, 5 or 6 change it. It resolves.
8. Only changes are told, and that a node begins lost (under 3): each once, a node before its
   consumers, those in the order in which they came.
9. A node that goes takes its edges along, and leaves nothing behind.

Each operation costs as much as the edges of the nodes that it changes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Availability", "Change", "Node"]

Node = Hashable


class Change(NamedTuple):
    """A node became ready, or was lost for a reason."""

    node: Node
    ready: bool
    reason: object = None


@dataclass(slots=True)
class _State:
    """What is known of a node. Edges are kept on both sides: to whom, and whether they gate."""

    cascade_ready: bool
    cascade_lost: bool
    present: bool
    resolved: bool = False
    ready: bool = False
    lacking: int = 0
    dependencies: dict[Node, bool] = field(default_factory=dict)
    consumers: dict[Node, bool] = field(default_factory=dict)

    @property
    def may_become_ready(self) -> bool:
        return (
            self.resolved
            and not self.ready
            and self.cascade_ready
            and self.present
            and not self.lacking
        )


class Availability:
    """Nodes, edges, and which nodes are ready. What changed is returned, and told to nobody."""

    def __init__(self) -> None:
        self._states: dict[Node, _State] = {}

    def __contains__(self, node: Node) -> bool:
        return node in self._states

    def __len__(self) -> int:
        return len(self._states)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._states)

    def is_ready(self, node: Node) -> bool:
        return self._states[node].ready

    def is_resolved(self, node: Node) -> bool:
        return self._states[node].resolved

    def lacks(self, node: Node) -> bool:
        """Whether a dependency that gates is not ready."""
        return self._states[node].lacking > 0

    def has_edge(self, consumer: Node, dependency: Node) -> bool:
        state = self._states.get(consumer)
        return state is not None and dependency in state.dependencies

    def dependencies_of(self, node: Node) -> Iterable[Node]:
        return self._states[node].dependencies

    def consumers_of(self, node: Node) -> Iterable[Node]:
        return self._states[node].consumers

    def needs(self, node: Node) -> Iterator[Node]:
        """The dependencies of `node` that gate."""
        return (each for each, gates in self._states[node].dependencies.items() if gates)

    def needed_by(self, node: Node) -> Iterator[Node]:
        """The consumers that `node` gates."""
        return (each for each, gates in self._states[node].consumers.items() if gates)

    def add(
        self,
        node: Node,
        *,
        cascade_ready: bool = True,
        cascade_lost: bool = True,
        present: bool = True,
    ) -> None:
        """Add a node, unresolved and without edges."""
        assert node not in self._states, f"{node!r} is there already"
        self._states[node] = _State(cascade_ready, cascade_lost, present)

    def remove(self, node: Node) -> list[Change]:
        """Take a node away (rule 9); to its consumers, as if each had let go of it."""
        state = self._states[node]
        for dependency in state.dependencies:
            del self._states[dependency].consumers[node]
        state.dependencies.clear()
        changes = [
            change for each in list(state.consumers) for change in self.remove_edge(each, node)
        ]
        del self._states[node]
        return changes

    def add_edge(
        self, consumer: Node, dependency: Node, *, gates: bool = True, reason: object = None
    ) -> list[Change]:
        """Let `consumer` depend on `dependency` (rules 4 and 5); `reason` is that of a loss."""
        above, below = self._states[consumer], self._states[dependency]
        assert dependency not in above.dependencies, "that edge is there already"
        above.dependencies[dependency] = below.consumers[consumer] = gates
        if not gates:
            return []
        if below.ready:
            return self._reconsider(consumer)
        above.lacking += 1
        return self._lose(consumer, reason) if below.resolved and above.cascade_lost else []

    def remove_edge(self, consumer: Node, dependency: Node) -> list[Change]:
        """Let `consumer` depend on `dependency` no more (rule 4)."""
        above, below = self._states[consumer], self._states[dependency]
        gates = above.dependencies.pop(dependency)
        del below.consumers[consumer]
        if not gates or below.ready:
            return []
        above.lacking -= 1
        return self._reconsider(consumer)

    def resolve(self, node: Node, reason: object = None) -> list[Change]:
        """Give a node its first state (rule 3). Nothing, if it has one."""
        state = self._states[node]
        if state.resolved:
            return []
        state.resolved = True
        if state.may_become_ready:
            return self._spread_ready(node)
        return self._spread_lost(node, reason) if state.cascade_lost else []

    def set_ready(self, node: Node) -> list[Change]:
        """Make a node ready by hand (rule 7)."""
        state = self._states[node]
        state.resolved = True
        return [] if state.ready else self._spread_ready(node)

    def set_lost(self, node: Node, reason: object = None) -> list[Change]:
        """Lose a node by hand (rule 7)."""
        state = self._states[node]
        begins, state.resolved = not state.resolved, True
        return self._spread_lost(node, reason) if begins or state.ready else []

    def set_present(self, node: Node) -> list[Change]:
        """What the node stands for is there (rule 4)."""
        self._states[node].present = True
        return self._reconsider(node)

    def set_absent(self, node: Node, reason: object = None) -> list[Change]:
        """What the node stands for is gone (rule 6)."""
        self._states[node].present = False
        return self._lose(node, reason)

    def _reconsider(self, node: Node) -> list[Change]:
        return self._spread_ready(node) if self._states[node].may_become_ready else []

    def _lose(self, node: Node, reason: object) -> list[Change]:
        return self._spread_lost(node, reason) if self._states[node].ready else []

    # The two waves run over a list that grows while they run: a chain of any length needs no stack.

    def _spread_ready(self, first: Node) -> list[Change]:
        self._states[first].ready = True
        changes = [Change(first, ready=True)]
        for node, _, _ in changes:
            for consumer in self.needed_by(node):
                state = self._states[consumer]
                state.lacking -= 1
                if state.may_become_ready:
                    state.ready = True
                    changes.append(Change(consumer, ready=True))
        return changes

    def _spread_lost(self, first: Node, reason: object) -> list[Change]:
        # A node that begins lost was lacked from the beginning.
        lacking = int(self._states[first].ready)
        self._states[first].ready = False
        changes = [Change(first, ready=False, reason=reason)]
        for node, _, _ in changes:
            for consumer in self.needed_by(node):
                state = self._states[consumer]
                state.lacking += lacking
                if state.ready and state.cascade_lost:
                    state.ready = False
                    changes.append(Change(consumer, ready=False, reason=reason))
            lacking = 1
        return changes
