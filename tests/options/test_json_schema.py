"""JSON Schema of types and of whole files."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
from hypothesis import assume, given, strategies as st

from piped.conf.nodes import Entry, Mapping, Node, Origin, Scalar, Sequence
from piped.options import (
    INVALID,
    Between,
    Check,
    Duration,
    Endpoint,
    KeyPath,
    Lambda,
    PipelineName,
    Port,
    Secret,
    Size,
    json_schema,
    json_schema_of,
    schema_of,
)
from piped.problems import Place
from tests.options.test_convert import EVERY_TYPE, Mode, Tree

Validator = jsonschema.Draft202012Validator
ORIGIN = Origin(Place("app.yaml", 1, 1))


def valid(schema: Any, value: Any) -> bool:
    return bool(Validator(schema).is_valid(value))


def as_node(value: Any) -> Node:
    if isinstance(value, dict):
        entries = {key: Entry(as_node(each), ORIGIN.place) for key, each in value.items()}
        return Mapping(entries, ORIGIN)
    if isinstance(value, list):
        return Sequence(tuple(map(as_node, value)), ORIGIN)
    return Scalar(value, ORIGIN)


def converts(value: Any, type_: Any) -> bool:
    return Check().convert(as_node(value), type_) is not INVALID


@pytest.mark.parametrize("type_", EVERY_TYPE)
def test_every_type_has_a_schema(type_: Any) -> None:
    schema = json_schema_of(type_)
    Validator.check_schema(schema)
    json.dumps(schema)
    assert valid(schema, "a ${VARIABLE}")


TEXTS = st.text(max_size=8) | st.sampled_from(
    [
        "1.5s",
        "10MiB",
        "1h30m",
        "tcp:8080",
        "a.b",
        ".a",
        "* * * * *",
        "a",
        "fast",
        "x: x",
        "Europe/Oslo",
    ]
)
LEAVES = (
    TEXTS
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none()
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@given(VALUES, st.sampled_from(EVERY_TYPE))
def test_what_converts_is_valid(value: Any, type_: Any) -> None:
    if converts(value, type_):
        assert valid(json_schema_of(type_), value)


SIMPLE = [
    int,
    float,
    bool,
    str,
    None,
    Any,
    Duration,
    Size,
    KeyPath,
    PipelineName,
    Port,
    Secret,
    Mode,
    Literal["a", 2] | None,
    list[int],
    dict[str, Duration],
    tuple[int, str],
    int | None,
    Tree,
]


def plain_json(value: Any) -> bool:
    """Without 1.0, a whole number in JSON, and without ends of lines, before which `$` matches."""
    if isinstance(value, dict):
        return all(map(plain_json, [*value, *value.values()]))
    if isinstance(value, list):
        return all(map(plain_json, value))
    if isinstance(value, str):
        return "\n" not in value and "${" not in value
    return not (isinstance(value, float) and (value.is_integer() or math.isinf(value)))


@given(VALUES, st.sampled_from(SIMPLE))
def test_what_is_valid_converts(value: Any, type_: Any) -> None:
    assume(plain_json(value))
    if valid(json_schema_of(type_), value):
        assert converts(value, type_)


SAME = Lambda("x: x")


@dataclass
class Interval:
    """Something that comes again.

    interval: how long to wait
    """

    interval: Duration
    processor: PipelineName | None = None
    jitter: Duration = 0.5
    tags: list[str] = field(default_factory=lambda: ["a"])
    path: Path = Path("x")
    code: Lambda = SAME
    inner: Tree | None = None


class Parser:
    """Turn text into a time.

    Example::

        given: a
    """

    def __init__(self, *, format_string: str, as_date: bool = False) -> None:
        """format_string: as `strptime` has it"""


def stop() -> None:
    """Stop."""


class Old:
    def __init__(self, **kw): ...  # type: ignore[no-untyped-def]  # noqa: ANN003, ANN204 - as one of 2011


SCHEMA = json_schema(
    {
        "ticks.interval": dict[str, Interval],
        "ticks": dict[str, Any],
        "contexts": dict[str, Any],
        "system-events": Any,
        "limit": Size,
    },
    {"parse-datetime": schema_of(Parser), "stop": schema_of(stop), "old": schema_of(Old)},
    title="all",
    properties={"includes": {"type": "array"}},
)


def test_a_whole_file_has_a_schema() -> None:
    Validator.check_schema(SCHEMA)
    json.dumps(SCHEMA)
    assert SCHEMA["title"] == "all"


RIGHT: list[Any] = [
    {},
    {"anything": 1, "includes": ["a"]},
    {"ticks": {"interval": {"poll": {"interval": "5s"}}}},
    {"ticks": {"interval": {"poll": {"interval": "${INTERVAL}"}}}},
    {"ticks": {"interval": {"poll": {"interval": "INTERVAL"}}}},  # !env INTERVAL
    {"ticks": {"interval": {"poll": ""}}},  # !alias:a.b
    {"ticks": {"interval": {"poll": {"interval": 5, "inner": {"name": "a"}}}}},
    {"pipelines": {"a": ["stop", {"parse-datetime": {"format_string": "%d"}}]}},
    {"pipelines": {"a": [{"parse-datetime": {"format_string": "%d", "as_date": "is.date"}}]}},
    {"pipelines": {"a": [{"stop": None}, {"stop": {}, "id": "x", "consumers": ["stop"]}]}},
    {"pipelines": {"a": {"chained_consumers": ["stop"], "error_consumers": ["stop"]}}},
    {"pipelines": {"a": {"b": ["stop", {"inline-pipeline": ".c"}, {"existing": "x"}]}}},
    {"pipelines": {"a": [{"old": {"whatever": 1}}]}},
    {"runmodes": {"unittest": {"limit": "1MiB"}}},
]
WRONG: list[Any] = [
    {"limit": "soon"},
    {"ticks": {"interval": {"poll": {}}}},
    {"ticks": {"interval": {"poll": {"interval": "1.5 secs"}}}},
    {"ticks": {"interval": {"poll": {"interval": 5, "colour": 1}}}},
    {"pipelines": {"a": ["no-such-step"]}},
    {"pipelines": {"a": [{"parse-datetime": {}}]}},
    {"pipelines": {"a": [{"parse-datetime": {"format_string": "x", "as_dat": True}}]}},
    {"pipelines": {"a": {"consumers": [{"stop": {"a": 1}}]}}},
    {"runmodes": {"unittest": {"limit": -1}}},
]


@pytest.mark.parametrize("value", RIGHT)
def test_what_is_right_in_a_file(value: Any) -> None:
    Validator(SCHEMA).validate(value)


@pytest.mark.parametrize("value", WRONG)
def test_what_is_wrong_in_a_file(value: Any) -> None:
    assert not valid(SCHEMA, value)


def test_help_defaults_and_examples_reach_the_editor() -> None:
    [name] = [name for name in SCHEMA["$defs"] if name.endswith("Interval")]
    interval = SCHEMA["$defs"][name]
    assert interval["description"] == "Something that comes again."
    properties = interval["properties"]
    assert properties["interval"]["description"] == "how long to wait"
    assert "1h30m" in properties["interval"]["anyOf"][0]["examples"]
    defaults = {name: each["default"] for name, each in properties.items() if "default" in each}
    assert defaults == {
        "processor": None,
        "jitter": 0.5,
        "tags": ["a"],
        "path": "x",
        "code": "x: x",
        "inner": None,
    }
    step = SCHEMA["$defs"]["step"]["anyOf"][2]["properties"]["parse-datetime"]
    assert step["description"] == "Turn text into a time.\n\ngiven: a"


def test_limits_reach_the_editor() -> None:
    assert Between(low=1).narrow({"type": "integer"}) == {"type": "integer", "minimum": 1}
    assert not valid(json_schema_of(Port), 65536)
    assert valid(json_schema_of(Endpoint), 65535)
