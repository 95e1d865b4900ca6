"""The configuration as the rest of piped sees it."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, strategies as st

from piped.conf import Configuration, attempt, load
from piped.conf.keypaths import NoRoom
from piped.conf.read import DEFAULT_LIMITS
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Severity
from tests.conf.doubles import CONFIGURATIONS, Write, configuration, failing, outcome, wrong_in


class TestAccess:
    tree: ClassVar = {"a": {"b": 1, "n": None}, "x.y": 2}

    def test_get_finds_values_by_path(self) -> None:
        values = Configuration.of(self.tree)
        assert values.get("a.b") == 1
        assert values.get(("a", "b")) == 1
        assert values.get(["x.y"]) == 2
        assert values.get("") == self.tree

    def test_get_gives_the_fallback_where_there_is_nothing(self) -> None:
        values = Configuration.of(self.tree)
        assert values.get("a.c") is None
        assert values.get("a.c", 5) == 5
        assert values.get("a.b.c", 5) == 5
        assert values.get("a.n", 5) is None

    def test_set_makes_the_mappings_on_the_way_and_gives_the_value(self) -> None:
        values = Configuration.of({"n": None})
        assert values.set("a.b.c", [1]) == [1]
        assert values.set("n.x", 2) == 2
        assert values.get("") == {"n": {"x": 2}, "a": {"b": {"c": [1]}}}

    def test_set_refuses_what_finds_no_room(self) -> None:
        values = Configuration.of({"a": 1})
        with pytest.raises(NoRoom, match="a number stands where 'b' would have to go in"):
            values.set("a.b", 2)
        with pytest.raises(TypeError, match="a configuration is a mapping"):
            values.set("", 2)
        assert values.get("") == {"a": 1}

    def test_set_may_replace_everything(self) -> None:
        values = Configuration.of({"a": 1})
        values.set("", {"b": 2})
        assert values.get("") == {"b": 2}

    def test_setdefault_sets_only_where_there_is_nothing(self) -> None:
        values = Configuration.of({"a": {"b": 1, "n": None}})
        assert values.setdefault("a.b", 2) == 1
        assert values.setdefault("a.n", 2) is None
        assert values.setdefault("a.c", 2) == 2
        assert values.get("a") == {"b": 1, "n": None, "c": 2}

    def test_setdefault_takes_components_that_come_one_by_one(self) -> None:
        values = Configuration.of({})
        assert values.setdefault(iter(["a", "b"]), 1) == 1
        assert values.get("a.b") == 1

    def test_what_is_handed_out_is_the_askers_own(self) -> None:
        values = Configuration.of({"a": {"b": [1]}})
        values.get("a")["b"].append(2)
        mine = values.set("c", [1])
        mine.append(2)
        assert values.get("") == {"a": {"b": [1]}, "c": [1]}

    def test_nodes_and_origins_are_found_by_path_too(self) -> None:
        values = configuration("a: {b: 1}")
        origin = values.origin("a.b")
        assert origin is not None
        assert str(origin.place) == "<text>:1:8"
        assert values.node("a.c") is None
        assert values.origin("a.c") is None

    def test_what_a_program_set_says_so(self) -> None:
        values = configuration("a: 1")
        values.set("a", 2)
        origin = values.origin("a")
        assert origin is not None
        assert str(origin.place) == "the program"
        assert origin.replaced is not None

    def test_it_shows_its_keys_and_nothing_else(self) -> None:
        assert repr(Configuration.of({"web": 1, "password": "x"})) == (
            "<Configuration of web, password>"
        )
        assert repr(Configuration.empty()) == "<Configuration of nothing>"


@given(CONFIGURATIONS)
def test_plain_values_come_out_as_they_went_in(tree: dict[str, object]) -> None:
    assert Configuration.of(tree).get("") == tree


class TestLoad:
    def test_takes_a_path_of_any_kind(self, write: Write) -> None:
        app = write({"app.yaml": "a: 1"})
        for file in (app, str(app)):
            tree = load(file, environment={})
            assert tree.get("") == {"a": 1}
            assert tree.files == (str(app),)

    def test_expands_the_path(self, write: Write) -> None:
        folder = str(write({"app.yaml": "a: 1"}).parent)
        assert load("~/app.yaml", environment={"HOME": folder}).get("a") == 1
        assert load("$X/app.yaml", environment={"X": folder}).get("a") == 1

    def test_looks_at_the_environment_of_the_process(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("A_VARIABLE_OF_OURS", "5")
        assert load(write({"app.yaml": "a: ${A_VARIABLE_OF_OURS}"})).get("a") == 5

    def test_of_a_file_that_is_not_there_is_one_problem(self, write: Write) -> None:
        app = write({"app.yaml": ""})
        assert wrong_in(app.with_name("ap.yaml")) == [
            "ap.yaml: there is no file 'ap.yaml' (did you mean 'app.yaml'?)"
        ]
        assert wrong_in(app.parent / "no" / "x.yaml") == ["x.yaml: there is no file 'x.yaml'"]

    def test_of_a_name_that_can_be_no_file_is_one_problem(self) -> None:
        [problem] = failing(lambda: load("\0", environment={}))
        assert problem.kind is Kind.UNREADABLE

    def test_of_a_folder_is_one_problem(self, tmp_path: Path) -> None:
        [problem] = failing(lambda: load(tmp_path, environment={}))
        assert problem.message.endswith("is a folder, not a file")

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (PermissionError(13, "Permission denied"), "'app.yaml' may not be read"),
            (OSError(5, "Input/output error"), "'app.yaml' cannot be read: Input/output error"),
        ],
    )
    def test_of_a_file_that_cannot_be_read_says_why(
        self, error: OSError, reason: str, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: object) -> None:
            raise error

        app = write({"app.yaml": "a: 1"})
        monkeypatch.setattr(Path, "open", fail)
        assert wrong_in(app) == [f"app.yaml: {reason}"]

    def test_reads_what_is_no_regular_file(self, tmp_path: Path) -> None:
        reader, writer = os.pipe()
        os.write(writer, b"a: 1")
        os.close(writer)
        assert load(f"/dev/fd/{reader}", environment={}).get("a") == 1
        os.close(reader)

    def test_stops_at_a_limit_of_bytes(self) -> None:
        [problem] = failing(lambda: load("/dev/zero", environment={}))
        assert problem.message == f"this file has more than {DEFAULT_LIMITS.bytes:,} bytes"

    @pytest.mark.parametrize(
        ("content", "problem"),
        {
            b"a: 1\nb: \xe9\n": "app.yaml:2:4: this is not UTF-8 (byte 0xe9)",
            "a: é\r\nb: ".encode() + b"\xff": "app.yaml:2:4: this is not UTF-8 (byte 0xff)",
            "a: 1".encode("utf-16"): "app.yaml:1:1: this is not UTF-8 (byte 0xff)",
            b"a: \0": "app.yaml:1:4: a NUL cannot stand in YAML",
        }.items(),
    )
    def test_reads_utf_8(self, write: Write, content: bytes, problem: str) -> None:
        app = write({"app.yaml": ""})
        app.write_bytes(content)
        assert wrong_in(app) == [problem]

    def test_does_not_mind_a_byte_order_mark(self, write: Write) -> None:
        app = write({"app.yaml": ""})
        app.write_bytes("\ufeffa: é".encode())
        tree = load(app, environment={})
        assert tree.get("") == {"a": "é"}
        origin = tree.origin("a")
        assert origin is not None
        assert origin.place.column == 4

    def test_does_not_mind_the_line_of_a_script(self, write: Write) -> None:
        app = write({"app.yaml": "#!/usr/bin/env -S piped -ns\na: 1"})
        assert load(app, environment={}).get("") == {"a": 1}

    def test_leaves_the_garbage_collector_as_it_was(self, write: Write) -> None:
        app = write({"app.yaml": "a: ["})
        failing(lambda: load(app, environment={}))
        assert gc.isenabled()
        gc.disable()
        try:
            failing(lambda: load(app, environment={}))
            assert not gc.isenabled()
        finally:
            gc.enable()


@given(content=st.binary(max_size=200))
def test_no_bytes_lead_to_anything_but_a_configuration_or_its_problems(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "random.yaml"
    file.write_bytes(content)
    result = outcome(lambda: load(file, environment={}))
    assert isinstance(result, dict) or result


WORDS = """a b : - ? [ ] { } , & * &a *a ! !alias:a !alias !env !secret !path !include << ${A} ${A:-
    $${ | > ' " # --- ... includes runmodes unittest ~ 1 . a.b @ %"""
TOKENS = st.sampled_from([*WORDS.split(), "\n", "\n  ", " ", ": ", "\t"])


@given(st.lists(TOKENS, max_size=30), st.lists(st.text(max_size=10), max_size=2))
def test_nor_does_any_text_that_looks_like_one(tokens: list[str], overrides: list[str]) -> None:
    text, environment = "".join(tokens), {"A": "a"}
    result = outcome(
        lambda: Configuration.from_text(text, overrides=overrides, environment=environment)
    )
    assert isinstance(result, dict) or any(each.severity is Severity.ERROR for each in result)


def test_one_problem_is_the_error_itself() -> None:
    with pytest.raises(ConfigurationError) as raised:
        configuration("a: ${X}")
    assert raised.value.msg == "<text>:1:4: the environment variable X is not set"
    assert raised.value.hint is not None


def test_many_problems_are_its_details() -> None:
    with pytest.raises(ConfigurationError) as raised:
        configuration("a: ${X}\nb: ${Y}")
    assert raised.value.msg == "2 problems in <text>"
    assert "variable X is not set" in str(raised.value)
    assert "variable Y is not set" in str(raised.value)


def test_warnings_are_told_along_with_errors(write: Write) -> None:
    app = write({"app.yaml": "includes: [app.yaml]\na: ${X}"})
    problems = failing(lambda: load(app, environment={}))
    assert [each.severity for each in problems] == [Severity.WARNING, Severity.ERROR]


class TestAttempt:
    def test_goes_on_with_what_could_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text('a: 1\nb: "${NO_SUCH_VARIABLE}"\n')
        attempted = attempt(tmp_path / "a.yaml", environment={})
        assert attempted.is_complete
        assert attempted.configuration.get("a") == 1
        assert [each.kind for each in attempted.errors] == [Kind.UNSET_VARIABLE]

    def test_says_that_something_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("includes: [b.yaml]\na: 1\n")
        attempted = attempt(tmp_path / "a.yaml", environment={})
        assert not attempted.is_complete
        assert [each.kind for each in attempted.errors] == [Kind.UNREADABLE]

    def test_of_what_is_right_has_warnings_at_most(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("includes: [a.yaml]\na: 1\n")
        attempted = attempt(tmp_path / "a.yaml", environment={})
        assert attempted.errors == ()
        assert attempted.problems == attempted.configuration.warnings != ()


def test_a_text_may_be_a_part_and_keeps_its_places() -> None:
    configuration = Configuration.from_text(
        "- a\n- ${B}", "part", under="x.y", environment={"B": "b"}
    )
    assert configuration.get("x") == {"y": ["a", "b"]}
    node = configuration.node("x.y.1")
    assert node is not None
    assert str(node.origin.place) == "part:2:3"


def test_an_empty_part_is_nothing() -> None:
    assert Configuration.from_text("", "part", under="x").get("x") == {}
