"""The forms of pipelines that are shown to newcomers are right."""

from __future__ import annotations

import pytest

from piped.conf.nodes import Mapping
from piped.processing.keys import LIMIT_KEYS, PIPELINE_KEYS, STEP_KEYS
from piped.processing.notation import FORMS, Form
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.example.split()[1])
def test_an_example_is_without_any_problem(form: Form) -> None:
    section = nodes(form.example)
    assert isinstance(section, Mapping)
    assert pipelines_of(section.entries["pipelines"].node).graphs


def test_every_word_of_the_language_is_shown() -> None:
    shown = " ".join(f"{form.text} {form.example}" for form in FORMS)
    hidden = "__processor__"  # only for those whose processor is called like a key
    words = PIPELINE_KEYS | STEP_KEYS | LIMIT_KEYS
    assert {word for word in words if word not in shown} == {hidden}
