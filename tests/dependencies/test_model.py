"""Any history of any graph, compared with a model that works everything out anew each time."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from piped.dependencies import Dependency, DependencyManager, ResourceDependency
from piped.dependencies.availability import Availability, Change, Node
from piped.dependencies.cycles import closed_by
from tests.dependencies.environment import Environment


class Model:
    """The rules of availability, done slowly: after each change, look until all fits."""

    def __init__(self) -> None:
        self.traits: dict[int, tuple[bool, bool]] = {}
        self.edges: dict[tuple[int, int], bool] = {}
        self.present: set[int] = set()
        self.resolved: set[int] = set()
        self.ready: set[int] = set()

    def needs(self, node: Node) -> set[int]:
        return {below for (above, below), gates in self.edges.items() if above == node and gates}

    def needed_by(self, nodes: set[int]) -> set[int]:
        return {above for (above, below), gates in self.edges.items() if below in nodes and gates}

    def may_become_ready(self, node: int) -> bool:
        fits = node in self.resolved and node in self.present and self.traits[node][0]
        return fits and self.needs(node) <= self.ready

    def becomes_ready(self, node: int) -> set[int]:
        """Who becomes ready when `node` does, itself included."""
        news = {node} - self.ready
        while True:
            self.ready |= news
            more = {
                each for each in self.needed_by(news) - self.ready if self.may_become_ready(each)
            }
            if not more:
                return news
            news |= more

    def reconsider(self, node: int) -> set[int]:
        return self.becomes_ready(node) if self.may_become_ready(node) else set()

    def becomes_lost(self, node: int) -> set[int]:
        """Who is lost when `node` is, itself included."""
        news = {node}
        while True:
            self.ready -= news
            more = {each for each in self.needed_by(news) & self.ready if self.traits[each][1]}
            if not more:
                return news
            news |= more


# Mostly true: a graph in which little cascades does little.
MOSTLY = st.sampled_from([True, True, True, False])
EDGES = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=6, max_size=16)


class Histories(RuleBasedStateMachine):
    """Whatever is done to a graph, it says the same as the model, and tells changes alone."""

    nodes = Bundle("nodes")

    def __init__(self) -> None:
        super().__init__()
        self.graph = Availability()
        self.model = Model()
        self.told: dict[Node, bool] = {}
        self.number = 0

    # What is expected of the graph after each step.

    def expect(
        self,
        changes: list[Change],
        ready: AbstractSet[int] = frozenset(),
        lost: AbstractSet[int] = frozenset(),
    ) -> None:
        assert len({change.node for change in changes}) == len(changes)
        assert {change.node for change in changes if change.ready} == ready
        assert {change.node for change in changes if not change.ready} == lost
        for change in changes:
            assert self.told.get(change.node) is not change.ready
            self.told[change.node] = change.ready
        self.assert_dependencies_first(changes)

    def assert_dependencies_first(self, changes: list[Change]) -> None:
        """All but the first change because of one that changed before."""
        for position, change in enumerate(changes[1:], 1):
            before = {earlier.node for earlier in changes[:position]}
            assert self.model.needs(change.node) & before

    @initialize(
        target=nodes,
        traits=st.lists(st.tuples(MOSTLY, MOSTLY), min_size=8, max_size=8),
        edges=EDGES,
        resolved=MOSTLY,
    )
    def begin(
        self, traits: list[tuple[bool, bool]], edges: set[tuple[int, int]], resolved: bool
    ) -> Any:
        nodes = [self.add(each, present=True) for each in traits]
        for above, below in sorted(edges):
            self.connect(nodes[above], nodes[below], gates=True)
        for node in nodes if resolved else ():
            self.resolve(node)
        return multiple(*nodes)

    @rule(target=nodes, traits=st.tuples(MOSTLY, MOSTLY), present=MOSTLY)
    def add(self, traits: tuple[bool, bool], present: bool) -> int:
        self.number += 1
        ready, lost = self.model.traits[self.number] = traits
        self.graph.add(self.number, cascade_ready=ready, cascade_lost=lost, present=present)
        self.model.present |= {self.number} if present else set()
        return self.number

    @rule(above=nodes, below=nodes, gates=MOSTLY)
    def connect(self, above: int, below: int, gates: bool) -> None:
        model = self.model
        if (above, below) in model.edges or (gates and closed_by(self.graph, above, below)):
            return
        changes = self.graph.add_edge(above, below, gates=gates)
        model.edges[above, below] = gates
        if gates and below in model.ready:
            news = set() if above in model.ready else model.reconsider(above)
            self.expect(changes, ready=news)
        elif gates and below in model.resolved and above in model.ready and model.traits[above][1]:
            self.expect(changes, lost=model.becomes_lost(above))
        else:
            self.expect(changes)

    @rule(data=st.data())
    def disconnect(self, data: Any) -> None:
        if self.model.edges:
            above, below = data.draw(st.sampled_from(sorted(self.model.edges)))
            changes = self.graph.remove_edge(above, below)
            self.expect(changes, ready=self.let_go(above, below))

    def let_go(self, above: int, below: int) -> set[int]:
        model = self.model
        lacked = model.edges.pop((above, below)) and below not in model.ready
        return model.reconsider(above) if lacked and above not in model.ready else set()

    @rule(node=consumes(nodes))
    def remove(self, node: int) -> None:
        model = self.model
        model.edges = {edge: gates for edge, gates in model.edges.items() if edge[0] != node}
        consumers = [above for above, below in model.edges if below == node]
        ready: set[int] = set()
        for each in consumers:
            ready |= self.let_go(each, node)
        changes = self.graph.remove(node)
        assert {change.node for change in changes} == ready
        assert all(change.ready for change in changes)
        self.told |= dict.fromkeys(ready, True)
        for known in (model.present, model.resolved, model.ready):
            known.discard(node)

    @rule(node=nodes)
    def resolve(self, node: int) -> None:
        model = self.model
        changes = self.graph.resolve(node)
        if node in model.resolved:
            self.expect(changes)
            return
        model.resolved.add(node)
        if model.may_become_ready(node):
            self.expect(changes, ready=model.becomes_ready(node))
        elif model.traits[node][1]:
            self.expect(changes, lost=model.becomes_lost(node))
        else:
            self.expect(changes)
            self.told[node] = False

    @rule(node=nodes)
    def set_ready(self, node: int) -> None:
        self.model.resolved.add(node)
        changes = self.graph.set_ready(node)
        self.expect(changes, ready=self.model.becomes_ready(node))

    @rule(node=nodes)
    def set_lost(self, node: int) -> None:
        model = self.model
        changes = self.graph.set_lost(node)
        told = node in model.ready or node not in model.resolved
        model.resolved.add(node)
        self.expect(changes, lost=model.becomes_lost(node) if told else set())

    @rule(node=nodes)
    def set_present(self, node: int) -> None:
        self.model.present.add(node)
        changes = self.graph.set_present(node)
        was_ready = node in self.model.ready
        self.expect(changes, ready=set() if was_ready else self.model.reconsider(node))

    @rule(node=nodes)
    def set_absent(self, node: int) -> None:
        self.model.present.discard(node)
        changes = self.graph.set_absent(node)
        was_ready = node in self.model.ready
        self.expect(changes, lost=self.model.becomes_lost(node) if was_ready else set())

    @invariant()
    def agrees(self) -> None:
        for node in self.graph:
            assert isinstance(node, int)
            assert self.graph.is_ready(node) == (node in self.model.ready)
            assert self.graph.is_resolved(node) == (node in self.model.resolved)
            assert self.graph.lacks(node) == bool(self.model.needs(node) - self.model.ready)


class Components(RuleBasedStateMachine):
    """Whatever comes and goes, who should be ready is, and hears of changes alone.

    Here, all cascade: so who is ready follows from what is offered and who depends on whom.
    """

    components = Bundle("components")
    resources = Bundle("resources")
    offers = Bundle("offers")

    def __init__(self) -> None:
        super().__init__()
        environment = Environment()
        self.manager: DependencyManager = environment.dependency_manager
        self.offered = environment.resource_manager
        self.manager.resolve_initial_states()
        self.heard: dict[Dependency, bool] = {}
        self.number = 0

    def listen(self, dependency: Dependency) -> None:
        def changed(ready: bool) -> None:
            assert self.heard.get(dependency) is not ready
            self.heard[dependency] = ready

        dependency.on_ready += lambda _: changed(ready=True)
        dependency.on_lost += lambda *_: changed(ready=False)

    @initialize(target=offers, ready=st.lists(MOSTLY, min_size=4, max_size=4))
    def begin_with_offers(self, ready: list[bool]) -> Any:
        return multiple(*map(self.offer, ready))

    @initialize(
        target=components,
        edges=EDGES,
        needed=st.lists(st.integers(0, 3), min_size=8, max_size=8),
    )
    def begin_with_components(self, edges: set[tuple[int, int]], needed: list[int]) -> Any:
        names = [self.add() for _ in needed]
        for above, below in sorted(edges):
            self.depend_on_each_other(names[above], names[below])
        paths = list(self.offered.get_registered_resources())
        for name, number in zip(names, needed, strict=True):
            if number < len(paths):
                self.depend_on_a_resource(name, paths[number])
        return multiple(*names)

    @rule(target=offers, ready=MOSTLY)
    def offer(self, ready: bool) -> str:
        self.number += 1
        offer = self.offered.offer(f"r{self.number}")
        if ready:
            offer.ready(self.number)
        return offer.path

    @rule(path=offers, ready=st.booleans())
    def change(self, path: str, ready: bool) -> None:
        offer = self.offered.get_registered_resources().get(path)
        if offer is None:
            self.offered.offer(path)
        elif ready:
            self.number += 1
            offer.ready(self.number if not offer.is_ready else offer.resource)
        else:
            offer.lost()

    @rule(path=offers)
    def withdraw(self, path: str) -> None:
        if self.offered.is_offered(path):
            self.offered.get_provider_or_fail(path).withdraw()

    @rule(target=components)
    def add(self) -> Any:
        self.number += 1
        name = f"c{self.number}"
        self.listen(self.manager.as_dependency(name))
        self.manager.add_dependency(name)
        return name

    @rule(target=components, above=components, path=offers)
    def depend_on_a_resource(self, above: str, path: str) -> Any:
        if not self.manager.has_resolved(above) or not self.offered.is_offered(path):
            return multiple()
        dependency = ResourceDependency(path)
        self.listen(dependency)
        return self.manager.add_dependency(above, dependency)

    @rule(above=components, below=components)
    def depend_on_each_other(self, above: Any, below: Any) -> None:
        if not (self.manager.has_resolved(above) and self.manager.has_resolved(below)):
            return
        if self.manager.as_dependency(below) in self.manager.get_dependencies_of(above):
            return
        gates = not self.reaches(below, above)
        self.manager.add_dependency(above, below, gates=gates)
        if not gates:
            self.manager.remove_dependency(above, below)

    @rule(above=components, number=st.integers(0, 20))
    def let_go(self, above: Any, number: int) -> None:
        below = self.manager.get_dependencies_of(above)
        if below:
            self.manager.remove_dependency(above, below[number % len(below)])

    def reaches(self, start: Any, end: Any) -> bool:
        nodes = [self.manager.as_dependency(start)]
        for node in nodes:
            nodes += [each for each in self.manager.get_dependencies_of(node) if each not in nodes]
        return self.manager.as_dependency(end) in nodes

    @rule(component=consumes(components))
    def remove(self, component: Any) -> None:
        if self.manager.has_resolved(component):
            self.manager.remove(component)

    @invariant()
    def who_should_be_ready_is(self) -> None:
        for dependency in self.manager.dependencies:
            below = self.manager.get_dependencies_of(dependency)
            should = dependency.is_present and all(each.is_ready for each in below)
            assert dependency.is_ready is should
            assert self.heard.get(dependency, False) is should

    @invariant()
    def resources_are_as_offered(self) -> None:
        for dependency in self.manager.dependencies:
            if isinstance(dependency, ResourceDependency):
                offer = self.offered.get_registered_resources().get(dependency.provider)
                assert dependency.is_present is (offer is not None and offer.is_ready)

    def teardown(self) -> None:
        for dependency in self.manager.dependencies:
            if self.manager.has_resolved(dependency):
                self.manager.remove(dependency)
        assert len(self.manager._graph) == 0
        assert self.offered._requests == {}


Histories.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
Components.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestHistories = Histories.TestCase
TestComponents = Components.TestCase
