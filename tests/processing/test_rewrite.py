"""From definitions to graphs: chains, error consumers, existing steps, inlining, inheritance."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from piped.problems import Problem
from piped.processing.grammar import read_pipelines
from piped.processing.graph import Graph
from piped.processing.inlining import LARGEST
from piped.processing.rewrite import Graphs, rewritten
from tests.processing.yaml_nodes import nodes


def rewrite(text: str) -> tuple[Graphs, list[str]]:
    problems: list[Problem] = []
    definitions = read_pipelines(nodes(text), problems)
    return rewritten(definitions, problems), list(map(str, problems))


def wiring(graph: Graph) -> str:
    """`> a b`: the sources. `a: b !c`: a hands to b, and to c on failure."""
    ids = zip(graph.ids(), graph.vertices, strict=True)
    names = [name if vertex.step.id else name.removesuffix("-1") for name, vertex in ids]
    edges = [
        f"{name}: {' '.join([*(names[to] for to in to_all), *(f'!{names[to]}' for to in errors)])}"
        for name, to_all, errors in (
            (name, vertex.consumers, vertex.errors)
            for name, vertex in zip(names, graph.vertices, strict=True)
        )
        if to_all or errors
    ]
    return "; ".join([f"> {' '.join(names[at] for at in graph.sources)}", *edges])


#   what is written as the pipeline `it`: its sources, and who hands to whom
GRAPHS = {
    # chains and followers
    "it: [a, b, c]": "> a; a: b; b: c",
    "it: {consumers: [a, b]}": "> a b",
    "it: {consumers: []}": "> ",
    "it: {chained_consumers: [a, b], consumers: [c]}": "> a c; a: b",
    "it: [{a: {consumers: [x], chained_consumers: [y, z]}}, b]": "> a; a: y x b; y: z",
    "it: [{a: {error_consumers: [e], chained_error_consumers: [f, g]}}]": "> a; a: !f !e; f: g",
    # error consumers of the pipeline
    "it: {chained_consumers: [a, b], error_consumers: [e]}": "> a; a: b !e",
    "it: {consumers: [a, b], error_consumers: [e]}": "> a b; a: !e; b: !e",
    "it: {consumers: [{a: {error_consumers: [x]}}], error_consumers: [e]}": "> a; a: !x !e",
    "it: {chained_consumers: [a], chained_error_consumers: [e, f]}": "> a; a: !e; e: f",
    # existing steps
    "it: [{a: {id: me}}, b, existing: me]": "> me; me: b; b: me",
    "it: {consumers: [{a: {consumers: [existing: me]}}, {b: {id: me}}]}": "> a me; a: me",
    "it: [{a: {id: me}}, b, existing: me, c]": "> me; me: b c; b: me",
    "it: [{a: {id: me}}, b, {existing: me, error_consumers: [e]}]": "> me; me: b !e; b: me",
    "it: {consumers: [{a: {consumers: [{b: {id: me}}]}}, existing: me]}": "> a me; a: me",
    "it: {consumers: [{a: {id: me}}, existing: me], error_consumers: [e]}": "> me; me: !e",
    "it: [{a: {consumers: [{b: {id: 1}}, existing: 1], error_consumers: [existing: 1]}}]": (
        "> a; a: 1 1 !1"
    ),
    # inlining
    "{it: [a, inline-pipeline: p, b], p: [x, y]}": "> a; a: x; x: y; y: b",
    "{it: [inline-pipeline: p, b], p: {consumers: [x, y]}}": "> x y; x: b; y: b",
    "{it: [inline-pipeline: p, b], p: {consumers: [x], error_consumers: [e]}}": (
        "> x; x: b !e; e: b"
    ),
    "{it: [{inline-pipeline: p, error_consumers: [e]}], p: [{x: {error_consumers: [y]}}]}": (
        "> x; x: !y !e"
    ),
    "{it: [{a: {error_consumers: [inline-pipeline: p]}}], p: [x, y]}": "> a; a: !x; x: y",
    "{it: {consumers: [a, b], error_consumers: [inline-pipeline: p]}, p: {consumers: [x, y]}}": (
        "> a b; a: !x !y; b: !x !y"
    ),
    "{it: [inline-pipeline: p, b], p: [inline-pipeline: q, y], q: [x]}": "> x; x: y; y: b",
    "{it: [inline-pipeline: p, inline-pipeline: p], p: [{x: {id: me}}, y]}": (
        "> me; me: y; y: me-1; me-1: y-2"
    ),
    "{it: [a, inline-pipeline: p], p: {consumers: []}}": "> a",
    "{it: [inline-pipeline: p], p: {inherits: q, overrides: [{x: {o: 2}}]}, q: [{x: {o: 1}}]}": (
        "> x"
    ),
    # inheritance
    "{it: {inherits: p}, p: [a, b]}": "> a; a: b",
    "{it: {inherits: q}, q: {inherits: p}, p: [a, b]}": "> a; a: b",
    "{it: {inherits: p}, p: [a, inline-pipeline: q], q: [b]}": "> a; a: b",
    "{it: {inherits: p, overrides: [{a: {id: me}}]}, p: [{a: {id: x}}, b, existing: x]}": (
        "> me; me: b; b: me"
    ),
    # a name that somebody has taken already
    "it: {consumers: [a, {b: {id: a-1}}, a]}": "> a-2 a-1 a-3",
}


@pytest.mark.parametrize(("text", "graph"), GRAPHS.items(), ids=GRAPHS)
def test_graphs(text: str, graph: str) -> None:
    graphs, problems = rewrite(text)
    assert problems == []
    assert wiring(graphs["it"]) == graph


BROKEN = {
    "it: [existing: me]": "1:16: no step of it has the id 'me'",
    "it: [{a: {id: mine}}, existing: mien]": (
        "1:33: no step of it has the id 'mien' (did you mean 'mine'?)"
    ),
    "it: [{a: {id: me}}, {b: {id: me}}]": (
        "1:30: the id 'me' is given twice in it; the other is at app.yaml:1:15"
    ),
    "{it: [inline-pipeline: p, existing: me], p: [{x: {id: me}}]}": (
        "1:37: no step of it has the id 'me'"
    ),
    "{it: [inline-pipeline: hallo], hello: [x]}": (
        "1:24: it inlines 'hallo', which is no pipeline (did you mean 'hello'?)"
    ),
    "{n.it: [inline-pipeline: .hallo], n.hello: [x]}": (
        "1:26: n.it inlines '.hallo', but there is no pipeline n.hallo (did you mean 'n.hello'?)"
    ),
    "{it: [inline-pipeline: ..p]}": (
        "1:24: it inlines '..p', which goes up further than there are namespaces"
    ),
    "{it: {inherits: p}}": "1:17: it inherits 'p', which is no pipeline",
    "{it: [inline-pipeline: it]}": "1:24: it inlines itself: it -> it",
    "{a: [inline-pipeline: b], b: [inline-pipeline: a]}": "1:23: a inlines itself: a -> b -> a",
    "{a: {inherits: b}, b: {inherits: a}}": "1:16: a inherits itself: a -> b -> a",
    "{it: [inline-pipeline: p, b], p: [{a: {id: 1}}, existing: 1]}": (
        "1:24: nothing can follow inline-pipeline: p, which gives no result"
    ),
    "{it: [a, inline-pipeline: p, b], p: {consumers: []}}": (
        "1:27: nothing can follow inline-pipeline: p, which gives no result"
    ),
    "{it: {inherits: p, overrides: [{b: {}}, {a: {}}]}, p: [a, b]}": (
        "1:42: p has no a where this override comes"
    ),
    "{it: {inherits: p, overrides: [existing: a]}, p: [a]}": (
        "1:42: an override names a processor, not 'existing'"
    ),
    "{it: {inherits: p, overrides: [{a: {consumers: []}}]}, p: [a]}": None,
    "{it: {inherits: p, overrides: [{a: {consumers: [x]}}]}, p: [a]}": (
        "1:33: the override of a cannot say who follows it"
    ),
}


@pytest.mark.parametrize(("text", "complaint"), BROKEN.items(), ids=BROKEN)
def test_what_cannot_be_followed(text: str, complaint: str | None) -> None:
    assert rewrite(text)[1] == ([f"app.yaml:{complaint}"] if complaint else [])


def test_each_circle_is_named() -> None:
    _, problems = rewrite(
        "{a: [inline-pipeline: b], b: [inline-pipeline: a], c: [inline-pipeline: c]}"
    )
    assert len(problems) == 2


def test_what_stands_in_a_circle_is_left_out_and_the_rest_stays() -> None:
    graphs, _ = rewrite("{it: [a, inline-pipeline: it, b]}")
    assert wiring(graphs["it"]) == "> a"


def test_overrides_are_taken_step_before_error_consumers_before_consumers_last_first() -> None:
    graphs, problems = rewrite(
        "{p: {consumers: [{x: {n: 1}}, {x: {n: 2, consumers: [{x: {n: 3}}], "
        "error_consumers: [{x: {n: 4}}, {x: {n: 5}}]}}]},"
        " it: {inherits: p, overrides: [{x: {was: 2}}, {x: {was: 5}}, {x: {was: 4}},"
        " {x: {was: 3}}, {x: {was: 1}}]}}"
    )
    assert problems == []
    before = [vertex.step.options["n"] for vertex in graphs["p"].vertices]
    after = [vertex.step.options["was"] for vertex in graphs["it"].vertices]
    assert [getattr(each, "value", None) for each in before] == [
        getattr(each, "value", None) for each in after
    ]


def test_an_override_replaces_all_options() -> None:
    graphs, _ = rewrite("{p: [{a: {x: 1, y: 2}}], it: {inherits: p, overrides: [{a: {x: 3}}]}}")
    [vertex] = graphs["it"].vertices
    assert list(vertex.step.options.entries) == ["x"]


def test_a_step_keeps_the_name_of_the_pipeline_in_which_it_was_written() -> None:
    graphs, _ = rewrite("{it: [inline-pipeline: n.p], n.p: [a]}")
    [vertex] = graphs["it"].vertices
    assert vertex.step.home == "n.p"


def test_pipelines_do_not_grow_without_end() -> None:
    doubled = ", ".join(
        f"p{n}: [inline-pipeline: p{n - 1}, inline-pipeline: p{n - 1}]" for n in range(1, 25)
    )
    graphs, problems = rewrite(f"{{p0: [a], {doubled}}}")
    assert [each for each in problems if "with all that it inlines" in each]
    assert max(len(graph.vertices) for graph in graphs.values()) <= LARGEST


def test_a_long_chain_is_no_deep_one() -> None:
    graphs, problems = rewrite(f"it: [{', '.join(['a'] * 5_000)}]")
    assert problems == []
    assert len(graphs["it"].sinks) == 1


def test_a_long_row_of_pipelines_that_inline_the_next_is_no_deep_one() -> None:
    row = ", ".join(f"p{n}: [inline-pipeline: p{n + 1}]" for n in range(3_000))
    graphs, problems = rewrite(f"{{{row}, p3000: [a]}}")
    assert problems == []
    assert wiring(graphs["p0"]) == "> a"


@given(strategies.lists(strategies.sampled_from("abc"), min_size=1), strategies.data())
def test_ids_are_unique_and_those_given_stay(
    processors: list[str], data: strategies.DataObject
) -> None:
    ids = data.draw(strategies.sets(strategies.sampled_from(["a-1", "a-2", "b-1", "b", "x"])))
    given_ids = dict(zip(range(len(processors)), sorted(ids), strict=False))
    steps = [
        f"{{{name}: {{id: {given_ids[at]}}}}}" if at in given_ids else name
        for at, name in enumerate(processors)
    ]
    graphs, problems = rewrite(f"it: [{', '.join(steps)}]")
    names = graphs["it"].ids()
    assert problems == []
    assert len(set(names)) == len(names)
    assert all(names[at] == id_ for at, id_ in given_ids.items())


def test_a_graph_can_be_printed() -> None:
    graphs, _ = rewrite("it: {chained_consumers: [a, {b: {x: 1}}], error_consumers: [e]}")
    assert graphs["it"].text() == ("it\n> a-1 -> b-1 !e-1\n  b-1 {'x': 1}\n  e-1")
