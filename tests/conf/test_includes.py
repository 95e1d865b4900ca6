"""Files in files. Named after the rules of the module."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from piped.conf import Configuration, load
from piped.conf.includes import Includes
from piped.conf.loading import Loading
from piped.conf.read import Limits
from piped.problems import Kind, Place, Severity
from tests.conf.doubles import Write, failing, node_at, wrong_in


def loaded(file: Path, **environment: str) -> Any:
    return configuration(file, **environment).get("")


def configuration(file: Path, **environment: str) -> Configuration:
    return load(file, environment=environment, runmode="")


def without_folder(file: Path, text: str) -> str:
    return text.replace(f"{file.parent}/", "")


class TestPrecedence:
    def test_a_file_is_put_over_what_it_includes(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes: [a.yaml]\nx: {p: 1}",
                "a.yaml": "x: {p: 2, q: 3}\ny: 4",
            }
        )
        assert loaded(app) == {"x": {"p": 1, "q": 3}, "y": 4}

    def test_a_later_include_is_put_over_an_earlier_one(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes: [a.yaml, b.yaml]",
                "a.yaml": "x: a\ny: a\nz: [1, 2]",
                "b.yaml": "x: b\nz: [3]",
            }
        )
        assert loaded(app) == {"x": "b", "y": "a", "z": [3]}

    def test_includes_stand_where_they_like_in_a_file(self, write: Write) -> None:
        app = write({"app.yaml": "x: app\nincludes: [a.yaml]", "a.yaml": "x: a"})
        assert loaded(app) == {"x": "app"}

    def test_includes_have_includes(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes: [a.yaml]\nx: app",
                "a.yaml": "includes: [b.yaml]\nx: a\ny: a",
                "b.yaml": "x: b\ny: b\nz: b",
            }
        )
        assert loaded(app) == {"x": "app", "y": "a", "z": "b"}

    def test_null_switches_a_mapping_off(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [a.yaml]\nx:", "a.yaml": "x: {y: 1}"})
        assert loaded(app) == {"x": None}

    def test_the_files_are_named_in_the_order_in_which_they_were_read(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [a.yaml, b.yaml]", "a.yaml": "", "b.yaml": ""})
        names = [Path(file).name for file in configuration(app).files]
        assert names == ["app.yaml", "a.yaml", "b.yaml"]


class TestForms:
    @pytest.mark.parametrize(
        "includes",
        [
            "[a.yaml]",
            "a.yaml",
            "\n- a.yaml",
            "\n- !filepath a.yaml",
            "!filepath a.yaml",
            "\n- ./a.yaml",
            "\n- sub/../a.yaml",
            "\n- ${NAME}.yaml",
            "\n- $NAME.yaml",
            "\n- !env FILE",
            "\n- ~/a.yaml",
            "\n- {'': a.yaml}",
        ],
    )
    def test_of_one_file(self, write: Write, includes: str) -> None:
        app = write({"app.yaml": f"includes: {includes}", "a.yaml": "x: 1", "sub/b.yaml": ""})
        assert loaded(app, NAME="a", FILE="a.yaml", HOME=str(app.parent)) == {"x": 1}

    @pytest.mark.parametrize("includes", ["", "[]", "{}", "null"])
    def test_of_no_file(self, write: Write, includes: str) -> None:
        assert loaded(write({"app.yaml": f"includes: {includes}\nx: 1"})) == {"x": 1}

    def test_with_a_prefix_the_content_goes_below_it(self, write: Write) -> None:
        files = {"a.yaml": "x: 1", "b.yaml": "y: 2"}
        app = write({"app.yaml": "includes:\n- {p.q: a.yaml, r: b.yaml}\np: {z: 0}", **files})
        assert loaded(app) == {"p": {"q": {"x": 1}, "z": 0}, "r": {"y": 2}}

    def test_several_prefixes_count_in_the_order_of_the_file(self, write: Write) -> None:
        files = {"a.yaml": "x: {y: 1}", "b.yaml": "y: 2"}
        app = write({"app.yaml": "includes:\n- {p.x: b.yaml, p: a.yaml}", **files})
        assert loaded(app) == {"p": {"x": {"y": 1}}}

    def test_a_mapping_in_place_of_the_list_is_its_only_item(self, write: Write) -> None:
        app = write({"app.yaml": "includes: {p: a.yaml}", "a.yaml": "x: 1"})
        assert loaded(app) == {"p": {"x": 1}}

    def test_a_prefix_counts_for_the_includes_inside(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes: [{p: a.yaml}]",
                "a.yaml": "includes: [{q: b.yaml}]",
                "b.yaml": "x: 1",
            }
        )
        assert loaded(app) == {"p": {"q": {"x": 1}}}

    def test_a_file_inside_the_package(self, write: Write, tmp_path: Path) -> None:
        app = write({"app.yaml": "includes: [!pipedpath nothing.yaml]"})
        [problem] = wrong_in(app)
        assert problem.endswith("/piped/nothing.yaml'")

    def test_paths_are_relative_to_the_including_file(
        self, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        app = write(
            {
                "app.yaml": "includes: [sub/a.yaml]",
                "sub/a.yaml": "includes: [b.yaml]",
                "sub/b.yaml": "x: right",
                "b.yaml": "x: wrong",
            }
        )
        monkeypatch.chdir(tmp_path)
        assert loaded(app) == {"x": "right"}
        assert loaded(Path("app.yaml")) == {"x": "right"}

    def test_a_text_is_relative_to_the_working_directory(
        self, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        write({"a.yaml": "x: 1"})
        monkeypatch.chdir(tmp_path)
        tree = Configuration.from_text("includes: [a.yaml]", environment={})
        assert tree.get("") == {"x": 1}
        assert tree.files == (str(tmp_path / "a.yaml"),)


class TestCycles:
    def test_are_skipped_with_a_warning_that_names_the_chain(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes: [a.yaml]\nx: app",
                "a.yaml": "includes: [b.yaml]\ny: a",
                "b.yaml": "includes: [a.yaml]\nz: b",
            }
        )
        tree = configuration(app)
        assert tree.get("") == {"x": "app", "y": "a", "z": "b"}
        [warning] = tree.warnings
        assert warning.severity is Severity.WARNING
        assert without_folder(app, str(warning)) == (
            "b.yaml:1:12: a.yaml is skipped, for it includes itself (a.yaml → b.yaml → a.yaml)"
        )

    def test_are_found_through_links_and_other_spellings(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [link.yaml, ./x/../app.yaml]\nx: 1", "x/y": ""})
        (app.parent / "link.yaml").symlink_to(app)
        tree = configuration(app)
        assert tree.get("") == {"x": 1}
        assert len(tree.warnings) == 2

    def test_below_a_prefix_are_cycles_too(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [{p: app.yaml}]\nx: 1"})
        tree = configuration(app)
        assert tree.get("") == {"x": 1}
        assert [warning.kind for warning in tree.warnings] == [Kind.INCLUDE_CYCLE]

    def test_of_include_tags_are_errors(self, write: Write) -> None:
        app = write({"app.yaml": "x: !include a.yaml", "a.yaml": "y: !include app.yaml"})
        assert wrong_in(app) == [
            "a.yaml:1:4: app.yaml includes itself (app.yaml → a.yaml → app.yaml)"
        ]


class TestDiamonds:
    FILES: ClassVar = {
        "app.yaml": "includes: [a.yaml, b.yaml]",
        "a.yaml": "includes: [base.yaml]\nx: a",
        "b.yaml": "includes: [base.yaml]\ny: b",
        "base.yaml": "x: base\ny: base\nz: base",
    }

    def test_are_read_once_where_they_are_reached_first(self, write: Write) -> None:
        tree = configuration(write(self.FILES))
        assert tree.get("") == {"x": "a", "y": "b", "z": "base"}
        assert [Path(file).name for file in tree.files].count("base.yaml") == 1
        assert tree.warnings == ()

    def test_under_different_prefixes_are_two_things(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [{p: a.yaml}, {q: a.yaml}, a.yaml]", "a.yaml": "x: 1"})
        assert loaded(app) == {"p": {"x": 1}, "q": {"x": 1}, "x": 1}

    def test_have_their_problems_once(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [{p: a.yaml}, {q: a.yaml}]", "a.yaml": "x: 1\nx: 2"})
        assert wrong_in(app) == ["a.yaml:2:1: 'x' is given twice, first at 1:1"]


class TestIncludeTags:
    def test_put_a_file_in_their_place(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "steps: !include sub/steps.yaml\nweb: {x: !include '${F}'}",
                "sub/steps.yaml": "- a\n- !include more.yaml\n- !filepath f",
                "sub/more.yaml": "plain",
                "x.yaml": "y: 1",
            }
        )
        file = app.parent / "sub" / "f"
        assert loaded(app, F="x.yaml") == {"steps": ["a", "plain", file], "web": {"x": {"y": 1}}}

    def test_are_merged_with_what_comes_over_them(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes: [a.yaml]\nweb: {port: 81}",
                "a.yaml": "web: !include web.yaml",
                "web.yaml": "port: 80\nhost: h",
            }
        )
        assert loaded(app) == {"web": {"port": 81, "host": "h"}}

    def test_bring_the_includes_of_their_file(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "a: !include x.yaml\nb: !include x.yaml",
                "x.yaml": "includes: [base.yaml]\ny: 1",
                "base.yaml": "z: 2",
            }
        )
        both = {"y": 1, "z": 2}
        assert loaded(app) == {"a": both, "b": both}

    def test_of_an_empty_file_are_an_empty_mapping(self, write: Write) -> None:
        assert loaded(write({"app.yaml": "a: !include x.yaml", "x.yaml": ""})) == {"a": {}}

    def test_cannot_stand_inside_other_tags_or_includes(self, write: Write) -> None:
        app = write({"app.yaml": "a: !env {name: X, default: !include x.yaml}", "x.yaml": ""})
        assert wrong_in(app) == ["app.yaml:1:28: !include cannot stand here"]

    def test_may_be_the_target_of_an_alias(self, write: Write) -> None:
        app = write({"app.yaml": "a: !alias:b.c\nb: !include x.yaml", "x.yaml": "c: 1"})
        assert loaded(app)["a"] == 1

    def test_of_nothing_are_problems(self, write: Write) -> None:
        app = write({"app.yaml": "a: !include nope.yaml\nb: !include '${X:-}'"})
        assert wrong_in(app) == [
            "app.yaml:1:4: there is no file 'nope.yaml'",
            "app.yaml:2:4: !include takes a path, not nothing",
        ]


class TestOrigins:
    def test_name_the_includes_on_the_way(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes:\n- a.yaml\nx: 1",
                "a.yaml": "includes:\n- p: b.yaml\nx: 2",
                "b.yaml": "y: 3",
            }
        )
        tree = configuration(app)
        origin = node_at(tree, "p.y").origin
        assert [without_folder(app, str(place)) for place in origin.through] == [
            "app.yaml:2:3",
            "a.yaml:2:6",
        ]
        replaced = node_at(tree, "x").origin.replaced
        assert replaced is not None
        assert without_folder(app, str(replaced.place)) == "a.yaml:3:4"


class TestProblems:
    def test_of_all_files_are_told_at_once(self, write: Write) -> None:
        app = write(
            {
                "app.yaml": "includes: [a.yaml, nope.yaml, b.yaml]\nx: !nope\nx: 1",
                "a.yaml": "y: [",
                "b.yaml": "- z",
            }
        )
        assert wrong_in(app) == [
            "app.yaml:1:20: there is no file 'nope.yaml'",
            "app.yaml:2:4: there is no tag !nope",
            "app.yaml:3:1: 'x' is given twice, first at 2:1",
            "a.yaml:1:5: a '[' or a '{' is never closed",
            "b.yaml:1:1: a configuration is a mapping of names to values, not a list",
        ]

    def test_of_a_file_that_is_nearly_there_name_it(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [bsae.yaml, base.yml, x/y.yaml]", "base.yaml": ""})
        assert wrong_in(app) == [
            "app.yaml:1:12: there is no file 'bsae.yaml' (did you mean 'base.yaml'?)",
            "app.yaml:1:23: there is no file 'base.yml' (did you mean 'base.yaml'?)",
            "app.yaml:1:33: there is no file 'x/y.yaml'",
        ]

    def test_of_an_unset_variable_name_it(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [$NOPE/a.yaml]"})
        [problem] = failing(lambda: configuration(app))
        assert problem.hint == "The environment variable NOPE is not set."
        app = write({"app.yaml": "includes:\n- ${NOPE}/a.yaml"})
        assert "app.yaml:2:3: the environment variable NOPE is not set" in wrong_in(app)

    def test_of_items_that_are_no_files(self, write: Write) -> None:
        what = "an include is the path of a file, not"
        app = write(
            {"app.yaml": "includes: [3, [a], , {p: }, '', {q: [b]}]".replace(" , ", " ~, ")}
        )
        assert wrong_in(app) == [
            f"app.yaml:1:12: {what} a number",
            f"app.yaml:1:15: {what} a list",
            f"app.yaml:1:20: {what} null",
            f"app.yaml:1:27: {what} null",
            f"app.yaml:1:30: {what} a text",
            f"app.yaml:1:38: {what} a list",
        ]

    def test_of_a_name_that_no_file_can_have(self, write: Write) -> None:
        app = write({"app.yaml": 'includes: ["\\0", "../\\0"]\nx: !include "\\0"'})
        assert len(wrong_in(app)) == 3

    def test_of_a_folder(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [x]", "x/y.yaml": ""})
        assert wrong_in(app) == ["app.yaml:1:12: 'x' is a folder, not a file"]

    def test_of_files_that_include_each_other_too_deeply(self, write: Write) -> None:
        files = {f"{i}.yaml": f"includes: [{i + 1}.yaml]" for i in range(60)}
        app = write({"app.yaml": "includes: [0.yaml]", **files})
        assert wrong_in(app) == ["39.yaml:1:12: files include each other more than 40 levels deep"]

    def test_of_content_below_content_that_goes_too_deep(self, write: Write) -> None:
        deep = "{a: " * 60 + "!include b.yaml" + "}" * 60
        app = write({"app.yaml": deep, "b.yaml": "[" * 60 + "]" * 60})
        assert wrong_in(app) == [
            "app.yaml:1:1: with its includes, this is nested more than 100 levels deep"
        ]

    def test_of_such_content_however_many_files_there_are(self, write: Write) -> None:
        deep = "{a: " * 99 + "!include %d.yaml" + "}" * 99
        files = {f"{i}.yaml": deep % (i + 1) for i in range(39)}
        app = write({"app.yaml": "a: !include 0.yaml", **files, "39.yaml": "[[]]"})
        assert {problem.kind for problem in failing(lambda: configuration(app))} == {Kind.LIMIT}

    def test_of_files_that_multiply_themselves(self, write: Write) -> None:
        many = "[" + ", ".join(["!include x{}.yaml"] * 30) + "]"
        files = {f"x{i}.yaml": many.format(*[i + 1] * 30) for i in range(10)}
        app = write({"app.yaml": "a: !include x0.yaml", **files, "x10.yaml": "[1, 2, 3]"})
        loading = Loading({}, limits=Limits(nodes=2_000))
        Includes(loading).root(str(app), Place(""))
        assert {problem.kind for problem in loading.problems} == {Kind.LIMIT}
        assert loading.nodes < 3_000

    def test_are_in_the_order_of_the_files(self, write: Write) -> None:
        app = write({"app.yaml": "includes: [a.yaml]\nx: !nope", "a.yaml": "x: !nope"})
        assert [line.partition(":")[0] for line in wrong_in(app)] == ["app.yaml", "a.yaml"]
