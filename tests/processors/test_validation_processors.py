"""What is looked at before it is used: by JSON Schema, by Pydantic, by FormEncode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field

from piped.exceptions import InvalidInput, InvalidRequest, UnfitRequest
from piped.testing import check_yaml, run_yaml
from tests.processors.trying import complaint, result
from tests.web.serving import serving

HERE = "tests.processors.test_validation_processors"
ORDER = """
  $schema: https://json-schema.org/draft/2020-12/schema
  type: object
  required: [name]
  additionalProperties: false
  properties:
    name: {type: string, minLength: 3}
    email: {type: string, format: email}
    engines: {type: array, items: {$ref: "#/$defs/engine"}}
  $defs:
    engine: {type: object, properties: {power: {type: [integer, "null"]}, kind: {enum: [a, b]}}}
"""


def step(schema: str = ORDER, options: str = "") -> str:
    indented = schema.replace("\n", "\n        ")
    return f"- validate-with-json-schema:\n    {options}\n    schema:{indented}\n"


def faults(steps: str, baton: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        run_yaml(steps, baton)
    return [(each["path"], each["message"]) for each in caught.value.faults]


def problems(text: str) -> list[str]:
    return [each.removeprefix("pipeline.yaml:") for each in check_yaml(text)]


# JSON Schema


def test_what_fits_goes_on_as_it_is() -> None:
    order = {"name": "Ada", "engines": [{"power": 3}, {"power": None}], "email": "ada@test"}
    [found] = run_yaml(step(), order)
    assert found is order


def test_all_that_is_wrong_is_said_with_its_path() -> None:
    order = {"name": "A", "engines": [{}, {"power": "3hp"}, {"kind": "c"}], "email": "ada", "x": 1}
    assert sorted(faults(step(), order)) == [
        ("", "Additional properties are not allowed ('x' was unexpected)"),
        ("email", 'it does not fit format: "email"'),
        ("engines.1.power", "it is no integer and no null"),
        ("engines.2.kind", 'it does not fit enum: ["a", "b"]'),
        ("name", "it does not fit minLength: 3"),
    ]


def test_what_a_client_sent_is_its_fault_unless_it_is_said_to_be_ours() -> None:
    with pytest.raises(InvalidRequest) as caught:
        run_yaml(step(), {})
    assert isinstance(caught.value, UnfitRequest)
    assert caught.value.status == 400
    with pytest.raises(InvalidRequest) as caught:
        run_yaml(step(options="status: 422"), {})
    assert caught.value.status == 422
    with pytest.raises(InvalidInput) as ours:
        run_yaml(step(options="status: null"), {})
    assert not isinstance(ours.value, UnfitRequest)


def test_the_first_few_faults_stand_in_the_message_and_no_more_than_a_hundred_are_looked_for() -> (
    None
):
    with pytest.raises(InvalidInput) as caught:
        run_yaml(step(" {items: {type: integer}}"), ["x"] * 1000)
    assert caught.value.msg == (
        "the input does not fit: 0: it is no integer; 1: it is no integer; 2: it is no integer; "
        "3: it is no integer; 4: it is no integer; and 95 more"
    )
    assert len(caught.value.faults) == 100


def test_no_value_of_the_input_is_told_since_it_may_be_a_password() -> None:
    schema = """
      properties:
        a: {minLength: 30}
        b: {pattern: "^x"}
        c: {const: other}
        d: {anyOf: [{maxLength: 1}, {pattern: "^x"}]}
        e: {not: {type: string}}
        f: {format: ipv4}
        g: false
        h: {items: {type: integer}, uniqueItems: true}
        i: {propertyNames: {maxLength: 3}}
        j: {oneOf: [{type: string}, {minLength: 1}]}
    """
    secret = "hunter2"
    baton = dict.fromkeys("abcdefgj", secret) | {"h": [secret, secret], "i": {secret: 1}}
    found = faults(step(schema), baton)
    assert {path.split(".")[0] for path, _ in found} == {"", *"abcdefhij"}
    assert secret not in str(found)


def test_of_several_alternatives_the_one_that_was_meant_is_told() -> None:
    schema = " {anyOf: [{type: 'null'}, {type: object, properties: {n: {type: integer}}}]}"
    assert faults(step(schema), {"n": "x"}) == [("n", "it is no integer")]


def test_an_input_that_is_not_there_does_not_pass_unless_it_may() -> None:
    steps = "- validate-with-json-schema: {schema: {type: object}, input_path: order}"
    assert faults(steps, {}) == [("", "it is no object")]
    steps = steps.replace("}, input", "}, skip_if_nonexistent: true, input")
    assert run_yaml(steps, {}) == [{}]


def test_what_is_nested_too_deeply_is_unfit() -> None:
    schema = ' {$ref: "#/$defs/a", $defs: {a: {items: {$ref: "#/$defs/a"}}}}'
    deep: Any = []
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(InvalidInput, match="too deeply"):
        run_yaml(step(schema), deep)
    while deep:  # Python would free it one within the other
        deep = deep[0]


def test_formats_may_be_left_alone() -> None:
    schema = " {format: ipv4}"
    assert faults(step(schema), "x") == [("", 'it does not fit format: "ipv4"')]
    assert run_yaml(step(schema, "formats: false"), "x") == ["x"]


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_schema_may_stand_in_a_file_and_refer_to_others(tmp_path: Path, suffix: str) -> None:
    whole = {"type": "object", "properties": {"a": {"$ref": "parts/b.json#/$defs/b"}}}
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "b.json").write_text('{"$defs": {"b": {"$ref": "c.json"}}}')
    (tmp_path / "parts" / "c.json").write_text('{"type": "integer"}')
    file = tmp_path / f"whole.{suffix}"
    file.write_text(json.dumps(whole) if suffix == "json" else json.dumps(whole).replace('"', "'"))
    steps = f"- validate-with-json-schema: {{schema: {file}}}"
    assert run_yaml(steps, {"a": 1}) == [{"a": 1}]
    assert faults(steps, {"a": "x"}) == [("a", "it is no integer")]


def test_a_file_may_be_json_that_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n\t"type":\t"integer",\n\t"title": "a\\/b"}')
    assert run_yaml(f"- validate-with-json-schema: {{schema: {tmp_path}/a.json}}", 1) == [1]


def test_properties_may_be_called_like_keywords() -> None:
    named = "{$id: {type: integer}, $ref: {type: integer}, $schema: {type: integer}, id: true}"
    schema = f" {{type: object, properties: {named}}}"
    assert run_yaml(step(schema), {"$id": 1, "$ref": 2}) == [{"$id": 1, "$ref": 2}]
    assert faults(step(schema), {"$ref": "x"}) == [("$ref", "it is no integer")]


@pytest.mark.parametrize(
    ("dialect", "address"),
    [
        ("http://json-schema.org/draft-04/schema#", "id"),
        ("http://json-schema.org/draft-07/schema#", "$id"),
        ("https://json-schema.org/draft/2020-12/schema", "$id"),
    ],
)
def test_parts_of_a_schema_may_have_addresses_of_their_own(dialect: str, address: str) -> None:
    schema = json.dumps(
        {
            "$schema": dialect,
            address: "http://test/whole.json",
            "definitions": {
                "part": {address: "part.json", "type": "integer"},
                "other": {address: "a/b.json", "items": {"$ref": "/part.json"}},
            },
            "properties": {"a": {"$ref": "part.json"}, "b": {"$ref": "#/definitions/other"}},
        }
    )
    assert faults(step(f" {schema}"), {"a": "x", "b": ["y"]}) == [
        ("a", "it is no integer"),
        ("b.0", "it is no integer"),
    ]


def test_no_file_is_read_when_a_baton_comes(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"$ref": "b.json"}')
    (tmp_path / "b.json").write_text('{"type": "integer"}')
    from tests.processors.trying import pipeline

    run = pipeline(f"validate-with-json-schema: {{schema: {tmp_path}/a.json}}").run
    (tmp_path / "b.json").unlink()
    assert run(1) == [1]


def test_a_schema_that_is_wrong_is_a_problem_at_its_place() -> None:
    schema = "\n  type: strin\n  properties:\n    a: {minLength: -1, pattern: '['}"
    found = problems(step(schema))
    found = sorted(found)
    assert [each.partition(": ")[0] for each in found] == ["4:17", "6:28", "6:41"]
    assert "'strin' is not one of" in found[0]
    assert "-1 is less than the minimum of 0" in found[1]
    assert "'[' is not a 'regex'" in found[2]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (" {$schema: 'https://test/x'}", "1.*nobody knows the dialect 'https://test/x'"),
        (" {properties: {1: {}}}", "the key 1 is no text"),
        (" {$ref: '#/$defs/x'}", "refers to '#/$defs/x', which is not there"),
        (" {items: {$ref: x.json}}", "'x.json', which is not there: it cannot be read: No such"),
        (" {$ref: 'http://127.0.0.1:1/x'}", "which is not there: it is not on this machine, and"),
        (" [1]", "expected a schema, or the path of a file with one, got a list"),
        (" 3", "expected a schema, or the path of a file with one, got 3"),
        (" nowhere.yaml", "'nowhere.yaml' cannot be read: No such file or directory"),
        (" ''", "'' cannot be read: Is a directory"),
        (" !path x", "schema cannot be taken from the baton by !path"),
    ],
)
def test_what_is_no_schema_is_a_problem(schema: str, said: str) -> None:
    [found] = problems(step(schema))
    assert found.startswith(("3:", "1:"))
    assert said.removeprefix("1.*") in found


def test_what_is_wrong_in_a_file_is_a_problem_at_its_place_there(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("type: object\nproperties:\n  a: {type: strin}\n")
    [found] = problems(f"- validate-with-json-schema: {{schema: {tmp_path}/a.yaml}}")
    assert found.startswith(f"{tmp_path}/a.yaml:3:")
    (tmp_path / "a.yaml").write_text("type: [object\n")
    assert any(
        "has no schema" in each
        for each in problems(f"- validate-with-json-schema: {{schema: {tmp_path}/a.yaml}}")
    )


def test_a_file_that_is_referred_to_and_is_no_schema_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"$ref": "b.json"}')
    for text, said in [
        ("{", "it is no JSON"),
        ('{"type": "strin"}', "it is no schema: type: "),
        ('{"$schema": "x"}', "it is of a dialect that nobody knows"),
    ]:
        (tmp_path / "b.json").write_text(text)
        [found] = problems(f"- validate-with-json-schema: {{schema: {tmp_path}/a.json}}")
        assert said in found


@pytest.mark.parametrize(
    ("accept", "said"),
    [
        ("text/html", "The input does not fit: &#x27;name&#x27; is a required property."),
        (
            "application/json",
            {
                "status": 400,
                "title": "Bad Request",
                "detail": "The input does not fit: 'name' is a required property.",
                "faults": [{"path": "", "message": "'name' is a required property"}],
            },
        ),
    ],
)
async def test_a_web_client_is_told_what_is_wrong(accept: str, said: Any) -> None:
    more = """
        pipelines:
          take:
            - extract-web-request-json
            - validate-with-json-schema: {input_path: json, schema: {required: [name]}}
    """
    sent = {"content-type": "application/json", "accept": accept}
    async with serving("__config__: {processor: pipeline.take}", more=more) as it:
        answer = await it.fetch("/", method="POST", body=b"{}", headers=sent)
    assert answer.code == 400
    if isinstance(said, str):
        assert said in answer.text
    else:
        assert json.loads(answer.text) == said


# Pydantic


class Engine(BaseModel):
    name: Annotated[str, Field(min_length=2)]
    power: int = 1


class Unknown(BaseModel):
    what: NobodyKnows  # type: ignore[name-defined]  # noqa: F821


def no_secret(value: str) -> str:
    raise ValueError("it is known")


class Login(BaseModel):
    password: Annotated[str, AfterValidator(no_secret)]


def pydantic(model: str, options: str = "") -> str:
    return f"- validate-with-pydantic: {{model: {HERE}.{model}{options}}}"


def test_a_model_is_made_or_what_it_comes_to() -> None:
    [found] = run_yaml(pydantic("Engine"), {"name": "analytical", "power": "3"})
    assert found == Engine(name="analytical", power=3)
    [found] = run_yaml(pydantic("Engine", ", dump: python"), {"name": "analytical"})
    assert found == {"name": "analytical", "power": 1}


def test_pydantic_names_all_faults_and_shows_no_values() -> None:
    assert faults(pydantic("Engine"), {"power": "hunter2"}) == [
        ("name", "Field required"),
        ("power", "Input should be a valid integer, unable to parse string as an integer"),
    ]
    assert faults(pydantic("Login"), {"password": "hunter2"}) == [
        ("password", "Value error, it is known")
    ]
    with pytest.raises(InvalidRequest) as caught:
        run_yaml(pydantic("Engine"), {"power": "hunter2"})
    assert caught.value.__cause__ is None  # which would be in the log, with its values


def test_pydantic_may_be_strict() -> None:
    assert faults(pydantic("Engine", ", strict: true"), {"name": "ab", "power": "3"}) == [
        ("power", "Input should be a valid integer")
    ]


def test_what_pydantic_cannot_use_is_a_problem() -> None:
    assert "which is not there" in complaint("validate-with-pydantic: {model: piped.nothing}")
    for name in ("os.path", "os.sep", f"{HERE}.HERE", f"{HERE}.Unknown"):
        assert "which Pydantic cannot use" in complaint(
            f"validate-with-pydantic: {{model: {name}}}"
        )


# FormEncode


def formencode_schema() -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from formencode import ForEach, Schema, validators

    class Order(Schema):  # type: ignore[misc]  # it has no types
        name = validators.String(not_empty=True)
        powers = ForEach(validators.Int())

    return Order


def __getattr__(name: str) -> Any:
    if name == "Order":
        return formencode_schema()
    raise AttributeError(name)


ORDERED = f"validate-with-formencode: {{schema: {HERE}.Order, input_path: a, output_path: b}}"


def test_formencode_converts() -> None:
    baton = result(ORDERED, {"a": {"name": "Ada", "powers": ["3", 4]}})
    assert baton["b"] == {"name": "Ada", "powers": [3, 4]}
    assert baton["a"]["powers"] == ["3", 4]


def test_formencode_names_all_faults() -> None:
    assert faults(f"- {ORDERED}", {"a": {"name": "", "powers": ["3", "x"]}}) == [
        ("name", "Please enter a value"),
        ("powers.1", "Please enter an integer value"),
    ]
    assert faults(f"- {ORDERED}", {"a": {}}) == [("name", "Missing value")]
    [(path, message)] = faults(f"- {ORDERED}", {"a": "Ada"})
    assert path == ""
    assert message.startswith("The input must be dict-like")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("formencode.validators.Nothing", "which is not there"),
        ("builtins.dict", "which is no validator of FormEncode"),
        ("builtins.range", "which cannot be made"),
    ],
)
def test_what_is_no_validator_is_a_problem(name: str, said: str) -> None:
    assert said in complaint(f"validate-with-formencode: {{schema: {name}}}")
