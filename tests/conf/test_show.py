"""The effective configuration as YAML."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from piped.conf import Configuration, load, show
from piped.paths import BatonPath
from tests.conf.doubles import CONFIGURATIONS, Write, configuration, values


def shown(tree: dict[str, Any]) -> str:
    return show.effective(Configuration.of(tree))


def test_it_reads_like_a_file_that_a_person_wrote() -> None:
    tree = {
        "web": {"site": {"port": 80, "hosts": ["a", "b"], "debug": False, "empty": {}, "none": []}},
        "pipelines": {"x": [{"step": {"a": 1, "b": None}}, "plain", ["nested", {"c": 2}]]},
        "code": "def f():\n    return 1\n",
        "list of blocks": ["a\nb"],
    }
    assert shown(tree) == (
        "web:\n"
        "  site:\n"
        "    port: 80\n"
        "    hosts:\n"
        "      - a\n"
        "      - b\n"
        "    debug: false\n"
        "    empty: {}\n"
        "    none: []\n"
        "pipelines:\n"
        "  x:\n"
        "    - step:\n"
        "        a: 1\n"
        "        b: null\n"
        "    - plain\n"
        "    -\n"
        "      - nested\n"
        "      - c: 2\n"
        "code: |\n"
        "  def f():\n"
        "      return 1\n"
        "list of blocks:\n"
        "  - |-\n"
        "    a\n"
        "    b\n"
    )


def test_of_nothing_is_an_empty_mapping() -> None:
    assert shown({}) == "{}\n"


SCALARS: dict[str, Any] = {
    "plain": "plain",
    "lambda x: x": '"lambda x: x"',
    "x + (y)": "x + (y)",
    "tcp:80": "tcp:80",
    "'quoted'": "\"'quoted'\"",
    "12": '"12"',
    "true": '"true"',
    "": '""',
    "#x": '"#x"',
    "a #b": '"a #b"',
    "a: b": '"a: b"',
    "a:": '"a:"',
    "[a]": '"[a]"',
    " a": '" a"',
    "a ": '"a "',
    "- a": '"- a"',
    "-a": "-a",
    "---": '"---"',
    "a\tb": '"a\\tb"',
    "a\x07\u2028\ufeffb": '"a\\x07\\u2028\\ufeffb"',
    "日本 é": '"日本 é"',
    "\U0001f600": '"\U0001f600"',
    "${X} $${Y}": '"$${X} $$${Y}"',
}


@pytest.mark.parametrize(("text", "printed"), SCALARS.items())
def test_texts_have_quotes_where_they_need_them(text: str, printed: str) -> None:
    assert shown({"a": text}) == f"a: {printed}\n"
    assert values(shown({"a": text})) == {"a": text}


def test_numbers_of_all_kinds() -> None:
    tree = {"a": 1.5, "b": 1e100, "c": math.inf, "d": -math.inf, "e": math.nan, "f": 10**30}
    text = "a: 1.5\nb: 1e+100\nc: .inf\nd: -.inf\ne: .nan\nf: 1000000000000000000000000000000\n"
    assert shown(tree) == text


def test_values_of_tags_have_their_tags() -> None:
    tree = {"a": BatonPath("x.y"), "b": Path("/x y"), "c": BatonPath(""), "d": BatonPath("${X}")}
    assert shown(tree) == 'a: !path x.y\nb: !filepath /x y\nc: !path ""\nd: !path "$${X}"\n'
    assert values(shown(tree)) == tree


def test_parameters_are_as_they_were_written() -> None:
    text = 'a: !parameter x\nb: !parameter {name: y, default: [1, {c: "d, e"}]}\n'
    assert show.effective(configuration(text)) == text


def test_a_secret_is_hidden() -> None:
    text = show.effective(configuration("a: !secret hunter2"))
    assert text == "a: !secret «secret»\n"


def test_what_only_a_program_can_have_set_is_shown_as_it_shows_itself() -> None:
    assert shown({"a": b"x", "b": BatonPath}) == (
        "a: b'x'\nb: \"<class 'piped.paths.BatonPath'>\"\n"
    )


@pytest.mark.parametrize(
    "key", ["", "a.b", "a: b", "12", "~", "<<", "${X}", "!x", "k" * 3_000, 12, None, True, 1.5]
)
def test_keys_come_back(key: Any) -> None:
    tree = {"a": {key: {"b": [1]}, "z": {key: "x\ny\n"}}}
    assert values(shown(tree)) == tree


@given(CONFIGURATIONS)
def test_the_text_says_the_same(tree: dict[str, Any]) -> None:
    assert values(shown(tree)) == tree


@given(CONFIGURATIONS)
def test_with_origins_it_still_says_the_same(tree: dict[str, Any]) -> None:
    text = show.effective(Configuration.of(tree), origin=True)
    assert values(text) == tree


class TestOrigins:
    def test_say_why_each_value_is_what_it_is(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = write(
            {
                "app.yaml": "includes: [a.yaml]\nport: 81\nhome: ${H}\nkey: !secret x\n"
                "text: |\n  a\n  b\nlist: [x, {}]\nalias: !alias:list.0\n",
                "a.yaml": "port: 80\nhost: h\nruns: 1\nrunmodes: {unittest: {runs: 2}}\n",
            }
        )
        monkeypatch.chdir(app.parent)
        environment = {"H": "/h", "PIPED_CONFIGURATION_OVERRIDES": '["a:1"]'}
        tree = load(app, ["host:x"], environment=environment, runmode="unittest")
        included, instead = "included at app.yaml:1:12", "instead of a.yaml:3:7"
        assert show.effective(tree, origin=True).splitlines() == [
            f"port: 81  # app.yaml:2:7, instead of a.yaml:1:7, {included}",
            f"host: x  # -O host:x, instead of a.yaml:2:7, {included}",
            f"runs: 2  # a.yaml:4:29 (runmode unittest), {included}, {instead}, {included}",
            "home: /h  # app.yaml:3:7 (${H})",
            "key: !secret «secret»  # app.yaml:4:6",
            "text: |  # app.yaml:5:7",
            "  a",
            "  b",
            "list:",
            "  - x  # app.yaml:8:8",
            "  - {}  # app.yaml:8:11",
            "alias: x  # app.yaml:8:8 (!alias:list.0)",
            "a: 1  # PIPED_CONFIGURATION_OVERRIDES a:1",
        ]
