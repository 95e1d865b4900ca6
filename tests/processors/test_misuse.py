"""What each built-in processor says to wrong options, and to batons that do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from piped.exceptions import UnfitBaton
from piped.options import Schema, describe_type, schema_of
from piped.processors import MANIFEST
from piped.testing import check_yaml, run_yaml
from tests.processors.test_examples import CATALOGUE, Flowing, Interval, Lock, Metrics, Store

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("misuse.yaml").read_text())
OFFERED: dict[str, Any] = {
    "a.b": lambda *_, **__: 1,
    "amp.client.c": None,
    "amqp.connection.c": None,
    "amqp.rpc_client.c": None,
    "context.c": {},
    "database.engine.e": None,
    "flow.f": Flowing(),
    "metrics.measures": Metrics(),
    "pb.client.c.root_object": None,
    "persisted_context.c": {},
    "persisted_context.c.store": Store(),
    "ticks.interval.i": Interval(),
    "zmq.sender.q": None,
    "zookeeper.client.c": None,
    "zookeeper.lock.l": Lock(),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows(kind: str) -> list[Any]:
    return [
        pytest.param(name, row, id=f"{name} {row['options']}")
        for name, entry in TABLE.items()
        for row in entry.get(kind, ())
    ]


def text_of(name: str, options: str) -> str:
    return f"it: [{name}: {options}]\nother: [passthrough]\n"


def failure_of(text: str, baton: Any) -> Exception:
    try:
        results = run_yaml(text, baton, **OFFERED)
    except Exception as failure:  # noqa: BLE001 - a step may fail in any way
        return failure
    pytest.fail(f"it gives {results}")


def test_every_processor_is_in_the_table() -> None:
    assert TABLE.keys() == MANIFEST.keys()
    assert [name for name, entry in TABLE.items() if not entry.get("wrong")] == []


@pytest.mark.parametrize(("name", "row"), rows("wrong"))
def test_wrong_options_are_problems(name: str, row: Any) -> None:
    found = check_yaml(text_of(name, row["options"]), **OFFERED)
    assert [each.removeprefix("pipeline.yaml:") for each in found] == row["problems"]


@pytest.mark.parametrize(("name", "row"), rows("unfit"))
def test_unfit_batons_fail_with_a_reason(name: str, row: Any) -> None:
    failure = failure_of(text_of(name, row["options"]), row["given"])
    said = getattr(failure, "msg", None) or str(failure)
    # What Python or a library says of the cause differs from version to version.
    assert f"{type(failure).__name__}: {said}".startswith(row["fails"])
    assert any(name in note for note in failure.__notes__)


@pytest.mark.parametrize("name", MANIFEST)
def test_an_option_that_nobody_knows_is_a_problem(name: str) -> None:
    found = check_yaml(text_of(name, "{nobody_knows_this: 1}"), **OFFERED)
    assert any(f"{name} has no option 'nobody_knows_this'" in each for each in found)


# Options that may be a `!path`, whose values a baton brings

# What the other options have; those that are not here have one that does for all.
NEEDED: dict[str, str] = {
    "amp-call-remote": "client: x, name: x",
    "amqp-call": "client: c, queue: x",
    "amqp-publish": "connection: c, routing_key: x, body_path: ''",
    "call-dependency": "dependency: a.b",
    "call-named-any": "name: builtins.len",
    "clean-baton": "keep: [x]",
    "create-zookeeper-node": "client: x, path: /x",
    "decode-string": "encoding: ascii",
    "delete-zookeeper-node": "client: x, path: /x",
    "encode-string": "encoding: ascii",
    "eval-lambda": "lambda: 'x: x'",
    "exec-code": "code: return 1",
    "extract-web-request-arguments": "mapping: [x]",
    "extract-web-request-files": "mapping: [x]",
    "feed-flow": "flow: f",
    "fetch-context": "context: c",
    "fetch-persisted-context": "context: c",
    "flatten-nested-lists": "paths: [x]",
    "for-each": "pipeline: .other, parallel: true",
    "format-string": "format: x",
    "get-zookeeper-children": "client: x, path: /x",
    "get-zookeeper-data": "client: x, path: /x",
    "increment-counter": "counter_path: n",
    "insert-rows": "engine: e, table: t",
    "lambda-decider": "lambda: 'x: None', consumers: [passthrough]",
    "log": "message: x",
    "merge-with-dict": "dict: {}",
    "pb-call-remote": "client: x, name: x",
    "print-nth": "n: 1",
    "process-xpaths": "xml_path: x, xpaths: {x: y}",
    "record-metric": "metric: x",
    "remap": "mapping: {x: y}",
    "remove-markup": "mapping: [x]",
    "replace-email-headers": "headers: {x: y}",
    "run-pipeline": "pipeline: .other",
    "run-pipeline-if": "pipeline: .other",
    "run-pipeline-in-transaction": "engine: e, pipeline: .other",
    "run-query": "engine: e, query: SELECT 1",
    "run-pipeline-locked": "pipeline: .other, lock: l",
    "save-persisted-context": "context: c",
    "scatter-gather": "mapping: [pipeline: .other]",
    "send-email": "from: a@b.example, to: c@d.example",
    "send-zmq-message": "queue_name: q",
    "set-http-expires": "timedelta: 1s",
    "set-http-headers": "headers: {x: y}",
    "set-values": "mapping: {x: y}",
    "set-zookeeper-data": "client: x, path: /x, data: x",
    "start-tick-interval": "interval: i",
    "stop": "consumers: [passthrough]",
    "stop-tick-interval": "interval: i",
    "stream-query": "engine: e, query: SELECT 1",
    "trap-failure": "error_types: [builtins.ValueError]",
    "validate-with-formencode": "schema: formencode.validators.Int",
    "validate-with-json-schema": "schema: {}",
    "validate-with-pydantic": "model: builtins.int",
    "wait": "delay: 1s",
    "web-client-get-page": "url: 'http://127.0.0.1:1'",
    "web-client-request": "url: 'http://127.0.0.1:1'",
    "wrap-coroutine": "coroutine: builtins.len",
    "zookeeper-node-exists": "client: x, path: /x",
}
# Of these, the processor looks into the baton by itself, and has words of its own.
OWN_WORDS = {
    ("encode-jsonp", "callback"): "<odd> is no name of a callback",
    ("for-each", "pipeline"): "<odd> is no name of a pipeline",
    ("run-pipeline", "pipeline"): "<odd> is no name of a pipeline",
    ("run-pipeline", "pipeline_path"): "<odd> is no name of a pipeline",
    ("run-pipeline-locked", "pipeline"): "<odd> is no name of a pipeline",
    ("run-pipeline-locked", "pipeline_path"): "<odd> is no name of a pipeline",
    ("run-pipeline-if", "pipeline"): "<odd> is no name of a pipeline",
    ("run-pipeline-if", "pipeline_path"): "<odd> is no name of a pipeline",
    ("run-pipeline-in-transaction", "pipeline"): "<odd> is no name of a pipeline",
    ("run-pipeline-in-transaction", "pipeline_path"): "<odd> is no name of a pipeline",
    ("set-http-cookie", "value"): "there is no request",  # it is looked at when there is one
}
OFFERED_TOO: dict[str, Any] = {
    "pb.client.x.root_object": 1,
    "amp.client.x": 1,
    "zookeeper.client.x": 1,
}


class Odd:
    """What is of no type that an option has."""

    def __repr__(self) -> str:
        return "<odd>"


def schema_of_processor(name: str) -> Schema:
    plugin = CATALOGUE.find("processor", name)
    assert plugin is not None
    factory = plugin.load()
    return schema_of(getattr(factory, "__piped_processor__", factory))


def typed_options() -> list[tuple[str, str]]:
    return [
        (name, option.name)
        for name in MANIFEST
        for option in schema_of_processor(name).options
        if describe_type(option.type) != "anything"
    ]


def with_path(name: str, option: str) -> str:
    """A pipeline of one step, of which `option` is a `!path`."""
    options = yaml.safe_load(f"{{{NEEDED.get(name, '')}}}")
    for each in schema_of_processor(name).options:
        if each.required:
            options.setdefault(each.name, "x")
    if option in {"pipeline_path", "message_path", "format_path", "from_path", "to_path"}:
        options.pop(option.removesuffix("_path"), None)  # either the one or the other
    written = [f"{each}: {json.dumps(value)}" for each, value in options.items() if each != option]
    return text_of(name, f"{{{', '.join([*written, f'{option}: !path a'])}}}")


@pytest.mark.parametrize(("name", "option"), typed_options())
def test_what_a_baton_brings_for_an_option_is_of_its_type(name: str, option: str) -> None:
    """Or else the baton is unfit; if it must be known before, it is a problem."""
    text, offered = with_path(name, option), OFFERED | OFFERED_TOO
    problems = check_yaml(text, **offered)
    if not problems:
        with pytest.raises(UnfitBaton) as caught:
            run_yaml(text, {"a": Odd()}, **offered)
        if (name, option) in OWN_WORDS:
            assert OWN_WORDS[name, option] in caught.value.msg
        else:
            assert caught.value.msg.startswith(f"{option}: expected ")
            assert caught.value.msg.endswith("got <odd> (!path 'a')")
    else:
        assert len(problems) == 1
        assert option in problems[0]
        assert "!path" in problems[0]
