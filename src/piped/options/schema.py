"""A signature and a docstring, read as the schema of the options that a plugin takes.

The rules:

1. A parameter is an option; a trailing underscore is dropped (`lambda_` is the option `lambda`).
2. `**kwargs` of an `__init__` go on in the next class of the MRO that defines one. Where they end
   in none whose parameters are known, any option is let through.
3. `*args` and what has no type say nothing; what has no type may be anything.
4. Help comes from the docstring of `__init__`, of a dataclass, or of a function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, InitVar, dataclass, fields, is_dataclass, replace
from functools import cache
from types import FunctionType, SimpleNamespace
from typing import Any, get_type_hints

from piped.options.docstring import Docstring, parse_docstring

__all__ = ["REQUIRED", "Option", "Schema", "SignatureError", "schema_of"]


class SignatureError(TypeError):
    """A signature that cannot be read as options."""


# The default of an option that has none.
REQUIRED = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a plugin."""

    name: str
    type: Any
    default: Any
    required: bool
    help: str
    parameter: str  # its name in Python
    inherited: bool = False  # it is reached through `**kwargs`


@dataclass(frozen=True, eq=False)
class Schema:
    """What options there are."""

    name: str
    summary: str
    description: str
    options: tuple[Option, ...]
    example: str | None = None
    open: bool = False  # options that are not known are let through


@cache
def schema_of(factory: Callable[..., Any], *, skip: int = 0) -> Schema:
    """The schema of what `factory` takes as keywords.

    `skip` is the number of a function's first parameters that are no options.
    """
    if isinstance(factory, type) and _is_own_dataclass(factory):
        return _schema_of_dataclass(factory)
    if isinstance(factory, type):
        return _schema_of_class(factory)
    options, more = _options(factory, skip)
    doc = parse_docstring(factory.__doc__, _names(options))
    return _schema(factory, doc, _with_help(options, doc), is_open=more)


def _schema(factory: Any, doc: Docstring, options: list[Option], *, is_open: bool) -> Schema:
    name = _name(factory)
    return Schema(name, doc.summary, doc.description, tuple(options), doc.example, is_open)


def _name(factory: Any) -> str:
    name = None if is_dataclass(factory) else getattr(factory, "name", None)
    return name if isinstance(name, str) else getattr(factory, "__name__", repr(factory))


def _is_own_dataclass(cls: type) -> bool:
    parameters = vars(cls).get("__dataclass_params__")
    return parameters is not None and parameters.init


def _schema_of_dataclass(cls: type) -> Schema:
    options, more = _options(cls.__init__, 1, owner=cls)  # type: ignore[misc]  # of this very class
    factories = {
        each.name: each.default_factory
        for each in fields(cls)
        if each.default_factory is not MISSING
    }
    options = [
        replace(option, default=factories[option.parameter]())
        if option.parameter in factories
        else option
        for option in options
    ]
    # A dataclass inherits the fields of its bases, and so their help.
    for base in reversed(cls.__mro__):
        doc = parse_docstring(_written_docstring(base), _names(options))
        options = _with_help(options, doc)
    return _schema(cls, doc, options, is_open=more)


def _written_docstring(cls: type) -> str | None:
    """The docstring, unless it is only the signature that `dataclass` puts there."""
    text = vars(cls).get("__doc__")
    return None if text is None or text.startswith(f"{cls.__name__}(") else text


def _schema_of_class(cls: type) -> Schema:
    options: dict[str, Option] = {}
    constructors = list(_constructors(cls))
    # A class without any `__init__` takes nothing; with one that is not Python's, who knows.
    is_open = not constructors and cls.__init__ is not object.__init__  # type: ignore[misc]  # of this very class
    for depth, function in enumerate(constructors):
        found, is_open = _options(function, 1)
        doc = parse_docstring(function.__doc__, _names(found))
        for option in _with_help(found, doc):
            options.setdefault(option.name, replace(option, inherited=depth > 0))
        if not is_open:
            break
    doc = parse_docstring(cls.__doc__, ())
    return _schema(cls, doc, list(options.values()), is_open=is_open)


def _constructors(cls: type) -> Iterator[Callable[..., Any]]:
    """The `__init__` of each class that has its own, up to the first that is not Python."""
    for base in cls.__mro__:
        function = vars(base).get("__init__")
        if function is not None:
            if not isinstance(function, FunctionType):
                return
            yield function


def _options(
    function: Callable[..., Any], skip: int, owner: type | None = None
) -> tuple[list[Option], bool]:
    """The options of one signature, and whether it takes more of them."""
    parameters = _parameters(function)
    more = any(each.kind is each.VAR_KEYWORD for each in parameters)
    named = [
        each for each in parameters if each.kind not in {each.VAR_KEYWORD, each.VAR_POSITIONAL}
    ]
    hints = _types(owner) if owner else {}
    return [_option(function, each, hints) for each in named[skip:]], more


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise SignatureError(f"{_title(function)} has no signature: {error}") from error
    except NameError as error:  # where Python reads annotations only when asked for them
        raise SignatureError(_unresolved(function, "a parameter", error)) from error


def _option(
    function: Callable[..., Any], parameter: inspect.Parameter, hints: dict[str, Any]
) -> Option:
    name = parameter.name
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise SignatureError(f"{_title(function)} takes {name!r} by position only")
    type_ = hints[name] if name in hints else _type(function, parameter)
    required = parameter.default is REQUIRED
    return Option(name.removesuffix("_") or name, type_, parameter.default, required, "", name)


def _type(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """The type of a parameter. Each for itself, so that an error can say which."""
    if parameter.annotation is parameter.empty:
        return Any
    holder = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    variables = getattr(inspect.unwrap(function), "__globals__", {})
    try:
        return get_type_hints(holder, variables, include_extras=True)[parameter.name]
    except Exception as error:  # an annotation is any expression, and may fail in any way
        raise SignatureError(_unresolved(function, repr(parameter.name), error)) from error


def _types(cls: type) -> dict[str, Any]:
    """The types of the fields, each seen from the module of the class that has it."""
    try:
        hints = get_type_hints(cls, include_extras=True)
    except Exception as error:  # see `_type`
        raise SignatureError(_unresolved(cls, "a field", error)) from error
    return {name: hint.type if isinstance(hint, InitVar) else hint for name, hint in hints.items()}


def _unresolved(function: Any, what: str, error: Exception) -> str:
    return f"the type of {what} of {_title(function)} cannot be resolved: {error}"


def _title(function: Any) -> str:
    name = getattr(function, "__qualname__", repr(function))
    return f"{getattr(function, '__module__', '')}.{name}".lstrip(".")


def _names(options: list[Option]) -> set[str]:
    return {name for option in options for name in (option.name, option.parameter)}


def _with_help(options: list[Option], doc: Docstring) -> list[Option]:
    return [
        replace(
            option, help=doc.help.get(option.parameter) or doc.help.get(option.name, option.help)
        )
        for option in options
    ]
