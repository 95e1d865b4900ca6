"""The values of tags."""

from __future__ import annotations

from pathlib import Path

import pytest

import piped
from piped.conf import load
from piped.conf.nodes import Parameter, plain
from piped.paths import BatonPath
from piped.problems import Kind
from piped.secret import Secret
from tests.conf.doubles import Write, configuration, failing, node_at, values, wrong, wrong_in

PACKAGE = Path(piped.__path__[0])


class TestPath:
    def test_is_a_key_path_into_the_baton_and_a_text(self) -> None:
        value = values("a: !path request.args")["a"]
        assert type(value) is BatonPath
        assert value == "request.args"

    def test_may_be_the_baton_itself(self) -> None:
        assert values("a: !path\nb: !path ''") == {"a": BatonPath(""), "b": BatonPath("")}

    def test_is_text_whatever_it_looks_like(self) -> None:
        assert values("a: !path 12")["a"] == BatonPath("12")

    def test_may_hold_variables(self) -> None:
        assert values("a: !path x.${B}", B="b")["a"] == BatonPath("x.b")


class TestFilepath:
    def test_is_relative_to_the_file_it_stands_in(self, write: Write, tmp_path: Path) -> None:
        app = write(
            {"app.yaml": "includes: [sub/x.yaml]\na: !filepath y", "sub/x.yaml": "b: !filepath y"}
        )
        tree = load(app, environment={})
        assert tree.get("a") == tmp_path / "y"
        assert tree.get("b") == tmp_path / "sub" / "y"

    def test_of_a_text_is_relative_to_the_working_directory(self) -> None:
        assert values("a: !filepath x/../y")["a"] == Path.cwd() / "y"

    def test_of_an_override_is_relative_to_the_working_directory(self, write: Write) -> None:
        tree = load(write({"app.yaml": ""}), ["a:!filepath x"], environment={})
        assert tree.get("a") == Path.cwd() / "x"

    def test_may_be_the_folder(self) -> None:
        assert values("a: !filepath")["a"] == Path.cwd()

    def test_expands_the_home_folder_and_variables(self) -> None:
        text = "a: !filepath ~/x\nb: !filepath $DATA/x\nc: !filepath ${DATA}/y\nd: !filepath ~"
        assert values(text, HOME="/home/ada", DATA="/data") == {
            "a": Path("/home/ada/x"),
            "b": Path("/data/x"),
            "c": Path("/data/y"),
            "d": Path("/home/ada"),
        }

    def test_of_a_user_who_is_not_there_stays_as_it_is(self) -> None:
        assert values("a: !filepath ~nobody-at-all/x")["a"] == Path.cwd() / "~nobody-at-all/x"

    def test_leaves_an_unset_variable_in_place(self) -> None:
        assert values("a: !filepath /x/$NOPE")["a"] == Path("/x/$NOPE")

    def test_does_not_take_a_link_for_what_it_points_to(self, write: Write, tmp_path: Path) -> None:
        app = write({"app.yaml": "a: !filepath link/../y", "deep/er/z": ""})
        (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
        (tmp_path / "deep" / "y").touch()
        assert load(app, environment={}).get("a").resolve() == tmp_path / "deep" / "y"


class TestPipedpath:
    @pytest.mark.parametrize(
        ("text", "path"),
        {
            "": PACKAGE,
            "logging.yaml": PACKAGE / "logging.yaml",
            "processors": PACKAGE / "processors",
            "processors/data/x.txt": PACKAGE / "processors" / "data" / "x.txt",
            "nowhere/x": PACKAGE / "nowhere" / "x",
            "logging.conf": PACKAGE / "logging.conf",
            "/conf//x/": PACKAGE / "conf" / "x",
            "problems/x": PACKAGE / "problems" / "x",
        }.items(),
    )
    def test_is_inside_the_installed_package(self, text: str, path: Path) -> None:
        assert values(f"a: !pipedpath {text}") == {"a": path}

    def test_goes_to_where_packages_are(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "__init__.py").touch()
        monkeypatch.setattr(piped, "__path__", [str(PACKAGE), str(tmp_path)])
        assert values("a: !pipedpath elsewhere/x")["a"] == elsewhere / "x"


class TestParameter:
    def test_is_a_name_with_or_without_a_default(self) -> None:
        text = "a: !parameter x\nb: !parameter {name: '${X}', default: [!path p]}"
        found = values(text, X="x")
        assert found == {"a": Parameter("x"), "b": Parameter("x")}
        assert found["a"].default is None
        assert plain(found["b"].default) == [BatonPath("p")]

    def test_needs_a_name(self) -> None:
        text = "a: !parameter {name: [x]}\nb: !parameter {default: 1}"
        assert wrong(text) == [
            "1:22: name takes a text, not a list",
            "2:4: !parameter needs the name of a parameter",
        ]

    def test_has_no_alias_as_its_default(self) -> None:
        assert wrong("b: 1\na: !parameter {name: x, default: [!alias b]}") == [
            "2:35: !alias cannot stand inside another tag"
        ]


class TestEnv:
    def test_has_no_alias_as_its_default(self) -> None:
        assert wrong("b: 1\na: !env {name: X, default: {c: !alias b}}") == [
            "2:32: !alias cannot stand inside another tag"
        ]

    def test_is_typed_as_a_plain_scalar_is(self) -> None:
        assert values("a: !env A\nb: !env B", A="80", B="eighty") == {"a": 80, "b": "eighty"}

    def test_may_have_a_default_of_any_kind(self) -> None:
        text = "a: !env {name: A, default: [1, !path x]}\nb: !env {name: B, default: ~}"
        assert values(text) == {"a": [1, BatonPath("x")], "b": None}
        assert values(text, A="2", B="") == {"a": 2, "b": None}

    def test_has_its_variables_replaced_once(self) -> None:
        text = "a: !env {name: X, default: '$${A}'}\nb: !env {name: X, default: '${B}'}"
        assert values(text, A="a", B="${A}") == {"a": "${A}", "b": "${A}"}

    def test_may_have_a_default_that_has_a_default_and_so_on(self) -> None:
        assert values("a: " + "!env {name: X, default: " * 98 + "1" + "}" * 98) == {"a": 1}

    def test_that_is_not_set_is_a_problem(self) -> None:
        assert wrong("a: !env HOEM", HOME="/") == [
            "1:4: the environment variable HOEM is not set (did you mean 'HOME'?)"
        ]

    def test_needs_a_name(self) -> None:
        assert wrong("a: !env {name: [x]}\nb: !env {name: 5, default: 1}") == [
            "1:16: name takes a text, not a list",
            "2:16: name takes a text, not a number",
        ]
        assert wrong("a: !env {name: }") == ["1:16: name takes a text, not null"]

    def test_with_a_default_alone_needs_a_name_too(self) -> None:
        assert wrong("a: !env {default: 1}") == ["1:4: !env needs the name of a variable"]

    def test_tells_where_it_came_from(self) -> None:
        tree = configuration("a: !env A", A="1")
        assert node_at(tree, "a").origin.how == "environment variable A"


class TestSecret:
    def test_holds_its_text(self) -> None:
        assert values("a: !secret 1234\nb: !secret |\n  x\n  y\n") == {
            "a": Secret("1234"),
            "b": Secret("x\ny\n"),
        }

    def test_may_come_from_a_variable(self) -> None:
        text = "a: !secret ${A}\nb: !secret {env: A}\nc: !secret {env: '${B}'}"
        assert set(values(text, A="x", B="A").values()) == {Secret("x")}

    def test_that_is_not_set_is_a_problem(self) -> None:
        assert wrong("a: !secret {env: PASWORD}", PASSWORD="x") == [
            "1:4: the environment variable PASWORD is not set (did you mean 'PASSWORD'?)"
        ]

    @pytest.mark.parametrize("text", ["hunter2", "hunter2\n", "hunter2\r\n"])
    def test_may_come_from_a_file_without_its_line_end(self, write: Write, text: str) -> None:
        files = {"app.yaml": "includes: [x/y.yaml]", "x/y.yaml": "a: !secret {file: ../s}"}
        app = write({**files, "s": ""})
        (app.parent / "s").write_bytes(text.encode())
        assert load(app, environment={}).get("a") == Secret("hunter2")

    def test_keeps_the_lines_of_a_file(self, write: Write) -> None:
        app = write({"app.yaml": "a: !secret {file: !filepath s}", "s": "a\nb\n\n"})
        assert load(app, environment={}).get("a") == Secret("a\nb\n")

    def test_in_a_file_that_is_not_there_is_a_problem(self, write: Write) -> None:
        app = write({"app.yaml": "a: !secret {file: s}\nb: !secret {file: [x]}"})
        assert wrong_in(app) == [
            "app.yaml:1:19: there is no file 's'",
            "app.yaml:2:19: file takes a text, not a list",
        ]

    def test_comes_from_one_place(self) -> None:
        assert wrong("a: !secret {env: A, file: b}", A="x") == [
            "1:4: !secret takes one of env and file, not both"
        ]

    def test_is_in_no_text_of_a_node(self) -> None:
        node = node_at(configuration("a: !secret hunter2"), "a")
        assert "hunter2" not in repr(node)


def test_all_is_collected() -> None:
    problems = failing(lambda: configuration("a: !env A\nb: [!env B]\nc: {d: !secret {env: C}}"))
    assert [problem.kind for problem in problems] == [Kind.UNSET_VARIABLE] * 3


def test_a_value_shared_by_an_anchor_is_made_once() -> None:
    assert len(wrong("a: &x !env A\nb: *x\nc: [*x]")) == 1
