"""What is not YAML, said by both parsers alike."""

from __future__ import annotations

import pytest

from piped.conf import read as reading
from piped.conf.read import PurePythonParser
from piped.conf.syntax import unprintable
from piped.problems import Kind, Place
from tests.conf.doubles import configuration, failing, wrong

MISFIT = "this fits neither the mapping it stands in nor any around it"
#   what is wrong: (text, its problem)
BROKEN = {
    "tab": ("a:\n\tb: 1", "2:1: a tab cannot indent"),
    "tab first": ("\ta: 1", "1:1: a tab cannot indent"),
    "tab behind spaces": ("a:\n  b: 1\n  \tc: 1", "3:3: a tab cannot indent"),
    "tab before a dash": ("a:\n\t- b", "2:1: a tab cannot indent"),
    "two colons": ("a: b: c", "1:5: a ': ' stands where no key can stand"),
    "text above a mapping": ("foo\nbar: 1", "2:4: a ': ' stands where no key can stand"),
    "open quote": ("a: 'x\nb: 2", "1:4: the quote that opens here is never closed"),
    "open double quote": ('a: "x\nb: 2', "1:4: the quote that opens here is never closed"),
    "open list": ("a: [1, 2\nb: 3", "1:4: the list that opens here lacks a ',' or its ']'"),
    "open mapping": ("a: {b: 1\nc: 2", "1:4: the mapping that opens here lacks a ',' or its '}'"),
    "outdented key": ("a:\n  b: 1\n c: 2", f"3:2: {MISFIT}"),
    "text behind quotes": ("a: 'x' y", f"1:8: {MISFIT}"),
    "list in a mapping": ("a: 1\n- b", f"2:1: {MISFIT}"),
    "mapping in a list": (
        "- a\nb: 1",
        "2:1: this fits neither the list it stands in nor anything around it",
    ),
    "at sign": ("a: @x", "1:4: a value cannot begin with this character"),
    "percent sign": ("a: %x", "1:4: a value cannot begin with this character"),
    "stray bracket": ("a: }", "1:4: a value should stand here"),
    "behind the end": ("{a: 1}}", "1:7: this stands behind the end of what came before"),
    "unknown handle": ("a: !e!x 1", "1:4: a tag with an unknown prefix"),
    "reference to nothing": (
        "a: *",
        "1:5: a '*' begins a reference to an anchor, and needs its name",
    ),
    "anchor without a name": ("a: &", "1:5: an '&' begins an anchor, and needs its name"),
    "bracket behind a tag": ("a: !path{b", "1:9: a space belongs behind a tag"),
    "text behind a bar": ("a: | x", "1:6: this cannot stand behind a '|' or '>'"),
    "YAML of the future": ("%YAML 2.0\n---\na: 1", "1:1: this version of YAML is unknown"),
}


@pytest.mark.parametrize("parser", ["libyaml", "python"])
@pytest.mark.parametrize(("text", "problem"), BROKEN.values(), ids=BROKEN)
def test_is_explained(
    parser: str, text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if parser == "python":
        monkeypatch.setattr(reading, "_parser", PurePythonParser)
    assert wrong(text) == [problem]


def test_a_backslash_is_explained() -> None:
    [problem] = wrong('a: "\\q"')
    assert problem == "1:5: a backslash with something it cannot stand before"


def test_a_key_without_a_colon_is_explained() -> None:
    assert wrong("a: 1\nb\nc: 2") == ["2:1: a key without its ':'"]


def test_what_has_no_words_of_ours_is_said_as_the_parser_says_it() -> None:
    [problem] = wrong("%FOO\n---\n")
    assert problem.startswith("1:5: this is not YAML: while scanning a directive: ")


def test_most_of_them_name_a_way_out() -> None:
    [problem] = failing(lambda: configuration("a:\n\tb: 1"))
    assert problem.kind is Kind.SYNTAX
    assert problem.hint == "Use spaces: YAML does not say how wide a tab is."


def test_a_tab_that_indents_nothing_is_welcome() -> None:
    assert configuration("a:\t1\t# x\nb: [\tc]\n").get("") == {"a": 1, "b": ["c"]}


UNPRINTABLE = {
    "a: \0": "1:4: a NUL cannot stand in YAML",
    "a: b\r\nc: \x1b[0m": "2:4: the character U+001B cannot stand in YAML",
    "é: 日本\x7f": "1:6: the character U+007F cannot stand in YAML",
    "a: \ud800": "1:4: the character U+D800 cannot stand in YAML",
}


@pytest.mark.parametrize(("text", "problem"), UNPRINTABLE.items())
def test_a_character_that_yaml_does_not_know_is_named(text: str, problem: str) -> None:
    assert wrong(text) == [problem]


def test_all_other_characters_are_welcome() -> None:
    assert unprintable("a: é\t日本 \U0001f600 \x85 \u2028", "x.yaml") is None
    problem = unprintable("\x01", "x.yaml")
    assert problem is not None
    assert problem.place == Place("x.yaml", 1, 1)
