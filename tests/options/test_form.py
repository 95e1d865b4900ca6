"""Definitions of JSON Schema."""

from __future__ import annotations

import pytest

from piped.options.form import Definitions, Form, Json, constant


def form(schema: Json) -> Form:
    return Form("", "", lambda node, findings, what: None, constant(schema))


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "string"}, {"type": ["string", "null"]}, {"anyOf": [{}, {"type": "null"}]}],
)
def test_what_takes_any_text_takes_a_variable(schema: Json) -> None:
    assert Definitions().of(form(schema)) == schema


@pytest.mark.parametrize(
    "schema",
    [{"type": "integer"}, {"type": "string", "pattern": "a"}, {"enum": ["a"]}, {"$ref": "#"}],
)
def test_what_does_not_may_be_a_variable(schema: Json) -> None:
    definitions = Definitions()
    assert definitions.of(form(schema)) == {"anyOf": [schema, {"$ref": "#/$defs/variable"}]}
    assert definitions.known == {"variable": {"type": "string", "pattern": r"\$\{"}}


def test_a_definition_that_contains_itself_is_made_once() -> None:
    definitions = Definitions(suffix="-x")
    made = definitions.once("a", lambda inner: {"items": inner.once("a", lambda _: {})})
    assert made == {"$ref": "#/$defs/a-x"}
    assert definitions.known == {"a-x": {"items": {"$ref": "#/$defs/a-x"}}}
