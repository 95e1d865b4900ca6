"""The section `tests`: what may stand there, and what is wrong with the rest."""

from __future__ import annotations

from textwrap import dedent

import pytest

from piped.catalogue import Catalogue
from piped.checking import Checked, check, schema_of_everything
from piped.conf import Configuration
from piped.testing.yaml_tests import yaml_tests_of

APP = """\
contexts: {settings: {a: 1}}
pipelines: {it: [fetch-context: {context: settings}]}
tests:
"""


def checked(test: str) -> Checked:
    lines = "".join(f"    {line}\n" for line in dedent(test).splitlines())
    return check(Configuration.from_text(APP + lines, "app.yaml"))


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("t: {gives: 1}", "4:5: tests.t needs the option 'pipeline'"),
        ("t: {pipeline: itt}", "4:19: there is no pipeline 'itt' (did you mean 'it'?)"),
        (
            "t: {pipeline: it, give: 1}",
            "4:23: tests.t has no option 'give' (did you mean 'gives'?)",
        ),
        (
            "t: {pipeline: it, fakes: {processors: {fetch-contxt: }}}",
            "4:44: processor 'fetch-contxt' is unknown (did you mean 'fetch-context'?)",
        ),
        (
            "t: {pipeline: it, fakes: {resources: {context.setings: 1}}}",
            "4:43: nothing offers the resource 'context.setings'",
        ),
        (
            "t: {pipeline: it, fakes: {processors: {fetch-context: {fails: KeyEror}}}}",
            (
                "4:67: tests.t.fakes.processors.fetch-context.fails:"
                " there is no exception 'KeyEror' (did you mean 'KeyError'?)"
            ),
        ),
        (
            "t: {pipeline: it, fakes: {processors: {fetch-context: {fails: UnicodeDecodeError}}}}",
            (
                "4:67: tests.t.fakes.processors.fetch-context.fails: no UnicodeDecodeError can be"
                " made of a message: function takes exactly 5 arguments (1 given)"
            ),
        ),
        (
            "t: {pipeline: it, fakes: {resources: {context.settings: {after: 5s}}}}",
            (
                "4:61: tests.t.fakes.resources.context.settings:"
                " only what is lost is found again `after` a time"
            ),
        ),
        (
            "t: {pipeline: it, fakes: {resources: {context.settings: {is: 1, gives: 2}}}}",
            (
                "4:61: tests.t.fakes.resources.context.settings:"
                " either it `is` a value, or it does something with batons"
            ),
        ),
        ("t: {pipeline: it, gives: 1, has: 1}", "4:8: tests.t: gives and has do not go together"),
        (
            "t: {pipeline: it, fails: KeyError, holds: 'it: it'}",
            "4:8: tests.t: nothing holds of the result of what fails",
        ),
        (
            "t: {pipeline: it, holds: 'a, b: a'}",
            "4:8: tests.t: holds: the lambda takes one argument, the result",
        ),
        ("t: {pipeline: it, within: soon}", "4:31: tests.t.within: expected a duration"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(test: str, said: str) -> None:
    [problem] = checked(test).problems
    assert str(problem).startswith(f"app.yaml:{said}")
    assert problem.way_out or "did you mean" in problem.message


def test_a_value_that_has_no_word_of_a_fake_is_the_resource() -> None:
    found = checked("t: {pipeline: it, fakes: {resources: {context.settings: {a: 1, lost: 2}}}}")
    assert list(found.problems) == []
    [test] = yaml_tests_of(found)
    assert test.case.fakes.resources["context.settings"].is_ == {"a": 1, "lost": 2}


def test_a_case_has_what_the_test_says_for_all() -> None:
    found = checked("""\
        t:
            pipeline: it
            given: 1
            gives: 2
            within: 3s
            fakes: {processors: {fetch-context: {gives: 5}, log: {gives: 6}}}
            cases:
                - {}
                - given: 4
                  fails: KeyError
                  fakes: {processors: {log: {gives: 7}}}
    """)
    assert list(found.problems) == []
    one, other = yaml_tests_of(found)
    assert (one.name, one.place.line) == ("t [1]", 11)
    assert (one.case.given, one.case.ends(), one.case.within) == (1, {"gives": 2}, 3.0)
    assert (other.name, other.place.line) == ("t [2]", 12)
    assert (other.case.given, other.case.ends()) == (4, {"fails": "KeyError"})
    gives = {name: fake.gives for name, fake in other.case.fakes.processors.items()}
    assert gives == {"fetch-context": 5, "log": 7}


def test_editors_know_the_words() -> None:
    schema = str(schema_of_everything(Catalogue.builtin())["properties"]["tests"])
    assert "Test" in schema


def test_nothing_is_offered_and_nothing_begins() -> None:
    found = checked("t: {pipeline: it}")
    assert found.offers == {"context.settings", "pipeline.it", "pipeline_provider"}
