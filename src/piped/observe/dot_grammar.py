"""Read the language of Graphviz: text → nodes, edges and clusters with their attributes.

1. graph: [strict] (graph | digraph) [name] { statements }
2. statement: name = value; or `graph`, `node`, `edge` with attributes, which hold for what follows
   in these braces; or nodes and subgraphs, joined by arrows, with attributes.
3. A node comes into being where it is named first. Its cluster is the innermost one there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise, product

from piped.observe.dot_tokens import DotSyntaxError, Token, tokens

__all__ = ["DotCluster", "DotEdge", "DotGraph", "DotNode", "DotSyntaxError", "Markup", "graph_of"]

_DEEPEST = 50
_MOST = 20_000  # nodes, and edges

_NAMES = ("name", "text", "markup")
_JOINED = ("text", "markup")

Attributes = dict[str, str]


class Markup(str):
    """What stood between '<' and '>', where it might have been between quotes."""

    __slots__ = ()


@dataclass(slots=True)
class DotNode:
    """A node, and the number of its cluster."""

    attributes: Attributes
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class DotEdge:
    tail: str
    head: str
    attributes: Attributes


@dataclass(slots=True)
class DotCluster:
    name: str
    attributes: Attributes = field(default_factory=dict)


@dataclass(slots=True)
class DotGraph:
    """What stands in a text."""

    name: str = ""
    directed: bool = True
    attributes: Attributes = field(default_factory=dict)
    nodes: dict[str, DotNode] = field(default_factory=dict)
    edges: list[DotEdge] = field(default_factory=list)
    clusters: list[DotCluster] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What holds between two braces."""

    attributes: Attributes
    node: Attributes = field(default_factory=dict)
    edge: Attributes = field(default_factory=dict)
    cluster: int | None = None
    depth: int = 0
    members: dict[str, None] = field(default_factory=dict)


def graph_of(text: str) -> DotGraph:
    """What `text` says. Raises DotSyntaxError."""
    return _Reader(text).graph()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._next = next(self._tokens)
        self._graph = DotGraph()

    def graph(self) -> DotGraph:
        self._takes_keyword("strict")
        self._graph.directed = self._takes_keyword("digraph")
        if not self._graph.directed and not self._takes_keyword("graph"):
            raise self._expected("'digraph' or 'graph'")
        if self._next.kind != "mark":
            self._graph.name = self._name("a name or '{'")
        self._mark("{")
        self._statements(_Scope(self._graph.attributes))
        if self._next.kind != "end":
            raise self._expected("the end behind the last '}'")
        return self._graph

    def _statements(self, scope: _Scope) -> None:
        while not self._takes("}"):
            self._statement(scope)
            self._takes(";")

    def _statement(self, scope: _Scope) -> None:
        for keyword in ("graph", "node", "edge"):
            if self._takes_keyword(keyword):
                if self._next.value != "[":
                    raise self._expected(f"'[' behind {keyword!r}")
                found = self._attributes()
                defaults = {"graph": scope.attributes, "node": scope.node, "edge": scope.edge}
                defaults[keyword].update(found)
                return
        first = self._next
        group = self._group(scope)
        if first.kind in _NAMES and self._takes("="):
            scope.attributes[first.value] = self._name("a value behind '='")
            return
        self._joined(group, scope)

    def _joined(self, first: list[str], scope: _Scope) -> None:
        """The rest of a statement that begins with a node or a subgraph."""
        groups = [first]
        arrow = "->" if self._graph.directed else "--"
        while self._next.value in ("->", "--") and self._next.kind == "mark":
            if self._next.value != arrow:
                raise self._expected(f"{arrow!r}, which joins in such a graph")
            self._advance()
            groups.append(self._group(scope))
        attributes = self._attributes() if self._next.value == "[" else {}
        known = [self._nodes(each, scope) for each in groups]
        if len(groups) == 1:
            for each in known[0]:
                each.attributes.update(attributes)
        whole = {**scope.edge, **attributes}
        for one, other in pairwise(groups):
            for tail, head in product(one, other):
                self._limit(self._graph.edges)
                self._graph.edges.append(DotEdge(tail, head, whole))

    def _group(self, scope: _Scope) -> list[str]:
        """The nodes on one side of an arrow."""
        if self._takes_keyword("subgraph"):
            name = "" if self._next.value == "{" else self._name("a name or '{'")
            self._mark("{")
            return self._subgraph(name, scope)
        if self._takes("{"):
            return self._subgraph("", scope)
        names = [self._node("a node, an attribute, or '}'")]
        while self._takes(","):
            names.append(self._node("a node behind ','"))
        return names

    def _node(self, expected: str) -> str:
        name = self._name(expected)
        if self._takes(":"):
            self._name("a port behind ':'")
            if self._takes(":"):
                self._name("a side of the port behind ':'")
        return name

    def _subgraph(self, name: str, scope: _Scope) -> list[str]:
        if scope.depth >= _DEEPEST:
            raise self._expected(f"at most {_DEEPEST} subgraphs within each other")
        attributes: Attributes = {}
        cluster = scope.cluster
        if name.startswith("cluster"):
            cluster = len(self._graph.clusters)
            self._graph.clusters.append(DotCluster(name, attributes))
        inner = _Scope(attributes, dict(scope.node), dict(scope.edge), cluster, scope.depth + 1)
        self._statements(inner)
        scope.members.update(inner.members)
        return list(inner.members)

    def _nodes(self, names: Iterable[str], scope: _Scope) -> list[DotNode]:
        nodes = self._graph.nodes
        for name in names:
            if name not in nodes:
                self._limit(nodes)
                nodes[name] = DotNode(dict(scope.node), scope.cluster)
            scope.members[name] = None
        return [nodes[name] for name in names]

    def _attributes(self) -> Attributes:
        found: Attributes = {}
        while self._takes("["):
            while not self._takes("]"):
                name = self._name("the name of an attribute or ']'")
                # An attribute without a value is true.
                found[name] = self._name("a value behind '='") if self._takes("=") else "true"
                _ = self._takes(",") or self._takes(";")
        return found

    def _name(self, expected: str) -> str:
        """A name. Texts in quotes may be joined by `+`."""
        if self._next.kind not in _NAMES:
            raise self._expected(expected)
        token = self._advance()
        value = Markup(token.value) if token.kind == "markup" else token.value
        while token.kind in _JOINED and self._takes("+"):
            if self._next.kind not in _JOINED:
                raise self._expected("a text in quotes behind '+'")
            value += self._advance().value
        return value

    def _mark(self, mark: str) -> None:
        if not self._takes(mark):
            raise self._expected(repr(mark))

    def _takes(self, mark: str) -> bool:
        found = self._next.kind == "mark" and self._next.value == mark
        if found:
            self._advance()
        return found

    def _takes_keyword(self, keyword: str) -> bool:
        found = self._next.kind == "keyword" and self._next.value.lower() == keyword
        if found:
            self._advance()
        return found

    def _advance(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def _expected(self, expected: str) -> DotSyntaxError:
        return DotSyntaxError(self._text, self._next.at, expected, str(self._next))

    def _limit(self, there: list[DotEdge] | dict[str, DotNode]) -> None:
        if len(there) >= _MOST:
            raise self._expected(f"at most {_MOST} nodes and edges each")
