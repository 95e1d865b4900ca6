"""The JSON Schema (draft 2020-12) of types, and of a whole configuration, for editors.

An editor does not see what becomes of a variable or a tag. So a text with `${` in it is allowed
everywhere; in a whole file, so are a name in capitals, which may be an `!env`, and in the options
of a processor a key path, which may be a `!path`; and the mappings that `!env`, `!secret` and
`!parameter` take.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piped.options.convert import fields_of, form_of
from piped.options.form import VARIABLE, Definitions, Json
from piped.options.schema import Schema

__all__ = ["json_schema", "json_schema_of"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
# What stands behind a tag: nothing (`!alias:a.b`), or the name of a variable.
_IN_A_FILE = rf"{VARIABLE}|^$|^[A-Z][A-Z0-9_]*$"
_IN_A_PROCESSOR = rf"{_IN_A_FILE}|^[^\W\d][\w-]*(\.[\w-]+)*$"
_NAMED = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "default": {}},
    "required": ["name"],
    "additionalProperties": False,
}
_KEPT_ELSEWHERE = {
    "type": "object",
    "properties": {"env": {"type": "string"}, "file": {"type": "string"}},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
_TAGGED = {"anyOf": [_NAMED, _KEPT_ELSEWHERE]}

# A step may carry these beside the name of its processor.
_WIRING = ("consumers", "chained_consumers", "error_consumers", "chained_error_consumers")
_STEP = "#/$defs/step"
_A_TUBE = {"$ref": "#/$defs/tube"}
_A_DRAIN = {"$ref": "#/$defs/drain"}
_A_BRANCH = {"anyOf": [_A_TUBE, {"const": "best-effort"}]}


def json_schema_of(type_: Any) -> Json:
    """The schema of a value of that type."""
    definitions = Definitions()
    schema = definitions.of(form_of(type_))
    return {**schema, "$defs": definitions.known} if definitions.known else schema


def json_schema(
    sections: Mapping[str, Any],
    processors: Mapping[str, Schema],
    *,
    title: str = "piped",
    properties: Mapping[str, Json] | None = None,
    of_pipelines: Schema | None = None,
    parts: Mapping[str, Mapping[str, str]] | None = None,
) -> Json:
    """The schema of a whole file.

    `sections` are types by key path; `properties` are schemas of keys that no provider reads;
    `of_pipelines` are the options that a pipeline may have beside its steps; `parts` the names of
    the parts that flows may have, by what they are, and what they do.
    """
    settings = Definitions(_IN_A_FILE, tagged=_TAGGED)
    options = Definitions(_IN_A_PROCESSOR, "-of-a-step", _TAGGED)
    root: Json = {"type": "object", "properties": dict(properties or {})}
    for path, type_ in sorted(sections.items()):
        _place(root, path, settings.of(form_of(type_)))
    root["properties"].setdefault("pipelines", {"$ref": "#/$defs/pipelines"})
    root["properties"].setdefault("runmodes", {"additionalProperties": {"$ref": "#"}})
    beside = fields_of(of_pipelines).json(settings)["properties"] if of_pipelines else {}
    pipelines = _pipelines(processors, options, beside)
    definitions = {**settings.known, **options.known, **pipelines, **_parts(parts or {})}
    return {"$schema": _DRAFT, "title": title, **root, "$defs": definitions}


def _parts(parts: Mapping[str, Mapping[str, str]]) -> Json:
    """What stands where a part of a flow does: its name, or its name with its options."""
    found: Json = {}
    for kind, names in parts.items():
        known: Json = {name: {"description": text} for name, text in sorted(names.items())}
        words: Json = {"anyOf": [{"enum": sorted(names)}, {"pattern": _IN_A_FILE}]}
        if kind == "tube":
            branch = {"anyOf": [_A_TUBE, {"type": "array", "items": _A_BRANCH}]}
            known["parallel"] = {"anyOf": [_A_TUBE, {"type": "array", "items": branch}]}
            known["split"] = _split(branch)
        elif kind == "drain":
            several = {"type": "array", "items": {"anyOf": [*_A_BRANCH["anyOf"], _A_DRAIN]}}
            known["split"] = _split({"anyOf": [_A_DRAIN, several]})
        with_options = {
            "type": "object",
            "properties": known,
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        found[kind] = {"anyOf": [{"type": "string", **words}, with_options]}
    return found


def _split(branch: Json) -> Json:
    """What a `split` has: what chooses, the branch of each key, and one for all others."""
    into = {"type": "object", "additionalProperties": branch, "minProperties": 1}
    return {
        "type": "object",
        "properties": {"by": {"type": "string"}, "into": into, "otherwise": branch},
        "required": ["by", "into"],
        "additionalProperties": False,
    }


def _place(root: Json, path: str, schema: Json) -> None:
    """Put the schema of a section where its key path leads, beside what is already there."""
    inner = root
    for key in path.split("."):
        inner.setdefault("properties", {})
        inner = inner["properties"].setdefault(key, {})
    inner.update({"title": path, **schema, **inner})


def _pipelines(processors: Mapping[str, Schema], options: Definitions, beside: Json) -> Json:
    steps = {"type": "array", "items": {"$ref": _STEP}}
    pipeline = {"$ref": "#/$defs/pipeline"}
    wiring = {name: {"$ref": "#/$defs/steps"} for name in _WIRING}
    own = {**wiring, "inherits": {"type": "string"}, "overrides": {"$ref": "#/$defs/steps"}}
    names = {"enum": sorted(processors)}
    return {
        "pipelines": {
            "description": "Pipelines by name; a mapping of pipelines gives them a dotted name.",
            "additionalProperties": pipeline,
        },
        "pipeline": {
            "anyOf": [
                {"$ref": "#/$defs/steps"},
                {
                    "type": "object",
                    # In a namespace, what is called like an option is a pipeline.
                    "if": {"anyOf": [{"required": [name]} for name in own]},
                    "then": {"properties": {**own, **beside}},
                    "else": {"properties": dict.fromkeys(beside, pipeline)},
                    "properties": dict.fromkeys([*own, *beside], True),
                    "additionalProperties": pipeline,
                },
                {"type": ["string", "null"]},
            ]
        },
        "steps": steps,
        "step": {"anyOf": [{**names}, _VARIABLE_STEP, _step(processors, options, wiring)]},
    }


_VARIABLE_STEP = {"type": "string", "pattern": VARIABLE}


_ID: Json = {"type": ["string", "integer"]}


def _step(processors: Mapping[str, Schema], options: Definitions, wiring: Json) -> Json:
    inside = {**wiring, "id": _ID}
    known = {name: _options(schema, options, inside) for name, schema in sorted(processors.items())}
    reserved: Json = {
        "__processor__": {"enum": sorted(processors)},
        "inline-pipeline": _named("pipeline", {"with": {"type": ["object", "null"]}, **inside}),
        "existing": _ID,
    }
    whats = [_does(name, schema) for name, schema in sorted(processors.items())]
    whats += [{"required": [key]} for key in reserved]
    return {"type": "object", "properties": {**known, **reserved, **inside}, "anyOf": whats}


def _named(key: str, inside: Json) -> Json:
    """A name, or a mapping of `key` to it."""
    properties = {key: {"type": "string"}, **inside}
    mapping = {"type": "object", "properties": properties, "required": [key]}
    return {"anyOf": [{"type": "string"}, mapping]}


def _does(name: str, schema: Schema) -> Json:
    """That a step has the processor of that name. What it needs may stand beside the name, too."""
    needed = [option.name for option in schema.options if option.required]
    if not needed:
        return {"required": [name]}
    below = {"properties": {name: {"not": {"type": "null"}, "required": needed}}}
    beside = [{"required": [each]} for each in needed]
    return {"required": [name], "anyOf": [below, *beside]}


def _options(schema: Schema, definitions: Definitions, inside: Json) -> Json:
    """The options of a step, with its help and its example."""
    text = "\n\n".join(filter(None, [schema.summary, schema.description, schema.example]))
    own = fields_of(schema).json(definitions)
    own.pop("required", None)
    own |= {"type": ["object", "null"], "properties": {**inside, **own["properties"]}}
    options = definitions.or_variable(own)
    return options | ({"description": text} if text else {})
