"""Environment variables in scalars. Named after the rules of the module."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.conf.variables import Variable, expanded, pieces
from tests.conf.doubles import configuration, failing, node_at, values, wrong


def expand(text: str, **environment: str) -> str:
    unset: list[str] = []
    result = expanded(text, environment, unset)
    assert unset == []
    return result


#   text: what comes of it where A is "a", B is empty, and C is not set
EXPANDED = {
    "${A}": "a",
    "x${A}y${A}": "xaya",
    "${A:-d}": "a",
    "${B}": "",
    "${B:-d}": "d",
    "${C:-d}": "d",
    "${C:-}": "",
    "${C:-${A}}": "a",
    "${C:-x${C:-y${A}}}z": "xyaz",
    "${A:-${C}}": "a",
    "${C:-a:-b}": "a:-b",
    "${C:-$${A}": "${A",
    "$${A}": "${A}",
    "$$${A}": "$${A}",
    "$${A} ${A}": "${A} a",
    "$A": "$A",
    "${}": "${}",
    "${ A }": "${ A }",
    "${A.b}": "${A.b}",
    "${1}": "${1}",
    "${A": "${A",
    "${A:-b": "${A:-b",
    "${A:b}": "${A:b}",
    "${${A}}": "${a}",
}


@pytest.mark.parametrize(("text", "result"), EXPANDED.items())
def test_expansion(text: str, result: str) -> None:
    assert expand(text, A="a", B="") == result


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_text_without_a_variable_stays_as_it_is(text: str, environment: dict[str, str]) -> None:
    text = text.replace("${", "$ {")
    assert expanded(text, environment, []) == text


@given(st.text(), st.text(), st.text())
def test_what_stands_around_a_variable_stays_as_it_is(before: str, value: str, after: str) -> None:
    before, after = before.replace("$", ""), after.replace("${", "")
    assert expand(f"{before}${{A}}{after}", A=value) == before + value + after


@given(st.text())
def test_any_text_can_be_written(text: str) -> None:
    assert expand(text.replace("${", "$${")) == text


@given(st.text(alphabet="${}:-A ", max_size=40))
def test_the_pieces_are_the_text(text: str) -> None:
    written = "".join(map(as_written, pieces(text)))
    assert written == text.replace("$${", "${")


def as_written(piece: str | Variable) -> str:
    if isinstance(piece, str):
        return piece
    default = "" if piece.default is None else f":-{piece.default}".replace("$${", "${")
    return f"${{{piece.name}{default}}}"


def test_a_value_is_not_looked_at_again() -> None:
    assert expand("${A}", A="${B}") == "${B}"


def test_defaults_in_defaults_end_somewhere() -> None:
    text = "${A:-" * 50 + "x" + "}" * 50
    assert expand(text) == "${A:-" * 29 + "x" + "}" * 29


TYPED: dict[str, Any] = {
    "${PORT}": 80,
    "'${PORT}'": "80",
    '"${PORT}"': "80",
    "1${PORT}": "180",
    "${PORT}${PORT}": "8080",
    "${DEBUG}": True,
    "${NOTHING:-}": None,
    "${NOTHING:-1.5}": 1.5,
    "${LIST}": "[1, 2]",
    "$${PORT}": "${PORT}",
    "|-\n  ${PORT}": "80",
    "!!str ${PORT}": "80",
}


@pytest.mark.parametrize(("text", "value"), TYPED.items())
def test_a_plain_scalar_that_is_one_variable_is_typed(text: str, value: object) -> None:
    environment = {"PORT": "80", "DEBUG": "true", "LIST": "[1, 2]"}
    assert values(f"a: {text}", **environment) == {"a": value}


def test_variables_are_replaced_anywhere_but_in_keys() -> None:
    text = "${A}: [{x: '${A}'}]\nb: !path ${A}"
    assert values(text, A="a") == {"${A}": [{"x": "a"}], "b": "a"}


def test_a_variable_that_is_not_set_is_a_problem_where_it_stands() -> None:
    text = "a: ${X}\nb: ['x ${PROT} ${Y} ${Y}']"
    assert wrong(text, PORT="80") == [
        "1:4: the environment variable X is not set",
        "2:5: the environment variable PROT is not set (did you mean 'PORT'?)",
        "2:5: the environment variable Y is not set",
    ]


def test_the_way_out_is_a_default() -> None:
    [problem] = failing(lambda: configuration("a: ${X}"))
    assert problem.hint.startswith("Set it, or give a default: ${X:-…}.")


def test_what_an_override_replaces_need_not_be_set() -> None:
    assert configuration("a: ${X}", "a:1").get("a") == 1


def test_the_origin_names_the_variables() -> None:
    tree = configuration("a: ${X:-1}\nb: x ${Y} ${X:-2}\nc: $${X}", "d:${Y}", Y="y")
    assert [node_at(tree, key).origin.how for key in "abcd"] == [
        "${X}",
        "${Y}, ${X}",
        "",
        "-O, ${Y}",
    ]
