"""The forms of values of which there are a few: enumerations, literals, unions."""

from __future__ import annotations

from collections.abc import Sequence as AnySequence
from enum import Enum
from typing import Any

from piped.conf.nodes import Node, Scalar
from piped.options.findings import INVALID, Findings
from piped.options.form import Form, constant
from piped.options.scalars import ANYTHING, INTEGER, NOTHING, NUMBER
from piped.options.wording import listed, quoted
from piped.problems import Kind, Problem, did_you_mean

__all__ = ["enum_form", "literal_form", "union_form"]


def enum_form(type_: type[Enum]) -> Form:
    """A member, written as its value or else as its name."""
    by_name = {member.name: member for member in type_}
    by_value = {member.value: member for member in type_ if _is_plain(member.value)}
    return _choice_form({_key(word): member for word, member in (by_name | by_value).items()})


def literal_form(values: tuple[Any, ...]) -> Form:
    """One of the values themselves."""
    return _choice_form({_key(value): value for value in values})


def _is_plain(value: Any) -> bool:
    return value is None or type(value) in {str, int, float, bool}


def _key(value: Any) -> tuple[type, Any]:
    """1, 1.0 and true are equal in Python, but not the same."""
    return type(value), value


def _choice_form(choices: dict[tuple[type, Any], Any]) -> Form:
    words = [word for _, word in choices]
    some = f"one of {quoted(words)}" if len(words) > 1 else quoted(words)

    def read(node: Node, findings: Findings, what: str) -> Any:
        value = node.value if type(node) is Scalar else INVALID
        if type(value) in _PLAIN and _key(value) in choices:
            return choices[_key(value)]
        expected, kind = some, Kind.WRONG_TYPE
        if type(value) is str:
            expected, kind = some + did_you_mean(value, map(str, words)), Kind.WRONG_VALUE
        return findings.unfit(node, what, expected, kind=kind)

    return Form(some, some, read, constant({"enum": words}))


_PLAIN = {str, int, float, bool, type(None)}


def union_form(forms: AnySequence[Form]) -> Form:
    """Whichever of the forms fits, in their order: but what takes anything comes last."""
    others = [form for form in forms if form is not NOTHING]
    union = others[0] if len(others) == 1 else _Union(others).form
    return _optional(union) if NOTHING in forms else union


def _rank(form: Form) -> int:
    """A whole number fits a number, too, but should stay one."""
    return {INTEGER: 0, NUMBER: 2, ANYTHING: 3}.get(form, 1)


def _optional(form: Form) -> Form:
    read_value = form.read

    def read(node: Node, findings: Findings, what: str) -> Any:
        if type(node) is Scalar and node.value is None:
            return None
        return read_value(node, findings, what)

    return Form(
        f"{form.words} or null",
        f"{form.expected} or null",
        read,
        lambda definitions: {"anyOf": [form.schema(definitions), {"type": "null"}]},
        tuple(dict.fromkeys((*form.takes, Scalar))),
    )


class _Union:
    """The forms of a union without null."""

    def __init__(self, forms: list[Form]) -> None:
        self._forms = sorted(forms, key=_rank)
        self._expected = listed(form.expected for form in forms)
        self.form = Form(
            listed(form.words for form in forms),
            self._expected,
            self._read,
            lambda definitions: {"anyOf": [form.schema(definitions) for form in forms]},
            tuple(dict.fromkeys(node for form in forms for node in form.takes)),
        )

    def _read(self, node: Node, findings: Findings, what: str) -> Any:
        start, attempts = findings.mark(), []
        for form in self._forms:
            value = form.read(node, findings, what)
            if value is not INVALID:
                return value
            attempts.append((form, findings.take_back(start)))
        nearest = [] if type(node) is Scalar else self._nearest(node, attempts)
        if nearest:
            findings.problems += nearest
            return INVALID
        return findings.unfit(node, what, self._expected, hint=_hint(attempts))

    @staticmethod
    def _nearest(node: Node, attempts: list[tuple[Form, list[Problem]]]) -> list[Problem]:
        """The problems inside the mapping or list, with the form that had least against it."""
        fitting = [problems for form, problems in attempts if type(node) in form.takes]
        return min(fitting, key=len, default=[])


def _hint(attempts: list[tuple[Form, list[Problem]]]) -> str:
    hints = dict.fromkeys(each.hint for _, problems in attempts for each in problems if each.hint)
    return "; or ".join(hints)
