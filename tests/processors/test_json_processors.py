"""JSON, read and written."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xmlrpc.client import DateTime

import pytest
from hypothesis import given, strategies
from twisted.internet.defer import succeed
from twisted.python.filepath import FilePath

from piped.exceptions import UnfitBaton
from piped.processors.json_encoders import BatonJSONEncoder, PipedJSONEncoder
from piped.processors.json_processors import DecodeJson, EncodeJson, EncodeJsonp
from tests.processors.trying import complaint, result

anything = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | strategies.text(),
    lambda each: strategies.lists(each) | strategies.dictionaries(strategies.text(), each),
    max_leaves=10,
)


class Later:
    """A request whose body is still to come."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self) -> Any:
        return succeed(self._text)


class Engine:
    def __json__(self) -> dict[str, int]:
        return {"engine": 7}


class Sorted(json.JSONEncoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"sort_keys": True})


class Exact(json.JSONDecoder):
    def __init__(self) -> None:
        super().__init__(parse_float=str)


@given(anything, strategies.sampled_from([None, 0, 2]))
def test_what_was_written_can_be_read(value: Any, indent: int | None) -> None:
    text = EncodeJson(indent=indent).process(value)
    assert DecodeJson().process(text) == value
    assert DecodeJson().process(text.encode()) == value


@given(anything)
def test_a_call_has_json_between_its_brackets(value: Any) -> None:
    text = EncodeJsonp(callback="a.b").process(value)
    assert json.loads(text.removeprefix("a.b(").removesuffix(")")) == value


@pytest.mark.parametrize("source", [io.StringIO("[1]"), io.BytesIO(b"[1]"), Later("[1]")])
def test_what_can_be_read_from_is_read(source: Any) -> None:
    assert result("decode-json", source) == [1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2017, 3, 9, 10, 30, 1, 999), "2017-03-09 10:30:01"),  # noqa: DTZ001 - of no zone
        (datetime(2017, 3, 9, 10, 30, tzinfo=UTC), "2017-03-09 10:30:00+00:00"),
        (date(2017, 3, 9), "2017-03-09"),
        (DateTime("20170309T10:30:00"), "2017-03-09 10:30:00"),
        (Path("/a/b"), "/a/b"),
        (FilePath("/a/b"), "/a/b"),
        (FilePath(b"/a/b"), "/a/b"),
        (Engine(), {"engine": 7}),
    ],
)
@pytest.mark.parametrize("encoder", [PipedJSONEncoder, BatonJSONEncoder])
def test_what_json_lacks(encoder: type[json.JSONEncoder], value: Any, text: str) -> None:
    assert json.loads(json.dumps([value], cls=encoder)) == [text]


def test_a_baton_can_always_be_written() -> None:
    assert json.loads(json.dumps({"a": {1}}, cls=BatonJSONEncoder)) == {"a": "{1}"}


def test_one_may_bring_an_encoder_and_a_decoder() -> None:
    steps = f"encode-json: {{encoder: {__name__}.Sorted}}"
    assert result(steps, {"b": 1, "a": 2}) == '{"a": 2, "b": 1}'
    assert result(f"decode-json: {{decoder: {__name__}.Exact}}", "1.10") == "1.10"


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        ("show", "show(1)"),
        (["show", "other"], "show(1)"),
        ([b"show"], "show(1)"),
        ("angular.callbacks._0", "angular.callbacks._0(1)"),
        ("$.cb[12]", "$.cb[12](1)"),
        ("", "1"),
        ([], "1"),
        (None, "1"),
    ],
)
def test_callbacks(callback: Any, text: str) -> None:
    baton = {"n": 1, "callback": callback}
    assert result("encode-jsonp: {input_path: n}", baton)["n"] == text


def test_the_name_of_the_callback_may_be_written_down_or_elsewhere() -> None:
    assert result("encode-jsonp: {callback: show}", 1) == "show(1)"
    steps = "encode-jsonp: {callback: !path args.cb, input_path: n}"
    assert result(steps, {"n": 1, "args": {"cb": "show"}})["n"] == "show(1)"


@pytest.mark.parametrize(
    "callback", ["alert(1)//", "a b", "1a", "a.", "a[b]", "a\n", "é", b"\xff", 7, "a;b", {"a": 1}]
)
def test_a_name_that_could_be_a_program_is_unfit(callback: Any) -> None:
    with pytest.raises(UnfitBaton, match="is no name of a callback"):
        result("encode-jsonp: {input_path: n}", {"n": 1, "callback": callback})


def test_a_name_may_be_needed() -> None:
    with pytest.raises(UnfitBaton, match="there is no name of a callback"):
        result("encode-jsonp: {fallback_to_json: false}", {})


def deep() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("step", "baton", "complaint"),
    [
        ("decode-json", "{", "the input is no JSON: Expecting property name"),
        ("decode-json", "", "the input is no JSON: Expecting value"),
        ("decode-json", b"\xff", "the input is no JSON: .*utf-8"),
        ("decode-json", "[" * 100_000, "the input is no JSON: maximum recursion"),
        ("decode-json", 7, "the input is no JSON: the JSON object must be"),
        ("encode-json", {"a": object()}, "Object of type object is not JSON serializable"),
        ("encode-json", deep(), "Circular reference"),
        ("encode-json", float("nan"), "Out of range float values"),
        ("encode-json", {(1, 2): 3}, "keys must be str"),
    ],
)
def test_what_is_no_json_is_unfit(step: str, baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result(step, baton)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("decode-json: {decoder: json.JSONDecode}", "decoder is 'json.JSONDecode', which is not"),
        ("decode-json: {decoder: json.JSONEncoder}", "which is no JSONDecoder"),
        ("encode-json: {encoder: json.dumps}", "which is no JSONEncoder"),
        ("encode-json: {encoder: !path a}", "encoder cannot be taken from the baton"),
        ("encode-json: {indent: two}", "encode-json.indent: expected"),
        ("encode-jsonp: {callback: alert(1)}", "'alert(1)' is no name of a callback"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
