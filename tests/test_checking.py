"""A whole configuration against all plugins: what is found, and what is not said twice.

What people are told of each problem is in `tests/problems`.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from piped.catalogue import Catalogue, Plugin
from piped.checking import Checked, check, check_file, schema_of_everything
from piped.conf import Configuration
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Severity
from piped.processors.flow_processors import Passthrough


def checked(folder: Path, text: str, *overrides: str, **environment: str) -> Checked:
    file = folder / "app.yaml"
    file.write_text(dedent(text))
    return check_file(file, overrides, environment=environment)


def found(result: Checked) -> list[tuple[int, str]]:
    """The line and the kind of each problem."""
    return [(each.place.line if each.place else 0, each.kind.value) for each in result.problems]


def test_nothing_is_right() -> None:
    result = check(Configuration.empty())
    assert result.problems == []
    assert (result.providers, result.offers) == ([], frozenset())
    result.raise_errors()


def test_what_is_right_becomes_settings_providers_and_offers(tmp_path: Path) -> None:
    result = checked(
        tmp_path,
        """
        contexts: {a: {b: 1}}
        ticks: {interval: {t: {interval: 90s, processor: pipeline.n.p}}}
        pipelines: {n: {p: [passthrough]}}
        """,
    )
    assert found(result) == []
    assert result.settings["contexts"] == {"a": {"b": 1}}
    assert result.settings["ticks"].interval["t"].interval == 90.0
    assert sorted(type(each).section for each in result.providers) == [
        "contexts",
        "pipelines",
        "ticks",
    ]
    assert result.offers == {
        "context.a",
        "pipeline.n.p",
        "pipeline_provider",
        "ticks.interval.t",
    }


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("ticks:\n", []),
        ("whatever: {nobody: reads}\n", []),
        ("contex: {a: 1}\n", [(1, "unknown-section")]),
        ("logging: {leve: info}\n", [(1, "unknown-option")]),
        ("service_name: [x]\n", [(1, "wrong-type")]),
        ("ticks: 5\n", [(1, "wrong-type")]),
        (
            "contexts: {a: 1}\npipelines: {p: [fetch-context: {context: b}]}\n",
            [(2, "unknown-reference")],
        ),
        (
            "ticks: {interval: {t: {interval: 1s, processor: pipeline.q}}}\n",
            [(1, "unknown-reference")],
        ),
        ("pipelines: {p: [run-pipeline: {pipeline: q}]}\n", [(1, "unknown-reference")]),
        ("pipelines:\n  n.p: [run-pipeline: {pipeline: .q}]\n  n.q: [passthrough]\n", []),
    ],
)
def test_sections_and_references_are_checked(
    tmp_path: Path, text: str, problems: list[tuple[int, str]]
) -> None:
    assert found(checked(tmp_path, text)) == problems


def test_a_misspelt_section_is_a_warning_for_it_may_be_a_plugins_own(tmp_path: Path) -> None:
    [problem] = checked(tmp_path, "contex: {a: 1}\n").problems
    assert problem.severity is Severity.WARNING
    assert "did you mean 'contexts'?" in problem.message


def test_hints_name_what_there_is(tmp_path: Path) -> None:
    text = "contexts: {a: 1}\npipelines: {p: [call-dependency: {dependency: whatever}]}\n"
    [problem] = checked(tmp_path, text).problems
    assert problem.hint == "there is context.a, pipeline.p, pipeline_provider"
    many = {"contexts": {f"c{n}": 1 for n in range(20)}, "ticks": TICK}
    [problem] = check(Configuration.of(many)).problems
    assert problem.hint.count(", ") == 11
    assert problem.hint.endswith(" …")
    [problem] = check(
        Configuration.of({"ticks": {"interval": {"t": {**TICK_T, "enabled": False}}}})
    ).problems
    assert problem.hint == "nothing is offered by this configuration"


TICK_T = {"interval": 1, "processor": "whatever"}
TICK: dict[str, Any] = {"interval": {"t": TICK_T}}


def test_a_pipeline_without_its_prefix_is_recognised(tmp_path: Path) -> None:
    text = "ticks: {interval: {t: {interval: 1s, processor: p}}}\npipelines: {p: [passthrough]}\n"
    [problem] = checked(tmp_path, text).problems
    assert "did you mean 'pipeline.p'?" in problem.message


# What comes of something else is not said


def test_names_below_a_wrong_section_are_not_said_to_be_missing(tmp_path: Path) -> None:
    result = checked(
        tmp_path,
        """\
        ticks:
          interval:
            t: {interval: 1s, processor: pipeline.p, oh: no}
            u: {interval: 1s, processor: pipeline.nowhere}
        pipelines:
          p: [start-tick-interval: {interval: u}]
        """,
    )
    assert found(result) == [(3, "unknown-option"), (4, "unknown-reference")]


def test_a_wrong_section_that_offers_nothing_hides_nothing(tmp_path: Path) -> None:
    text = "admin: {lisen: x}\npipelines:\n  p: [fetch-context: {context: nobody}]\n"
    assert found(checked(tmp_path, text)) == [(1, "unknown-option"), (3, "unknown-reference")]


def test_entries_that_are_right_are_looked_into_beside_one_that_is_wrong(tmp_path: Path) -> None:
    result = checked(
        tmp_path,
        """
        flows:
          unknown:
            from: fils
            to: log
          needy:
            from: batons
            to: {processor: pipeline.gone}
          wrong:
            from: batons
        """,
    )
    assert found(result) == [
        (4, "unknown-plugin"),
        (8, "unknown-reference"),
        (10, "missing-option"),
    ]


def test_what_could_be_read_is_checked_with_the_rest(tmp_path: Path) -> None:
    result = checked(
        tmp_path,
        """\
        admin: {listen: "${LISTEN}"}
        ticks:
          interval:
            t: {interval: "${EVERY}", processor: pipeline.nowhere}
            u: {intervall: 1s, interval: "${EVERY:-2s}", processor: pipeline.p}
        pipelines:
          p:
            - lgo: {message: hello}
            - run-pipeline: {pipeline: "${NAME}"}
        """,
        NAME="nobody",
    )
    assert found(result) == [
        (1, "unset-variable"),
        (4, "unset-variable"),
        (5, "unknown-option"),
        (8, "unknown-plugin"),
        (9, "unknown-reference"),
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("p: !alias:no.where", "bad-alias"),
        ("p: !strange [passthrough]", "unknown-tag"),
        ("p: !env NO_SUCH_VARIABLE", "unset-variable"),
        ("p: !secret {env: NO_SUCH_VARIABLE}", "unset-variable"),
    ],
)
def test_what_is_wrong_already_is_told_once(tmp_path: Path, line: str, kind: str) -> None:
    text = (
        f"ticks: {{interval: {{t: {{interval: 1, prcessor: pipeline.p}}}}}}\npipelines:\n  {line}\n"
    )
    result = checked(tmp_path, text)
    assert (3, kind) in found(result)
    assert (1, "unknown-option") in found(result)
    assert len([each for each in found(result) if each[0] == 3]) == 1


@pytest.mark.parametrize("broken", ["includes: [nowhere.yaml]", "contexts: {a: [1"])
def test_what_is_missing_may_be_in_what_is_not_there(tmp_path: Path, broken: str) -> None:
    text = f"ticks: {{interval: {{t: {{interval: 1, processor: pipeline.p}}}}}}\n{broken}\n"
    result = checked(tmp_path, text)
    assert len(result.problems) == 1
    assert result.problems[0].kind in {Kind.UNREADABLE, Kind.SYNTAX}
    assert "log" in result.catalogue.processors


def test_overrides_take_part(tmp_path: Path) -> None:
    text = "contexts: {a: 1}\n"
    assert found(checked(tmp_path, text, "context.b:1")) == [(0, "unknown-section")]
    kinds = {kind for _, kind in found(checked(tmp_path, text, "nonsense", "admin.lisen:1"))}
    assert kinds == {"bad-override", "unknown-option"}


def test_problems_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
        pipelines: {p: [lgo]}
        admin: {lisen: x}
        contexts: {a: "${UNSET}"}
        ticks: {interval: {t: {interval: 1s}}}
        """
    lines = [line for line, _ in found(checked(tmp_path, text))]
    assert lines == [1, 2, 3, 4]


