"""Look whether what is in a baton is what it should be."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any, Literal

from piped.exceptions import ConfigurationError
from piped.options import DottedName
from piped.processors.fixed import fixed, loaded
from piped.processors.json_schemas import JsonSchema, words_of
from piped.processors.validation import Fault, ValidatingProcessor

__all__ = ["ValidateWithFormencode", "ValidateWithJsonSchema", "ValidateWithPydantic"]

_TOO_DEEP = [((), "it is nested too deeply")]


class ValidateWithJsonSchema(ValidatingProcessor):
    """Look whether the input fits a JSON Schema; it goes on as it is.

    Example::

        pipeline:
            - validate-with-json-schema:
                input_path: engine
                schema: {type: object, required: [name], properties: {power: {type: integer}}}
        given: {engine: {name: difference engine, power: 3}}
        gives: {engine: {name: difference engine, power: 3}}
    """

    name = "validate-with-json-schema"
    requires = ("jsonschema",)
    extra = "jsonschema"

    def __init__(self, *, schema: JsonSchema, formats: bool = True, **validating: Any) -> None:
        """
        schema: the schema, or the path of a file that has it, as JSON or as YAML
        formats: whether `format` is looked at, as far as the library knows the format
        """
        super().__init__(**validating)
        self.schema = fixed("schema", schema)
        self._validator = self.schema.validator(formats=fixed("formats", formats))

    def process_input(self, input: Any, baton: Any) -> Any:
        del baton
        try:
            if not self._validator.is_valid(input):
                raise self.invalid(self._faults(input))
        except RecursionError:
            raise self.invalid(_TOO_DEEP) from None
        return input

    def _faults(self, input: Any) -> Iterator[Fault]:
        from jsonschema.exceptions import best_match

        for error in self._validator.iter_errors(input):
            # Of several alternatives, the one that was meant.
            meant = best_match([error]) or error
            yield list(meant.absolute_path), words_of(meant)


class ValidateWithPydantic(ValidatingProcessor):
    """Make a model of Pydantic of the input, or whatever else Pydantic knows to validate.

    Example::

        pipeline: [validate-with-pydantic: {model: ipaddress.IPv4Address, dump: json}]
        given: 192.0.2.7
        gives: 192.0.2.7
    """

    name = "validate-with-pydantic"
    requires = ("pydantic",)
    extra = "pydantic"

    def __init__(
        self,
        *,
        model: DottedName,
        dump: Literal["python", "json"] | None = None,
        strict: bool | None = None,
        **validating: Any,
    ) -> None:
        """
        model: the model, a dataclass, or another type
        dump: give a dictionary in place of the model: `python` keeps its values, with `json` they \
can be written as such
        strict: whether "3" is no number; the model says it if it is not given
        """
        super().__init__(**validating)
        self._adapter = _adapter_of(model)
        self.dump = fixed("dump", dump)
        self.strict = fixed("strict", strict)

    def process_input(self, input: Any, baton: Any) -> Any:
        from pydantic import ValidationError

        del baton
        try:
            made = self._adapter.validate_python(input, strict=self.strict)
        except ValidationError as error:
            told = error.errors(include_url=False, include_context=False, include_input=False)
            raise self.invalid((each["loc"], each["msg"]) for each in told) from None
        except RecursionError:
            raise self.invalid(_TOO_DEEP) from None
        return made if self.dump is None else self._adapter.dump_python(made, mode=self.dump)


def _adapter_of(model: DottedName) -> Any:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

    found = loaded("model", model)
    try:
        adapter = TypeAdapter(found)
        adapter.rebuild(raise_errors=True)  # what it could not know when it was made
        return adapter
    except (PydanticUserError, PydanticUndefinedAnnotation, SyntaxError) as error:
        why = re.split(r"\.? *\n|\. ", str(error))[0]
        hint = "A model derives from pydantic.BaseModel."
        raise ConfigurationError(
            f"model is {str(model)!r}, which Pydantic cannot use: {why}", hint=hint
        ) from error


class ValidateWithFormencode(ValidatingProcessor):
    """Convert the input by a schema, or another validator, of FormEncode.

    Example::

        pipeline:
            - validate-with-formencode:
                {schema: formencode.validators.Int, input_path: n, output_path: number}
        given: {n: "3"}
        gives: {n: "3", number: 3}
    """

    name = "validate-with-formencode"
    requires = ("formencode",)
    extra = "formencode"

    def __init__(self, *, schema: DottedName, **validating: Any) -> None:
        """schema: a class of validators, which is made once, or a validator"""
        super().__init__(**validating)
        self._schema = _made(schema)

    def process_input(self, input: Any, baton: Any) -> Any:
        from formencode import Invalid

        del baton
        try:
            return self._schema.to_python(input)
        except Invalid as invalid:
            raise self.invalid(_faults_in(invalid, ())) from None


def _made(schema: DottedName) -> Any:
    with warnings.catch_warnings():
        # It looks for a module of Python's that will be gone, and can do without.
        warnings.filterwarnings("ignore", "'cgi' is deprecated", DeprecationWarning)
        found = loaded("schema", schema)
    try:
        made = found() if isinstance(found, type) else found
    except TypeError as error:
        raise ConfigurationError(
            f"schema is {str(schema)!r}, which cannot be made: {error}"
        ) from error
    if not hasattr(made, "to_python"):
        raise ConfigurationError(f"schema is {str(schema)!r}, which is no validator of FormEncode")
    return made


def _faults_in(invalid: Any, path: tuple[Any, ...]) -> Iterator[Fault]:
    """Those within, or else it itself."""
    below = invalid.error_dict or dict(enumerate(invalid.error_list or ()))
    found = {key: each for key, each in below.items() if each is not None}
    if not found:
        yield path, invalid.msg
    for key, each in found.items():
        if isinstance(each, str):
            yield (*path, key), each
        else:
            yield from _faults_in(each, (*path, key))
