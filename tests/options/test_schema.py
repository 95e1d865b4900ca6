"""Signatures as schemas."""

from __future__ import annotations

import functools
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from piped.options import Duration, Option, Schema, SignatureError, schema_of
from piped.options.schema import REQUIRED

if TYPE_CHECKING:
    from decimal import Decimal


class Processor:
    def __init__(self, *, node_name: str | None = None) -> None:
        """node_name: as diagrams show it"""


class InputOutput(Processor):
    def __init__(self, *, input_path: str = "", output_path: str | None = None, **kw: Any) -> None:
        super().__init__(**kw)


class Mixin:
    """Comes between, without an `__init__`."""


class Parser(Mixin, InputOutput):
    """Turn text into a time.

    As Python does.

    Example::

        given: a
    """

    name = "parse-datetime"

    def __init__(self, *args: Any, format_string: str, lambda_: str = "x", **paths: object) -> None:
        """
        format_string: as `strptime` has it
        lambda: what to do
        """


class Old:
    def __init__(self, path, retries=3, **kw):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN204 - as one of 2011
        self.kw = kw


class Older(Old):
    def __init__(self, client, **kw):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN204 - as one of 2011
        super().__init__(**kw)


@dataclass
class Base:
    """Something.

    name: what it is called
    """

    name: str


@dataclass
class Settings(Base):
    """The settings.

    interval: how long to wait
    """

    interval: Duration = 1.5
    tags: list[str] = field(default_factory=list)
    hidden: int = field(default=0, init=False)
    start: InitVar[bool] = True


@dataclass
class Bare:
    a: int


def shout(text: str, *, marks: int = 1) -> str:
    """Upper-case a text.

    marks: how many follow
    """
    return text.upper() + "!" * marks


def options(schema: Schema) -> dict[str, tuple[Any, Any, str]]:
    return {option.name: (option.type, option.default, option.help) for option in schema.options}


def test_a_class_and_those_that_its_keywords_go_on_to() -> None:
    schema = schema_of(Parser)
    assert options(schema) == {
        "format_string": (str, REQUIRED, "as `strptime` has it"),
        "lambda": (str, "x", "what to do"),
        "input_path": (str, "", ""),
        "output_path": (str | None, None, ""),
        "node_name": (str | None, None, "as diagrams show it"),
    }
    assert [option.inherited for option in schema.options] == [False, False, True, True, True]
    assert [option.parameter for option in schema.options][1] == "lambda_"
    assert [option.required for option in schema.options] == [True, False, False, False, False]
    assert not schema.open


def test_what_a_class_says_of_itself() -> None:
    schema = schema_of(Parser)
    assert (schema.name, schema.summary) == ("parse-datetime", "Turn text into a time.")
    assert (schema.description, schema.example) == ("As Python does.", "given: a")


def test_keywords_that_go_nowhere_are_let_through() -> None:
    schema = schema_of(Older)
    assert options(schema) == {
        "client": (Any, REQUIRED, ""),
        "path": (Any, REQUIRED, ""),
        "retries": (Any, 3, ""),
    }
    assert schema.open


class Plain:
    pass


class Failure(Exception):
    pass


def test_a_class_without_a_constructor() -> None:
    assert schema_of(Plain).options == ()
    assert not schema_of(Plain).open
    assert schema_of(Failure).open


def test_a_dataclass_and_its_bases() -> None:
    schema = schema_of(Settings)
    assert options(schema) == {
        "name": (str, REQUIRED, "what it is called"),
        "interval": (Duration, 1.5, "how long to wait"),
        "tags": (list[str], [], ""),
        "start": (bool, True, ""),
    }
    assert (schema.name, schema.summary) == ("Settings", "The settings.")


def test_the_signature_that_python_writes_as_docstring_says_nothing() -> None:
    assert schema_of(Bare).summary == ""


def test_a_function_without_its_baton() -> None:
    schema = schema_of(shout, skip=1)
    assert options(schema) == {"marks": (int, 1, "how many follow")}
    assert (schema.name, schema.summary) == ("shout", "Upper-case a text.")


def test_a_wrapped_function_is_read_as_what_it_wraps() -> None:
    @functools.wraps(shout)
    def wrapper(*args: Any, **kw: Any) -> Any:
        return shout(*args, **kw)

    assert options(schema_of(wrapper, skip=1)) == {"marks": (int, 1, "how many follow")}


def test_a_schema_is_read_once() -> None:
    assert schema_of(Parser) is schema_of(Parser)


class Unresolved:
    def __init__(self, *, a: int, amount: Decimal) -> None: ...


@dataclass
class UnresolvedField:
    amount: Decimal


def positional(baton: object, a: int, /) -> None: ...


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (Unresolved, "the type of 'amount' of .*Unresolved.__init__ .*: name 'Decimal' is not def"),
        (UnresolvedField, "a field of .*UnresolvedField .*: name 'Decimal' is not defined"),
        (positional, "positional takes 'a' by position only"),
        (type("Odd", (), {"__call__": None})(), "has no signature"),
    ],
)
def test_a_signature_that_cannot_be_read_says_why(factory: Any, message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        schema_of(factory, **({"skip": 1} if factory is positional else {}))


def test_an_option_knows_its_parameter() -> None:
    option = Option("lambda", str, REQUIRED, required=True, help="", parameter="lambda_")
    assert schema_of(shout, skip=1).options[0] != option
