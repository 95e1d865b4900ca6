"""`!alias`: values found elsewhere. Named after the rules of the module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from piped.conf import load
from piped.conf.aliases import without_aliases
from piped.conf.loading import Loading
from piped.conf.nodes import Mapping
from piped.conf.read import Limits, Source
from piped.problems import Kind
from tests.conf.doubles import Write, configuration, failing, node_at, values, wrong

#   what is tried: (text, value of `a`)
RESOLVED: dict[str, tuple[str, Any]] = {
    "a mapping": ("a: !alias:b\nb: {x: 1}", {"x": 1}),
    "below other keys": ("a: !alias:b.c.d\nb: {c: {d: {x: 1}}}", {"x": 1}),
    "another way to write it": ("a: !alias b.c\nb: {c: {x: 1}}", {"x": 1}),
    "a list": ("a: !alias:b\nb: [1, 2]", [1, 2]),
    "a scalar": ("a: !alias:b.x\nb: {x: 1}", 1),
    "null": ("a: !alias:b.x\nb: {x: }", None),
    "an item of a list": ("a: !alias:b.1\nb: [x, y]", "y"),
    "a number as a key": ("a: !alias:b.404\nb: {404: x}", "x"),
    "with defaults": ("a: !alias:b {x: 0, y: 2}\nb: {x: 1}", {"x": 1, "y": 2}),
    "with deep defaults": (
        "a: !alias:b {x: {p: 0, q: 2}}\nb: {x: {p: 1}}",
        {"x": {"p": 1, "q": 2}},
    ),
    "with defaults for a scalar": ("a: !alias:b {x: 0}\nb: 5", 5),
    "of an alias": ("a: !alias:b\nb: !alias:c\nc: {x: 1}", {"x": 1}),
    "of an alias with defaults": (
        "a: !alias:b {x: 0, z: 0}\nb: !alias:c {y: 0}\nc: {x: 1}",
        {"x": 1, "y": 0, "z": 0},
    ),
    "through an alias": ("a: !alias:b.x.y\nb: !alias:c\nc: {x: {y: 1}}", 1),
    "inside of its target": ("a: !alias:b\nb: {x: !alias:c }\nc: {y: 1}", {"x": {"y": 1}}),
    "beside its target": ("a: {x: !alias:a.y, y: 1}", {"x": 1, "y": 1}),
    "in lists": ("a: [!alias:b, {x: !alias:b }]\nb: 1", [1, {"x": 1}]),
    "in defaults": ("a: !alias:b {x: !alias:c }\nb: {y: 1}\nc: 2", {"x": 2, "y": 1}),
    "of values with tags": ("a: !alias:b\nb: {x: !path p.q}", {"x": "p.q"}),
    "with a variable": ("a: !alias '${B}'\nb: 1", 1),
    "with an anchor": ("c: &c !alias:b\na: [*c, *c]\nb: 1", [1, 1]),
}


@pytest.mark.parametrize(("text", "value"), RESOLVED.values(), ids=RESOLVED)
def test_anything_can_be_a_target(text: str, value: Any) -> None:
    assert values(text, B="b")["a"] == value


class TestLayers:
    """What later files say lies over the target; see also `tests.conf.test_overrides`."""

    @staticmethod
    def loaded(write: Write, app: str, included: str) -> Any:
        file: Path = write({"app.yaml": f"includes: [x.yaml]\n{app}", "x.yaml": included})
        return load(file, environment={}, runmode="").get("")

    def test_keys_added_to_an_alias_do_not_lose_it(self, write: Write) -> None:
        tree = self.loaded(write, "a: {y: 2, z: 3}", "a: !alias:b {w: 0}\nb: {x: 1, y: 1}")
        assert tree["a"] == {"w": 0, "x": 1, "y": 2, "z": 3}

    def test_an_alias_over_a_mapping_keeps_both(self, write: Write) -> None:
        tree = self.loaded(write, "a: !alias:b {y: 5, w: 5}", "a: {x: 0, y: 0, z: 0}\nb: {x: 1}")
        assert tree["a"] == {"x": 1, "y": 5, "z": 0, "w": 5}

    def test_an_alias_over_an_alias_keeps_both(self, write: Write) -> None:
        tree = self.loaded(write, "a: !alias:c", "a: !alias:b\nb: {x: 1, y: 1}\nc: {x: 2}")
        assert tree["a"] == {"x": 2, "y": 1}

    def test_a_scalar_replaces_an_alias(self, write: Write) -> None:
        assert self.loaded(write, "a: null", "a: !alias:b\nb: {x: 1}")["a"] is None

    def test_aliases_see_what_later_files_make_of_their_targets(self, write: Write) -> None:
        tree = self.loaded(write, "b: {x: 2, y: 3}", "a: !alias:b\nb: {x: 1}")
        assert tree["a"] == {"x": 2, "y": 3}

    def test_aliases_find_targets_in_other_files(self, write: Write) -> None:
        assert self.loaded(write, "b: {x: 2}", "a: !alias:b.x")["a"] == 2


def test_each_alias_is_a_copy_of_its_own() -> None:
    tree = configuration("a: !alias:c\nb: !alias:c\nc: {x: [1]}")
    tree.get("a")["x"].append(2)
    tree.set("b.x", 5)
    assert tree.get("") == {"a": {"x": [1]}, "b": {"x": 5}, "c": {"x": [1]}}


CIRCLES = {
    "a: !alias:a": "1:4: !alias:a leads back to itself (a → a)",
    "a: !alias:b\nb: !alias:a": "1:4: !alias:b leads back to itself (b → a → b)",
    "a: {x: !alias:a }": "1:8: !alias:a leads back to itself (a → a)",
    "a: {x: !alias:b }\nb: {y: !alias:a }": "1:8: !alias:b leads back to itself (b → a → b)",
    "a: !alias:a.x\nb: 1": "1:4: !alias:a.x leads back to itself (a.x → a.x)",
    "b: {c: !alias:b {c: {}}}": "1:8: !alias:b leads back to itself (b → b)",
    "a: [!alias:a ]": "1:5: !alias:a leads back to itself (a → a)",
}


@pytest.mark.parametrize(("text", "problem"), CIRCLES.items())
def test_a_circle_is_a_problem_that_names_it(text: str, problem: str) -> None:
    assert wrong(text)[0] == problem
    assert {each.kind for each in failing(lambda: configuration(text))} == {Kind.BAD_ALIAS}


def test_a_missing_target_is_a_problem_that_names_the_nearest() -> None:
    text = (
        "web: {site: {x: 1}, list: [1]}\na: !alias:web.sit.x\nb: !alias:wbe\n"
        "c: !alias:web.list.3\nd: !alias web.site.x.y"
    )
    assert wrong(text) == [
        "2:4: !alias:web.sit.x: there is no web.sit (did you mean 'site'?)",
        "3:4: !alias:wbe: there is no wbe (did you mean 'web'?)",
        "4:4: !alias:web.list.3: there is no web.list.3",
        "5:4: !alias:web.site.x.y: there is no web.site.x.y",
    ]


def test_an_alias_of_a_broken_alias_is_no_second_problem() -> None:
    assert len(wrong("a: !alias:b\nb: !alias:c\nd: !alias:b.x", "a.x:1")) == 1


def test_nothing_is_said_of_targets_in_files_that_could_not_be_read(write: Write) -> None:
    app = write({"app.yaml": "includes: [nope.yaml]\na: !alias:b"})
    assert [each.kind for each in failing(lambda: load(app, environment={}))] == [Kind.UNREADABLE]


def test_chains_may_be_long() -> None:
    lines = [f"a{i}: !alias:a{i + 1}" for i in range(5_000)]
    assert values("\n".join([*lines, "a5000: {x: 1}"]))["a0"] == {"x": 1}


def test_long_circles_are_shortened() -> None:
    lines = [f"a{i}: !alias:a{(i + 1) % 50}" for i in range(50)]
    assert "(a1 → a2 → a3 → a4 → … → a0 → a1)" in wrong("\n".join(lines))[0]


def test_towers_of_aliases_are_stopped() -> None:
    lines = [f"a{i}: {{x: !alias:a{i + 1} }}" for i in range(500)]
    problems = failing(lambda: configuration("\n".join([*lines, "a500: 1"])))
    assert {each.kind for each in problems} == {Kind.LIMIT}


def test_circles_that_branch_are_found_in_no_time() -> None:
    text = (
        "a: {d: !alias:c {a: {d: {}}, b: !alias:c.b {d: 1}}, e: {d: {e: !alias a.d }},"
        " c: [[], !alias a ]}\nc: {b: !alias a }"
    )
    problems = failing(lambda: configuration(text))
    assert {each.kind for each in problems} == {Kind.BAD_ALIAS}
    assert len({each.place for each in problems}) == len(problems)


def test_aliases_that_multiply_themselves_are_stopped() -> None:
    lines = [f"a{i}: [{', '.join([f'!alias a{i + 1}'] * 10)}]" for i in range(10)]
    loading = Loading({}, limits=Limits(nodes=5_000))
    tree = loading.read("\n".join([*lines, "a10: 1"]), Source("x.yaml")).node
    assert isinstance(tree, Mapping)
    without_aliases(tree, loading)
    assert {each.kind for each in loading.problems} == {Kind.LIMIT}


class TestOrigins:
    tree = configuration("a: !alias:c\nb: !alias:c.x\nc: {x: 1}")

    def test_of_a_mapping_are_where_the_alias_stands(self) -> None:
        origin = node_at(self.tree, "a").origin
        assert (str(origin.place), origin.how) == ("<text>:1:4", "!alias:c")

    def test_of_a_value_are_where_it_is_written(self) -> None:
        origin = node_at(self.tree, "b").origin
        assert (str(origin.place), origin.how) == ("<text>:3:8", "!alias:c.x")
        assert str(node_at(self.tree, "a.x").origin.place) == "<text>:3:8"
