"""How the section `tests` is read, where types alone do not say it: with places, and failures."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from piped import exceptions
from piped.conf.nodes import Mapping, Node, Scalar, Sequence
from piped.options.convert import form_of
from piped.options.findings import INVALID, Findings
from piped.options.form import Form, constant
from piped.options.scalars import ANYTHING, text_of
from piped.options.schema import schema_of
from piped.options.wording import about
from piped.problems import Kind, did_you_mean

__all__ = ["NOTHING", "Failing", "placed", "placed_by_name", "value_or"]


class _Nothing:
    """The type of `NOTHING`."""

    def __repr__(self) -> str:
        return "nothing"

    def __deepcopy__(self, memo: Any) -> _Nothing:
        return self


# What nobody has said; null is something.
NOTHING: Any = _Nothing()


def placed(type_: Callable[[], Any], words: str) -> Form:
    """Of a type that has a `place`: where it stands. The type may not be there yet."""

    def read(node: Node, findings: Findings, what: str) -> Any:
        value = form_of(type_()).read(node, findings, what)
        if value is not INVALID:
            value.place = node.origin.place
        return value

    return Form(words, f"a {words}", read, lambda each: form_of(type_()).schema(each), (Mapping,))


def placed_by_name(type_: Any, words: str) -> Form:
    """Of a mapping to values that have a `place`: where the name stands."""
    form = form_of(type_)

    def read(node: Node, findings: Findings, what: str) -> Any:
        values = form.read(node, findings, what)
        if values is not INVALID and isinstance(node, Mapping):
            for entry, value in zip(node.entries.values(), values.values(), strict=True):
                value.place = entry.key_place
        return values

    return Form(words, f"a {words}", read, form.schema, (Mapping,))


def value_or(type_: Callable[[], Any], value_of: Callable[[Any], Any], words: str) -> Form:
    """An instance of a type, if all keys are options of it; of anything else, what it is."""

    def read(node: Node, findings: Findings, what: str) -> Any:
        options = {option.name for option in schema_of(type_()).options}
        if isinstance(node, Mapping) and node.entries and options >= node.entries.keys():
            return form_of(type_()).read(node, findings, what)
        value = ANYTHING.read(node, findings, what)
        return value if value is INVALID else value_of(value)

    return Form(words, f"a {words}", read, constant({}), (Scalar, Sequence, Mapping))


@dataclass(frozen=True)
class Failing:
    """An exception, ready to be raised: `KeyError`, or `KeyError: the message`."""

    type: type[Exception]
    message: str

    def failure(self) -> Exception:
        """A new one. Some cannot be made without a message."""
        if not self.message:
            with suppress(TypeError):
                return self.type()
        return self.type(self.message)

    @classmethod
    def from_node(cls, node: Node, findings: Findings) -> Any:
        text = text_of(node)
        if text is None:
            return findings.unfit(node, findings.what, "the name of an exception, like KeyError")
        name, _, message = text.partition(":")
        found = _exception(name)
        if found is None:
            wrong = about(findings.what, f"there is no exception {name!r}{_meant(name)}")
            hint = "" if "mean" in wrong else "That of a module is written with its dotted name."
            return findings.problem(Kind.WRONG_VALUE, node, wrong, hint)
        failing = cls(found, message.strip())
        try:
            failing.failure()
        except Exception as error:  # noqa: BLE001 - an exception is made as its author likes
            wrong = about(findings.what, f"no {name} can be made of a message: {error}")
            return findings.problem(Kind.WRONG_VALUE, node, wrong, "Take another exception.")
        return failing

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string"}


def _exception(name: str) -> type[Exception] | None:
    module, _, attribute = name.rpartition(".")
    holders = [builtins, exceptions]
    if module:
        try:
            holders = [import_module(module)]
        except ImportError:
            return None
    for holder in holders:
        found = getattr(holder, attribute, None)
        if isinstance(found, type) and issubclass(found, Exception):
            return found
    return None


def _meant(name: str) -> str:
    known = {each for holder in (builtins, exceptions) for each in vars(holder)}
    return did_you_mean(name, sorted(each for each in known if _exception(each)))
