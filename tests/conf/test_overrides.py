"""Overrides: `path:value`. Named after the rules of the module."""

from __future__ import annotations

import json
from typing import Any

import pytest

from piped.conf import Configuration, load
from piped.conf.overrides import VARIABLE, Override
from piped.problems import Kind
from piped.secret import Secret
from tests.conf.doubles import Write, configuration, failing, node_at, wrong

BASE = "web: {port: 80, hosts: [a, b], site: {x: 1}}\nnothing:\n"


def overridden(*overrides: str, text: str = BASE) -> Configuration:
    return configuration(text, *overrides)


VALUES: dict[str, tuple[str, Any]] = {
    "web.port:81": ("web.port", 81),
    "web.port: 81": ("web.port", 81),
    " web.port :81": ("web.port", 81),
    "web.port:": ("web.port", None),
    "web.port:on": ("web.port", "on"),
    "web.url:http://h:80/": ("web.url", "http://h:80/"),
    "web.at:12:30": ("web.at", "12:30"),
    "web.site:{y: 2}": ("web.site", {"y": 2}),
    "web:null": ("web", None),
    "web.hosts:[c]": ("web.hosts", ["c"]),
    "web.hosts.1:c": ("web.hosts", ["a", "c"]),
    "a.b.c:1": ("a", {"b": {"c": 1}}),
    "nothing.x:1": ("nothing", {"x": 1}),
    "p:\n  - a\n  - b: {c: d}": ("p", ["a", {"b": {"c": "d"}}]),
    "p:!path x.y": ("p", "x.y"),
    "p:${A:-5}": ("p", 5),
    "p:'${A:-5}'": ("p", "5"),
    "p:!secret x": ("p", Secret("x")),
    "p:!alias:web.site": ("p", {"x": 1}),
    "p:'quoted: text'": ("p", "quoted: text"),
}


@pytest.mark.parametrize(("override", "path", "value"), [(o, *pv) for o, pv in VALUES.items()])
def test_what_stands_behind_the_first_colon_is_yaml(override: str, path: str, value: Any) -> None:
    assert overridden(override).get(path) == value


def test_a_mapping_overrides_several_paths() -> None:
    tree = overridden("{web.port: 81, web.hosts: [], a.b: x}")
    assert (tree.get("web.port"), tree.get("web.hosts"), tree.get("a.b")) == (81, [], "x")


def test_a_value_replaces_and_does_not_merge() -> None:
    assert overridden("web.site:{y: 2}").get("web.site") == {"y": 2}


def test_later_ones_come_after_earlier_ones() -> None:
    assert overridden("web.port:1", "web.port:2", "web:{port: 3}", "web.x:4").get("web") == {
        "port": 3,
        "x": 4,
    }


def test_the_tutorials_way_to_replace_a_whole_pipeline(write: Write) -> None:
    app = write({"app.yaml": "pipelines: {generate-status: [tweet: {x: y}]}"})
    tree = load(app, ["pipelines.generate-status:\n  - fake"], environment={})
    assert tree.get("pipelines.generate-status") == ["fake"]


def test_numbers_as_keys_can_be_reached() -> None:
    assert overridden("pages.404:b", text="pages: {404: a}").get("pages") == {404: "b"}


