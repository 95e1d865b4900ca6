"""Text to nodes: places, keys, anchors, limits."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from piped.conf import Configuration, read as reading, show
from piped.conf.nodes import Mapping, Node, Scalar, Sequence, plain
from piped.conf.read import Document, Limits, PurePythonParser, Source
from piped.problems import Kind, Place, Problem
from tests.conf.doubles import CONFIGURATIONS, configuration, node_at, values, wrong

SOURCE = Source("<text>")


def read(text: str, limits: Limits = reading.DEFAULT_LIMITS) -> Document:
    return reading.read(text, SOURCE, limits)


def only(document: Document) -> Problem:
    [problem] = document.problems
    return problem


def test_every_value_and_key_knows_its_place() -> None:
    text = "web:\n  port: 80\n  'hosts': [a, \"b c\"]\n  text: |\n    x\n"
    tree = configuration(text)
    assert node_at(tree, "web").origin.place == Place("<text>", 2, 3)
    assert node_at(tree, "web.port").origin.place == Place("<text>", 2, 9, 11)
    assert node_at(tree, "web.hosts").origin.place == Place("<text>", 3, 12, 13)
    assert node_at(tree, "web.hosts.1").origin.place == Place("<text>", 3, 16, 21)
    assert node_at(tree, "web.text").origin.place == Place("<text>", 4, 9)
    web = node_at(tree, "web")
    assert isinstance(web, Mapping)
    assert web.entries["hosts"].key_place == Place("<text>", 3, 3, 10)


def test_the_text_and_the_quotes_of_a_scalar_are_kept() -> None:
    node = read("- 0755\n- '0755'\n- |\n  0755\n").node
    assert isinstance(node, Sequence)
    scalars = [item for item in node.items if isinstance(item, Scalar)]
    assert [(each.value, each.text, each.quoted) for each in scalars] == [
        (755, "0755", False),
        ("0755", "0755", True),
        ("0755\n", "0755\n", True),
    ]


def test_yaml_1_1_has_no_say() -> None:
    text = "on: yes\nmode: 0755\ntime: 12:30:00\nday: 2024-07-01\nstatic: ."
    assert values(text) == {
        "on": "yes",
        "mode": 755,
        "time": "12:30:00",
        "day": "2024-07-01",
        "static": ".",
    }


def test_keys_are_typed_as_values_are() -> None:
    assert values("404: a\n'404': b\ntrue: c\n~: d\n1.5: e") == {
        404: "a",
        "404": "b",
        True: "c",
        None: "d",
        1.5: "e",
    }


def test_a_key_with_an_anchor_is_a_key() -> None:
    assert values("&k name: 1\nother: *k") == {"name": 1, "other": "name"}
    assert values("x: &k name\n*k : 1") == {"x": "name", "name": 1}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff"])
def test_an_empty_text_is_an_empty_configuration(text: str) -> None:
    assert values(text.removeprefix("\ufeff")) == {}


def test_the_top_is_a_mapping() -> None:
    what = "a configuration is a mapping of names to values, not"
    assert wrong("- a") == [f"1:1: {what} a list"]
    assert wrong("\n hello") == [f"2:2: {what} a text"]


def test_a_key_that_stands_twice_is_refused_with_both_places() -> None:
    assert wrong("a: 1\nb:\n  c: 1\n  d: 1\n  c: 2\na: 3") == [
        "5:3: 'c' is given twice, first at 3:3",
        "6:1: 'a' is given twice, first at 1:1",
    ]


def test_numbers_that_python_holds_equal_are_one_key() -> None:
    assert wrong("1: a\n1.0: b") == ["2:1: 1.0 is given twice, first at 1:1"]


def test_a_collection_is_no_key() -> None:
    assert wrong("a: {[x]: 1}\n? {b: 1}\n: 2\nc: 3") == [
        "1:5: a key is a text or a number, not a list",
        "2:3: a key is a text or a number, not a mapping",
    ]


def test_a_tag_cannot_stand_on_a_key() -> None:
    assert wrong("!path a: 1") == ["1:1: !path cannot stand on a key"]


def test_one_file_has_one_document() -> None:
    assert wrong("a: 1\n---\nb: 2") == [
        "2:1: a second document begins here, and a configuration is one"
    ]


def test_after_a_broken_line_what_stood_before_counts() -> None:
    document = read("a: 1\na: 2\nb: {c: d}\ne: f: g\nh: i")
    assert document.node is not None
    assert plain(document.node) == {"a": 2, "b": {"c": "d"}, "e": "f"}
    assert [problem.kind for problem in document.problems] == [Kind.DUPLICATE_KEY, Kind.SYNTAX]
    assert not document.complete


class TestAnchors:
    def test_are_expanded(self) -> None:
        text = "a: &x {b: [1]}\nc: *x\nd: [*x, *x]"
        assert values(text) == {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}] * 2}

    def test_may_be_given_anew(self) -> None:
        assert values("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}

    def test_must_stand_above(self) -> None:
        [problem] = read("defaults: &base 1\nb: *bse").problems
        assert problem.message == "*bse: no &bse stands above it (did you mean 'base'?)"

    def test_cannot_contain_themselves(self) -> None:
        assert wrong("a: &x [*x]") == ["1:8: *x stands inside what it stands for"]

    def test_that_multiply_themselves_are_stopped(self) -> None:
        lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
        problem = only(read("\n".join(lines)))
        assert (problem.kind, problem.place) == (Kind.LIMIT, Place("<text>", 6, 45, 48))

    def test_that_tower_over_each_other_are_stopped(self) -> None:
        lines = ["a0: &a0 []", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 5_000))]
        problem = only(read("\n".join(lines)))
        assert problem.message == "this is nested more than 100 levels deep"
        assert problem.place is not None
        assert problem.place.line == 100


class TestMergeKeys:
    def test_bring_in_what_is_not_there(self) -> None:
        text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 0}\nd:\n  <<: *a\n"
        assert values(text)["c"] == {"x": 0, "y": 2, "z": 4}
        assert values(text)["d"] == {"x": 1, "y": 2}

    def test_count_less_than_what_stands_before_them(self) -> None:
        assert values("a: &a {x: 1}\nb: {x: 2, <<: *a}")["b"] == {"x": 2}

    def test_take_mappings_only(self) -> None:
        assert wrong("a: {<<: 3}\nb: {<<: [{x: 1}, [y]]}") == [
            "1:9: << takes a mapping, or a list of mappings, not a number",
            "2:18: << takes a mapping, or a list of mappings, not a list",
        ]

    def test_stand_once_in_a_mapping(self) -> None:
        assert wrong("a: {<<: {}, <<: {}}") == ["1:13: '<<' is given twice, first at 1:5"]

    def test_in_quotes_are_keys_like_any_other(self) -> None:
        assert values("a: {'<<': 1}") == {"a": {"<<": 1}}


class TestLimits:
    @pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
    def test_of_depth(self, opening: str) -> None:
        problem = only(read(opening * 100_000))
        assert problem.kind is Kind.LIMIT
        assert problem.message == "this is nested more than 100 levels deep"

    def test_of_depth_are_not_met_by_what_just_fits(self) -> None:
        assert read("[" * 100 + "]" * 100).problems == ()
        assert only(read("[" * 101 + "]" * 101)).kind is Kind.LIMIT

    def test_of_number(self) -> None:
        limits = Limits(nodes=10)
        assert read("[1, 2, 3, 4, 5, 6, 7, 8, 9]", limits).problems == ()
        assert only(read("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", limits)).kind is Kind.LIMIT


TEXTS = [
    "a: 1\nb: [x, 'y', {c: d}]\ne: |\n  text\nf: &f !path a.b\ng: *f\nh:\n",
    "- a\n- - b\n  - ? c\n    : d\n",
    "a: &x {y: 1}\nb: {<<: *x}\n...\n",
    "a: !alias:b.c {d: !!str 5}\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_without_libyaml_the_values_are_the_same(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = read(text)
    monkeypatch.setattr(reading, "_parser", PurePythonParser)
    assert shape(read(text).node) == shape(document.node)
    assert document.problems == ()


def shape(node: Node | None) -> object:
    """The values of nodes with their lines, but without the ends, on which the parsers differ."""
    assert node is not None
    line, column = node.origin.place.line, node.origin.place.column
    if isinstance(node, Mapping):
        return line, column, [(key, shape(value)) for key, value in node.items()]
    if isinstance(node, Sequence):
        return line, column, [shape(item) for item in node.items]
    if isinstance(node, Scalar):
        return line, column, node.value, node.text, node.quoted
    return line, column, node.layers[-1]


@given(CONFIGURATIONS)
def test_any_plain_tree_comes_back_from_yaml(tree: dict[str, object]) -> None:
    text = show.effective(Configuration.of(tree))
    assert values(text) == tree


@pytest.mark.parametrize("parser", [reading._parser, PurePythonParser])
@given(text=st.text(alphabet="a:-[]{}'\"&*!|>?#,<% \n\t1.~$@`\\U", max_size=60))
def test_no_yaml_like_text_leads_to_anything_but_nodes_or_problems(
    parser: type[PurePythonParser], text: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_parser", parser)
        document = read(text)
    assert document.complete or document.problems


def test_a_character_that_does_not_exist_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    for parser in (reading._parser, PurePythonParser):
        monkeypatch.setattr(reading, "_parser", parser)
        assert "this is not YAML" in only(read('"\\UFFFFFFFF"')).message
