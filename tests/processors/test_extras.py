"""Processors whose library may not be there."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from piped.problems import Kind
from tests.processing.environment import Environment
from tests.processing.yaml_nodes import nodes


@pytest.mark.parametrize(
    ("library", "extra", "step"),
    [
        ("lxml", "xml", "process-xpaths: {xml_path: a, xpaths: {//b: c}}"),
        ("nh3", "html", "remove-markup: {mapping: [a]}"),
        ("aiohttp", "http", "web-client-request"),
        ("aiohttp", "http", "web-client-get-page"),
        ("aiosmtplib", "mail", "send-email: {from: a@test, to: b@test}"),
        ("jsonschema", "jsonschema", "validate-with-json-schema: {schema: {}}"),
        ("pydantic", "pydantic", "validate-with-pydantic: {model: builtins.int}"),
        ("formencode", "formencode", "validate-with-formencode: {schema: formencode.Schema}"),
    ],
)
def test_a_library_that_is_missing_is_a_problem_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, library: str, extra: str, step: str
) -> None:
    from piped.options import Check
    from piped.processing.section import check_pipelines

    find_spec: Any = importlib.util.find_spec
    monkeypatch.setattr(
        "piped.catalogue.extras.find_spec",
        lambda name: None if name == library else find_spec(name),
    )
    check = Check()
    check_pipelines(nodes(f"it: [{step}, {step}]"), Environment().catalogue, check)
    [problem] = check.problems
    assert problem.kind is Kind.MISSING_EXTRA
    assert f"needs {library}, which is not installed" in problem.message
    assert problem.hint == f"pip install 'piped[{extra}]'"
    assert problem.place is not None
    assert problem.place.line == 1