def test_an_include_is_relative_to_the_working_directory(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = write({"sub/app.yaml": "", "x.yaml": "y: 1"})
    monkeypatch.chdir(app.parent.parent)
    assert load(app, ["a:!include x.yaml"], environment={}).get("") == {"a": {"y": 1}}


class TestThroughAliases:
    TEXT = "base: {x: 1, y: {z: 2}}\na: !alias:base\nb: {c: !alias:base {w: 0}}\n"

    def test_aliases_see_overrides(self) -> None:
        tree = overridden("base.x:5", "base.y:{}", text=self.TEXT)
        assert tree.get("a") == {"x": 5, "y": {}}

    def test_an_override_reaches_behind_an_alias_and_nowhere_else(self) -> None:
        tree = overridden("a.x:5", "b.c.y:{q: 1}", text=self.TEXT)
        assert tree.get("") == {
            "base": {"x": 1, "y": {"z": 2}},
            "a": {"x": 5, "y": {"z": 2}},
            "b": {"c": {"w": 0, "x": 1, "y": {"q": 1}}},
        }

    def test_of_aliases_they_are_seen_by_other_aliases(self) -> None:
        tree = overridden("a.x:5", text=self.TEXT + "d: !alias:a\n")
        assert tree.get("d.x") == 5

    def test_what_finds_no_room_there_is_a_problem(self) -> None:
        [problem] = wrong(self.TEXT, "a.x.q:5")
        assert problem.startswith("-O a.x.q:5: x.q behind an alias cannot be overridden: a number ")

    def test_aliases_of_one_override_are_no_circle(self) -> None:
        text = "y: {r: !alias:x.q }\nz: 1"
        tree = overridden("x:{p: !alias:y , q: {t: !alias:z }}", text=text)
        assert tree.get("x") == {"p": {"r": {"t": 1}}, "q": {"t": 1}}

    def test_an_alias_itself_can_be_replaced(self) -> None:
        assert overridden("a:1", text=self.TEXT).get("a") == 1


class TestOrigins:
    def test_say_that_it_is_an_override_and_what_it_replaced(self) -> None:
        origin = node_at(overridden("web.port:81"), "web.port").origin
        assert (str(origin.place), origin.how) == ("-O web.port:81", "-O")
        assert origin.replaced is not None
        assert str(origin.replaced.place) == "<text>:1:13"

    def test_never_say_a_secret(self) -> None:
        assert Override("a: {b: !secret hunter2, c: 3}").label == "-O a: {b: !secret «secret»"

    def test_stay_short(self) -> None:
        assert Override("a:" + "x" * 100).label == f"-O a:{'x' * 58}…"
        assert Override("a:\n  - b").label == "-O a: - b"


class TestEnvironment:
    def test_has_overrides_that_come_before_all_others(self, write: Write) -> None:
        app = write({"app.yaml": "x: 1\ny: 1\nz: 1"})
        environment = {VARIABLE: json.dumps(["x:2", "y:2"])}
        tree = load(app, ["y:3"], environment=environment)
        assert tree.get("") == {"x": 2, "y": 3, "z": 1}
        origin = node_at(tree, "x").origin
        assert (str(origin.place), origin.how) == (f"{VARIABLE} x:2", VARIABLE)

    @pytest.mark.parametrize("value", ["x:2", "{}", '"x"', "[1]", "[", "[" * 100_000])
    def test_is_a_json_list_of_texts(self, value: str) -> None:
        [problem] = failing(lambda: configuration("", **{VARIABLE: value}))
        assert str(problem) == f"{VARIABLE}: this is no JSON list of texts"
        assert problem.kind is Kind.BAD_OVERRIDE

    @pytest.mark.parametrize("value", ["", "[]"])
    def test_may_have_none(self, value: str) -> None:
        assert configuration("", **{VARIABLE: value}).get("") == {}


NUMBER = "a number stands where 'x' would have to go in"
PROBLEMS = {
    "nonsense": "an override is a key path, a colon, and a value",
    ":1": "an override is a key path, a colon, and a value",
    "": "an override is a key path, a colon, and a value",
    "a..b:1": "'a..b' is no key path",
    ".a:1": "'.a' is no key path",
    "web.port.x:1": f"web.port.x cannot be overridden: {NUMBER}",
    "web.hosts.2:c": "web.hosts.2 cannot be overridden: a list of 2 has no item '2'",
    "web.hosts.x:c": "web.hosts.x cannot be overridden: a list of 2 has no item 'x'",
    "a:[1, 2": "the list that opens here lacks a ',' or its ']'",
    "a: b: c": "a ': ' stands where no key can stand",
    "a:!nope x": "there is no tag !nope",
    "a:{b: 1, b: 2}": "'b' is given twice, first at 0:0",
    "a:!env NOPE": "the environment variable NOPE is not set",
    "a:${NOPE}": "the environment variable NOPE is not set",
    "a:{key:value}": "a: the key 'key:value' has no value",
}


@pytest.mark.parametrize(("override", "message"), PROBLEMS.items())
def test_a_bad_one_is_a_problem_that_shows_it(override: str, message: str) -> None:
    assert wrong(BASE, override) == [f"-O {override}: {message}"]


def test_that_is_no_yaml_is_a_bad_override() -> None:
    [problem] = failing(lambda: overridden("a:[1"))
    assert problem.kind is Kind.BAD_OVERRIDE


def test_a_space_behind_the_colon_is_the_way_out() -> None:
    [problem] = failing(lambda: overridden("a:{key:value}"))
    assert problem.hint == "A space belongs behind the colon: {key: value}."


def test_a_mistake_made_twice_is_one_problem() -> None:
    [problem] = wrong("", "a:[*x, *x]", "a:[*x, *x]")
    assert problem == "-O a:[*x, *x]: *x: no &x stands above it"


def test_all_bad_ones_are_told_at_once() -> None:
    assert len(wrong("a: !nope", "x", "y", "web:1")) == 3


def test_a_path_has_an_end() -> None:
    [problem] = failing(lambda: overridden("a." * 5_000 + "a:1"))
    assert problem.message == f"{('a.' * 30)!r} is no key path"
