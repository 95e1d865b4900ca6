"""`piped schema`, against files that are right and files that are wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from jsonschema import Draft202012Validator

from tests.commands import written

Invoke = Callable[..., Result]

ROOT = Path(__file__).parents[2]


class AsAnEditorReads(yaml.SafeLoader):
    """An editor sees what stands behind a tag, and no tag."""


def _untagged(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


AsAnEditorReads.add_multi_constructor("!", _untagged)


def read(text: str) -> Any:
    return yaml.load(text, AsAnEditorReads)


EXAMPLES = sorted((ROOT / "examples").glob("**/*.yaml"))
CASES = {
    f"{path.stem}: {name}": case
    for path in sorted((ROOT / "tests" / "processing" / "cases").glob("*.yaml"))
    for name, case in read(path.read_text()).items()
}


def validator(invoke: Invoke, *arguments: str) -> Draft202012Validator:
    answer = invoke("schema", *arguments)
    assert (answer.exit_code, answer.stderr) == (0, "")
    return Draft202012Validator(json.loads(answer.stdout))


# It takes seconds to make and to check, and is the same for all.
_kept: dict[str, Draft202012Validator] = {}


@pytest.fixture
def built_in(invoke: Invoke) -> Draft202012Validator:
    if not _kept:
        made = validator(invoke)
        Draft202012Validator.check_schema(made.schema)
        _kept["it"] = made
    return _kept["it"]


@pytest.fixture
def no_bundles() -> Iterator[None]:
    """The steps of the tutorial have bundles of one name: none is there before, and none after."""
    forget_bundles()
    yield
    forget_bundles()


def forget_bundles() -> None:
    for name in [each for each in sys.modules if each.partition(".")[0].endswith("_bundle")]:
        del sys.modules[name]


@pytest.mark.usefixtures("no_bundles")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_accepted(
    invoke: Invoke, example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert EXAMPLES
    monkeypatch.syspath_prepend(example.parent)
    monkeypatch.setenv("SPLIT_SECRET", "of examples/split")
    found = validator(invoke, "-c", str(example)).iter_errors(read(example.read_text()))
    assert [each.message for each in found] == []


def test_a_new_project_is_accepted(invoke: Invoke) -> None:
    invoke("init", "new_of_schema")
    file = Path("new_of_schema") / "app.yaml"
    found = validator(invoke, "-c", str(file)).iter_errors(read(file.read_text()))
    assert [each.message for each in found] == []


def test_the_mapping_of_a_parameter_may_stand_in_any_option(
    built_in: Draft202012Validator,
) -> None:
    given = "!parameter {name: n, default: %s}"
    steps = f"wait: {{delay: {given % 3}}}, prefix-string: {{prefix: {given % 'a'}}}"
    assert built_in.is_valid(read(f"pipelines: {{p: [{steps}]}}"))
    assert not built_in.is_valid(read("pipelines: {p: [wait: {delay: {nam: n}}]}"))


RIGHT_FLOWS = [
    "{from: batons, to: {processor: pipeline.a}}",
    "{from: [batons, [batons, lines]], through: lines, to: [{processor: a.b}]}",
    "{from: {batons: }, through: [lines, {batch: {size: 5}}], to: {processor: a.b}}",
    "{from: batons, through: [{parallel: [lines, [lines, unbatch]]}], to: {processor: a.b}}",
    "{from: batons, to: [[lines, {processor: a.b}], [best-effort, {processor: a.b}]]}",
    "{from: batons, through: {split: {by: 'i: i', into: {a: lines}}}, to: {processor: a.b}}",
    "{from: batons, to: {split: {by: 'i: i', into: {1: log}, otherwise: [lines, stdout]}}}",
    "{from: [batons, batons], to: log, ends: first}",
    "{from: '${SOURCE}', to: {processor: a.b}, on_end: stop, stop_time: 5s}",
]
WRONG_FLOWS = [
    "{from: batons}",
    "{from: lines, to: {processor: a.b}}",
    "{from: batons, to: lines}",
    "{from: batons, to: [[lines]]}",
    "{from: batons, to: []}",
    "{from: batons, through: [lnes], to: {processor: a.b}}",
    "{from: batons, through: [{lines: , unbatch: }], to: {processor: a.b}}",
    "{from: batons, through: [{parallel: [lnes]}], to: {processor: a.b}}",
    "{from: batons, to: {split: {into: {a: log}}}}",
    "{from: batons, to: {split: {by: 'i: i', into: {a: lines}}}}",
    "{from: batons, through: {split: {by: 'i: i', into: {a: log}}}, to: log}",
    "{from: batons, to: {split: {by: 'i: i', into: {}}}}",
    "{from: batons, to: log, ends: both}",
    "{from: [[lines, batons]], to: {processor: a.b}}",
    "{from: batons, to: {processor: a.b}, on_end: go-on}",
]


@pytest.mark.parametrize("flow", RIGHT_FLOWS)
def test_every_notation_of_flows_is_accepted(built_in: Draft202012Validator, flow: str) -> None:
    assert built_in.is_valid(read(f"flows: {{it: {flow}}}"))


@pytest.mark.parametrize("flow", WRONG_FLOWS)
def test_what_is_no_flow_is_refused(built_in: Draft202012Validator, flow: str) -> None:
    assert not built_in.is_valid(read(f"flows: {{it: {flow}}}"))


def test_editors_know_the_parts_of_flows_and_what_they_do(built_in: Draft202012Validator) -> None:
    schema: Any = built_in.schema
    [names, options] = schema["$defs"]["fount"]["anyOf"]
    assert "batons" in names["anyOf"][0]["enum"]
    assert "batons" in options["properties"]["batons"]["description"]


def test_every_notation_of_pipelines_is_accepted(built_in: Draft202012Validator) -> None:
    good = {name: case for name, case in CASES.items() if "problems" not in case}
    rejected = {
        name: error.message
        for name, case in good.items()
        for error in built_in.iter_errors({"pipelines": pipelines_of(case)})
    }
    assert len(good) > 30
    assert rejected == {}


def pipelines_of(case: dict[str, Any]) -> dict[str, Any]:
    alone = {"it": case["pipeline"]} if "pipeline" in case else {}
    return {**alone, **case.get("pipelines", {})}


@pytest.mark.parametrize(
    "text",
    [
        "ticks: {interval: {a: {interval: '${EVERY}', processor: pipeline.p}}}",
        "includes: [one.yaml, {a.b: two.yaml}, !filepath three.yaml]",
        "includes: one.yaml",
        "runmodes: {unittest: {contexts: {a: 1}}}",
        "admin:",
        "whatever: {nobody: reads}",
        "pipelines: {a: [{eval-lambda: null, lambda: 'x: x'}]}",
        "pipelines: {a: !alias:b }",
        "pipelines: {a: {consumers: [passthrough], concurrency: 2, queue: 9, overflow: fail}}",
        "pipelines: {a: {inherits: b, concurrency: null, queue: '${QUEUE}'}}",
        "pipelines: {mail: {queue: [passthrough], overflow: [passthrough]}}",
    ],
)
def test_what_is_right_is_accepted(built_in: Draft202012Validator, text: str) -> None:
    assert [each.message for each in built_in.iter_errors(read(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "admin: {lisen: x}",
        "admin: 5",
        "service_name: [a]",
        "includes: 5",
        "plugins: {pth: x}",
        "plugins: {bundles: {a: 3}}",
        "logging: {level: loud}",
        "ticks: {interval: {a: {interval: 1s}}}",
        "ticks: {interval: {a: {interval: 1s, processor: pipeline.p, jiter: 1s}}}",
        "persisted_contexts: {a: {kind: xml}}",
        "system-events: {startup: [pipeline.p]}",
        "pipelines: {a: [pasthrough]}",
        "pipelines: {a: [{pasthrough: null}]}",
        "pipelines: {a: [{log: {mesage: x}}]}",
        "pipelines: {a: [{eval-lambda: null}]}",
        "pipelines: {a: [{passthrough: {consumers: [{lgo: null}]}}]}",
        "pipelines: {a: {b: {c: [{lgo: null}]}}}",
        "pipelines: {a: {consumers: [passthrough], concurrency: 0}}",
        "pipelines: {a: {consumers: [passthrough], concurrency: 1, queue: many}}",
        "pipelines: {a: {consumers: [passthrough], concurrency: 1, overflow: drop}}",
        "pipelines: {a: {concurrency: 1}}",
        "runmodes: {unittest: {admin: 5}}",
    ],
)
def test_what_is_wrong_is_not(built_in: Draft202012Validator, text: str) -> None:
    assert not built_in.is_valid(read(text))


def test_plugins_of_a_bundle_are_in_it(invoke: Invoke, tmp_path: Path) -> None:
    written(
        tmp_path,
        app_yaml="plugins: {path: [.], bundles: {mine: bundle_of_schema}}\n",
        bundle_of_schema_py='''
            from piped.provider import Provider
            from piped.processors.base import Processor

            class Colours(Provider):
                """Know colours."""
                section = "colours"
                settings = dict[str, int]

            class Paint(Processor):
                """Paint it."""
                name = "paint-of-schema"

                def __init__(self, *, colour: str) -> None:
                    """
                    colour: which
                    """
            ''',
    )
    mine = validator(invoke, "-c", "app.yaml")
    assert mine.is_valid({"pipelines": {"a": [{"paint-of-schema": {"colour": "red"}}]}})
    assert not mine.is_valid({"pipelines": {"a": [{"paint-of-schema": {}}]}})
    assert not mine.is_valid({"colours": {"red": "much"}})
