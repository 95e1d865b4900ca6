"""Which type has which form."""

from __future__ import annotations

import collections.abc
import re
import traceback
import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from piped.conf.nodes import Mapping, Node, Scalar, Sequence
from piped.options.choices import enum_form, literal_form, union_form
from piped.options.constraints import Constraint, constrained
from piped.options.containers import list_form, mapping_form, set_form, tuple_form
from piped.options.findings import Findings
from piped.options.form import Form
from piped.options.records import Fields, record_form
from piped.options.scalars import (
    ANYTHING,
    BOOLEAN,
    BYTES,
    INTEGER,
    NOTHING,
    NUMBER,
    PATH,
    PATTERN,
    SECRET,
    TEXT,
    ZONE,
)
from piped.options.schema import Schema, SignatureError
from piped.options.wording import about
from piped.paths import BatonPath
from piped.problems import Kind
from piped.secret import Secret

__all__ = ["describe_type", "fields_of", "form_of"]

_PLAIN: dict[Any, Form] = {
    int: INTEGER,
    float: NUMBER,
    bool: BOOLEAN,
    str: TEXT,
    bytes: BYTES,
    None: NOTHING,
    types.NoneType: NOTHING,
    Any: ANYTHING,
    object: ANYTHING,
    Path: PATH,
    re.Pattern: PATTERN,
    Secret: SECRET,
}
# Types whose modules are not imported for the sake of a comparison.
_BY_NAME = {"zoneinfo.ZoneInfo": ZONE}


@cache
def fields_of(schema: Schema) -> Fields:
    """The options of a schema, ready to be read."""
    return Fields(schema, form_of)


def describe_type(type_: Any) -> str:
    """The type in short words for people: "list of text"."""
    return form_of(type_).words


def form_of(type_: Any) -> Form:
    """The form of a type. Raises SignatureError for a type that no configuration can have."""
    # Only classes are kept: `int | str` equals `str | int`, but does not read alike.
    origin = typing.get_origin(type_)
    if origin is not None:
        return _form_of_generic(type_, origin, typing.get_args(type_))
    if isinstance(type_, type) or type_ is None or type_ is Any:
        return _form_of_class(type_)
    if isinstance(type_, typing.NewType):
        return form_of(type_.__supertype__)
    if hasattr(type_, "__value__"):  # the alias of a `type` statement
        return form_of(type_.__value__)
    raise _unknown(type_)


@cache
def _form_of_class(cls: Any) -> Form:
    if cls in _PLAIN:
        return _PLAIN[cls]
    if cls in _GENERIC:
        return _GENERIC[cls](())
    if hasattr(cls, "from_node"):
        return _own_form(cls)
    if issubclass(cls, Enum):
        return enum_form(cls)
    if hasattr(cls, "__dataclass_fields__"):
        return record_form(cls, fields_of)
    by_name = _BY_NAME.get(f"{cls.__module__}.{cls.__qualname__}")
    if by_name is None:
        raise _unknown(cls)
    return by_name


def _form_of_generic(type_: Any, origin: Any, arguments: tuple[Any, ...]) -> Form:
    if origin is typing.Annotated:
        return _annotated_form(arguments[0], type_.__metadata__)
    if origin is typing.Literal:
        return literal_form(arguments)
    if origin in {typing.Union, types.UnionType}:
        return union_form([form_of(each) for each in arguments])
    if origin is re.Pattern and arguments == (str,):
        return PATTERN
    if origin in _GENERIC:
        return _GENERIC[origin](arguments)
    raise _unknown(type_)


def _annotated_form(type_: Any, marks: tuple[Any, ...]) -> Form:
    form = next((mark for mark in reversed(marks) if isinstance(mark, Form)), None) or form_of(
        type_
    )
    for mark in marks:
        if isinstance(mark, Constraint):
            form = constrained(form, mark)
    return form


def _item_form(arguments: tuple[Any, ...]) -> Form:
    return form_of(arguments[0] if arguments else Any)


def _tuple_form(arguments: tuple[Any, ...]) -> Form:
    if not arguments:
        return list_form(ANYTHING, tuple)
    if arguments[-1] is Ellipsis:
        return list_form(form_of(arguments[0]), tuple)
    # The arguments of the empty tuple `tuple[()]` and of a bare `tuple` look alike.
    return tuple_form([form_of(each) for each in arguments])


def _mapping_form(arguments: tuple[Any, ...]) -> Form:
    key, value = arguments or (Any, Any)
    return mapping_form(form_of(key), form_of(value))


_GENERIC: dict[Any, Callable[[tuple[Any, ...]], Form]] = {
    list: lambda arguments: list_form(_item_form(arguments)),
    collections.abc.Sequence: lambda arguments: list_form(_item_form(arguments)),
    tuple: _tuple_form,
    set: lambda arguments: set_form(_item_form(arguments), set),
    frozenset: lambda arguments: set_form(_item_form(arguments), frozenset),
    dict: _mapping_form,
    collections.abc.Mapping: _mapping_form,
}


def _own_form(cls: Any) -> Form:
    """The form of a class that reads itself: `from_node(node, check)`, `json_schema()`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).lower()

    def read(node: Node, findings: Findings, what: str) -> Any:
        if findings.dynamic and isinstance(node, Scalar) and isinstance(node.value, BatonPath):
            return node.value
        outer, findings.what = findings.what, what
        try:
            return cls.from_node(node, findings)
        except Exception as error:  # noqa: BLE001 - a plugin's code; what it raises is a problem of its own
            return _broken(cls, error, node, findings)
        finally:
            findings.what = outer

    takes = (Scalar, Sequence, Mapping)
    return Form(words, f"a {words}", read, lambda _: dict(cls.json_schema()), takes)


def _broken(cls: type, error: Exception, node: Node, findings: Findings) -> Any:
    if isinstance(error, ValueError):
        return findings.problem(Kind.WRONG_VALUE, node, about(findings.what, str(error)))
    message = about(findings.what, f"{cls.__module__}.{cls.__qualname__} failed to read this")
    detail = "".join(traceback.format_exception(error))
    return findings.problem(Kind.BROKEN_PLUGIN, node, message, detail=detail)


def _unknown(type_: Any) -> SignatureError:
    return SignatureError(f"no value of a configuration can become {type_!r}")
