"""Environment variables in scalars: `${NAME}` and `${NAME:-default}`.

1. A variable that is not set is a problem, unless it has a default, which counts for an empty
   one, too.
2. A default may have variables. They are looked up only when the default counts.
3. A plain scalar that is one variable, and nothing but that, is read as YAML reads a plain scalar.
   Everything else is text.
4. `$${` is a literal `${`. Whatever else looks like a variable, but is none, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from piped.conf.change import changed
from piped.conf.loading import Loading
from piped.conf.nodes import Node, Scalar, Tagged
from piped.conf.scalars import resolve
from piped.problems import Kind, Place, did_you_mean

__all__ = ["Variable", "expanded", "pieces", "with_variables"]

_OPENING = re.compile(r"\$?\$\{")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\}|:-)")
_BRACE = re.compile(r"\$?\$\{|\}")
# Finding the end of a default looks at all that is in it, again at each level.
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Variable:
    """One `${NAME}`; `default` is None where there is none."""

    name: str
    default: str | None = None


def pieces(text: str) -> Iterator[str | Variable]:
    """The texts and variables of `text`, in order."""
    position = 0
    while opening := _OPENING.search(text, position):
        yield text[position : opening.start()]
        if opening.group() == "$${":
            variable, position = None, opening.end()
        else:
            variable, position = _variable(text, opening.end())
        yield variable or "${"
    yield text[position:]


def _variable(text: str, start: int) -> tuple[Variable | None, int]:
    """The variable whose name begins at `start`, if it is one, and where to go on."""
    name = _NAME.match(text, start)
    if name is None:
        return None, start
    if name[2] == "}":
        return Variable(name[1]), name.end()
    end = _end_of_default(text, name.end())
    if end is None:
        return None, start
    return Variable(name[1], text[name.end() : end]), end + 1


def _end_of_default(text: str, start: int) -> int | None:
    depth = 0
    for brace in _BRACE.finditer(text, start):
        if brace.group() == "${":
            depth += 1
        elif brace.group() == "}":
            depth -= 1
        if depth < 0:
            return brace.start()
        if depth > _DEEPEST:
            break
    return None


def expanded(text: str, environment: Mapping[str, str], unset: list[str]) -> str:
    """`text` with its variables replaced; the names of those that are not set go to `unset`."""
    if "${" not in text:
        return text
    return "".join(
        piece if isinstance(piece, str) else _value(piece, environment, unset)
        for piece in pieces(text)
    )


def _value(variable: Variable, environment: Mapping[str, str], unset: list[str]) -> str:
    value = environment.get(variable.name)
    if variable.default is not None:
        return value or expanded(variable.default, environment, unset)
    if value is None:
        unset.append(variable.name)
    return value or ""


def with_variables(node: Node, loading: Loading) -> Node:
    """`node` with the variables in its scalars replaced."""

    def change(scalar: Scalar) -> Node:
        if isinstance(scalar, Tagged):
            return _tagged(scalar, loading)
        return _scalar(scalar, loading) if "${" in scalar.text else scalar

    return changed(node, change)


def _tagged(tagged: Tagged, loading: Loading) -> Tagged:
    assert tagged.node is not None
    node = with_variables(tagged.node, loading)
    text = node.text if isinstance(node, Scalar) else ""
    return tagged if node is tagged.node else replace(tagged, node=node, text=text)


def _scalar(scalar: Scalar, loading: Loading) -> Scalar:
    text = text_at(scalar.text, scalar.origin.place, loading)
    names = [piece for piece in pieces(scalar.text) if piece]
    used = ", ".join(f"${{{each.name}}}" for each in names if isinstance(each, Variable))
    is_typed = not scalar.quoted and len(names) == 1 and bool(used)
    how = ", ".join(filter(None, (scalar.origin.how, used)))
    origin = replace(scalar.origin, how=how)
    return replace(scalar, value=resolve(text) if is_typed else text, text=text, origin=origin)


def text_at(text: str, place: Place, loading: Loading) -> str:
    """`text`, which stands at `place`, with its variables replaced."""
    unset: list[str] = []
    result = expanded(text, loading.environment, unset)
    for name in dict.fromkeys(unset):
        near = did_you_mean(name, loading.environment)
        loading.problem(
            Kind.UNSET_VARIABLE,
            place,
            f"the environment variable {name} is not set{near}",
            f"Set it, or give a default: ${{{name}:-…}}. A literal ${{ is written $${{.",
        )
    return result
