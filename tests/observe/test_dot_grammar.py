"""The language of Graphviz, read."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings, strategies as st

from piped.observe.dot_grammar import DotSyntaxError, Markup, graph_of


def test_nodes_and_edges_have_their_attributes() -> None:
    graph = graph_of('strict digraph "it" { a [label="A\\"" shape=box]; a -> b [color=red]; c }')
    assert graph.name == "it"
    assert {each: node.attributes for each, node in graph.nodes.items()} == {
        "a": {"label": 'A"', "shape": "box"},
        "b": {},
        "c": {},
    }
    [edge] = graph.edges
    assert (edge.tail, edge.head, edge.attributes) == ("a", "b", {"color": "red"})


def test_a_chain_is_several_edges_and_a_group_is_all_of_its_nodes() -> None:
    graph = graph_of("graph { a -- b -- {c d} -- e:port:nw }")
    ends = [(each.tail, each.head) for each in graph.edges]
    assert ends == [("a", "b"), ("b", "c"), ("b", "d"), ("c", "e"), ("d", "e")]
    assert len(graph_of("graph { a, b -- c, d }").edges) == 4
    assert not graph.directed


def test_defaults_hold_for_what_follows_in_their_braces() -> None:
    graph = graph_of(
        "digraph { a; node [color=red]; edge [style=dashed];"
        " subgraph cluster_x { node [color=blue] label=X b } c; a -> c }"
    )
    assert [node.attributes for node in graph.nodes.values()] == [
        {},
        {"color": "blue"},
        {"color": "red"},
    ]
    assert graph.edges[0].attributes == {"style": "dashed"}
    [cluster] = graph.clusters
    assert (cluster.name, cluster.attributes) == ("cluster_x", {"label": "X"})
    assert [node.cluster for node in graph.nodes.values()] == [None, 0, None]


def test_comments_numbers_markup_and_joined_texts_are_read() -> None:
    graph = graph_of(
        "# a line of the preprocessor\ndigraph { // here\n /* and\n here */ -1.5 -> .5;"
        ' x [label=<<b>bold</b> > weight=2 tooltip="one " + "two"] }'
    )
    assert list(graph.nodes) == ["-1.5", ".5", "x"]
    assert graph.nodes["x"].attributes["label"] == Markup("<b>bold</b> ")
    assert graph.nodes["x"].attributes["tooltip"] == "one two"


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("hello", 1, "expected 'digraph' or 'graph', found 'hello'"),
        ("digraph {\n  a -> \n}", 3, "expected a node, an attribute, or '}', found '}'"),
        ("digraph { a [label=] }", 1, "expected a value behind '=', found ']'"),
        ("graph {\n a -> b }", 2, "expected '--', which joins in such a graph, found '->'"),
        ("digraph { a", 1, "expected a node, an attribute, or '}', found the end"),
        ('digraph {\n\n "a }', 3, "expected a quote that ends this text"),
        ("digraph { /* a }", 1, "expected '*/' at the end of this comment"),
        ("digraph { a } b", 1, "expected the end behind the last '}', found 'b'"),
        ("digraph { a [color=red }", 1, "expected the name of an attribute or ']', found '}'"),
        ("digraph { node a }", 1, "expected '[' behind 'node', found 'a'"),
        ("digraph { a [label=<b] }", 1, "expected a '>' for each '<'"),
        ("digraph { ? }", 1, "expected a name, a text in quotes, or a mark, found '?'"),
        ("digraph { " + "{" * 60, 1, "at most 50 subgraphs within each other"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, line: int, complaint: str) -> None:
    with pytest.raises(DotSyntaxError) as raised:
        graph_of(text)
    assert complaint in raised.value.msg
    assert raised.value.line == line
    assert f"line {line}, column {raised.value.column}" in raised.value.msg


def test_there_are_never_too_many_edges() -> None:
    many = " ".join(map(str, range(200)))
    with pytest.raises(DotSyntaxError, match="at most 20000 nodes and edges each"):
        graph_of(f"digraph {{ {{ {many} }} -> {{ {many} }} }}")


WORDS = st.sampled_from(
    [
        *("a", "b", '"c d"', "->", "--", "{", "}", "[", "]", "=", ";", ",", ":", "<b>", "+"),
        *("subgraph", "cluster_1", "node", "edge", "graph", "color", "red", "1.5"),
    ]
)


@pytest.mark.service("dot")
@settings(deadline=None)
@given(st.lists(WORDS, max_size=8))
def test_it_reads_what_graphviz_reads(words: list[str]) -> None:
    text = f"digraph {{ {' '.join(words)} }}"
    program = shutil.which("dot")
    assert program is not None
    command = [program, "-Tcanon"]
    theirs = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if "syntax error" in theirs.stderr:
        # It may be one for us, too; what we read besides harms nobody.
        return
    graph_of(text)
