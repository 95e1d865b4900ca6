"""What the tags may stand on."""

from __future__ import annotations

import pytest

from piped.conf.tags import TAGS, shown
from tests.conf.doubles import configuration, failing, values, wrong


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!binary", "!!timestamp"])
def test_nothing_is_made_that_is_not_named_here(tag: str) -> None:
    assert wrong(f"a: {tag} ls") == [f"1:4: there is no tag {tag}"]
    assert wrong(f"a: {tag} [ls]") == [f"1:4: there is no tag {tag}"]


def test_an_unknown_tag_names_the_nearest() -> None:
    assert wrong("a: !pth x\nb: !filpath y\nc: !secert z\nd: !!strr x") == [
        "1:4: there is no tag !pth (did you mean '!path'?)",
        "2:4: there is no tag !filpath (did you mean '!filepath'?)",
        "3:4: there is no tag !secert (did you mean '!secret'?)",
        "4:4: there is no tag !!strr (did you mean '!!str'?)",
    ]


def test_or_else_all_of_them() -> None:
    [problem] = failing(lambda: configuration("a: !important"))
    assert all(tag in problem.hint for tag in TAGS)
    assert "needs quotes" in problem.hint


def test_only_an_alias_has_something_behind_a_colon() -> None:
    assert wrong("a: !path:b.c\nb: !env: X") == [
        "1:4: there is no tag !path:b.c (did you mean '!path'?)",
        "2:4: there is no tag !env: (did you mean '!env'?)",
    ]


def test_the_caret_goes_under_the_tag_alone() -> None:
    [problem] = failing(lambda: configuration("a: !path [a, b]"))
    assert problem.place is not None
    assert (problem.place.column, problem.place.end_column) == (4, 9)


UNFIT = {
    "!path [a]": "!path takes a key path into the baton, not a list",
    "!path {a: b}": "!path takes a key path into the baton, not a mapping",
    "!filepath [a]": "!filepath takes a path, relative to this file, not a list",
    "!pipedpath {}": "!pipedpath takes a path inside the package piped, not a mapping",
    "!include": "!include takes the path of a file, relative to this one, not nothing",
    "!include [a]": "!include takes the path of a file, relative to this one, not a list",
    "!alias": "!alias takes the key path of what is meant, not nothing",
    "!alias {a: 1}": "!alias takes the key path of what is meant, not a mapping",
    "!alias:": "!alias: takes the key path of what is meant",
    "!alias: {b: 1}": "!alias: takes the key path of what is meant",
    "!alias:b [a]": "!alias:b takes a mapping of defaults or nothing, not a list",
    "!alias:b text": "!alias:b takes a mapping of defaults or nothing, not a text",
    "!env": "!env takes the name of an environment variable, not nothing",
    "!env [A]": "!env takes the name of an environment variable, not a list",
    "!env {}": "!env takes the name of an environment variable, or a mapping of name and default",
    "!parameter": "!parameter takes the name of a parameter of the pipeline, not nothing",
    "!parameter [a]": "!parameter takes the name of a parameter of the pipeline, not a list",
    "!parameter {}": (
        "!parameter takes the name of a parameter of the pipeline, or a mapping of name and default"
    ),
    "!secret": "!secret takes a text, not nothing",
    "!secret [a]": "!secret takes a text, not a list",
    "!secret {}": "!secret takes a text, or a mapping of env and file",
    "!!int [a]": "!!int cannot stand on a list",
    "!!str {a: 1}": "!!str cannot stand on a mapping",
    "!!map [a]": "!!map cannot stand on a list",
    "!!int a": "this is no !!int",
    "!!bool yes": "this is no !!bool",
    "!!null x": "this is no !!null",
}


@pytest.mark.parametrize(("value", "problem"), UNFIT.items())
def test_a_tag_on_something_unfit_says_what_it_takes(value: str, problem: str) -> None:
    assert wrong(f"b: {{}}\na: {value}") == [f"2:4: {problem}"]


def test_an_unknown_key_behind_a_tag_is_pointed_at() -> None:
    assert wrong("a: !secret {evn: X}\nb: !env {nam: X}") == [
        "1:13: !secret takes a text, or a mapping of env and file",
        "2:10: !env takes the name of an environment variable, or a mapping of name and default",
    ]


def test_a_tag_on_a_tagged_value_by_its_anchor_is_no_matter() -> None:
    assert values("a: &x !path b\nc: *x") == {"a": "b", "c": "b"}


def test_yamls_own_types() -> None:
    text = """
        - !!str 12
        - !!int '12'
        - !!float 12
        - !!bool 'true'
        - !!null ''
        - !!seq [a]
        - !!map {a: b}
        - ! 12
        - ! [a]
        - !!str
    """
    items = values(f"a:{text}")["a"]
    assert items == ["12", 12, 12.0, True, None, ["a"], {"a": "b"}, "12", ["a"], ""]
    assert type(items[2]) is float


def test_tags_are_shown_as_they_are_written() -> None:
    assert shown("tag:yaml.org,2002:str") == "!!str"
    assert shown("!path") == "!path"