# What is raised


def test_errors_are_raised_together_with_the_warnings(tmp_path: Path) -> None:
    result = checked(tmp_path, "contex: {}\nadmin: {lisen: x}\nservice_name: [x]\n")
    with pytest.raises(ConfigurationError, match="2 things are wrong") as caught:
        result.raise_errors()
    assert list(caught.value.problems) == list(result.problems)
    checked(tmp_path, "contex: {}\n").raise_errors()  # warnings alone do not hinder


def test_a_missing_bundle_comes_first_in_its_own_words(tmp_path: Path) -> None:
    result = checked(tmp_path, "admin: {lisen: x}\nplugins: {bundles: {b: no_such_package}}\n")
    with pytest.raises(ConfigurationError) as caught:
        result.raise_errors()
    assert caught.value.msg == "No module named 'no_such_package'"
    assert caught.value.detail == "'no_such_package' does not seem to be a valid package."
    assert caught.value.hint == "Ensure that sys.path is set correctly."
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("sections", "summary"),
    [
        ({}, "there is nothing in it"),
        ({"pipelines": {"p": ["passthrough"]}}, "1 pipeline"),
        ({"pipelines": {"p": ["passthrough"], "q": ["passthrough"]}}, "2 pipelines"),
        ({"contexts": {"a": 1}}, "1 resource"),
        ({"flows": {"a": {"from": "stdin", "to": "stdout"}}}, "1 flow"),
        (
            {"flows": {"a": {"from": "batons", "to": "log"}}, "contexts": {"a": 1}},
            "1 flow, 1 other resource",
        ),
        (
            {"contexts": {"a": 1, "b": 2}, "pipelines": {"p": ["passthrough"]}},
            "1 pipeline, 2 other resources",
        ),
    ],
)
def test_a_summary_counts(sections: dict[str, Any], summary: str) -> None:
    assert check(Configuration.of(sections)).summary() == summary


def test_the_schema_has_every_section_and_every_processor() -> None:
    catalogue = Catalogue.builtin()
    schema = schema_of_everything(catalogue)
    sections = {*catalogue.providers, "logging", "plugins", "runmodes"}
    for section in sections:
        where = schema
        for part in section.split("."):
            where = where["properties"][part]
    step = schema["$defs"]["step"]["anyOf"][-1]
    assert set(catalogue.processors) <= set(step["properties"])


def test_stand_ins_are_taken_for_what_is_not_there() -> None:
    text = "pipelines: {it: [fetch-context: {context: a}, thing: {x: 1}]}"
    plugin = Plugin("processor", "thing", "here", "", found=lambda **options: Passthrough())
    assert len(check(Configuration.from_text(text)).problems) == 2
    found = check(Configuration.from_text(text), processors={"thing": plugin}, offers=["context.a"])
    assert found.problems == []
