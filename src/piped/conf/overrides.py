"""Overrides: `path:value`, from the command line or the environment.

1. What stands behind the first colon is YAML. `{a.b: 1, c: 2}` overrides several paths at once.
2. The value replaces whatever is there; it is not merged with it. Later overrides come after
   earlier ones.
3. A path may lead through the items of lists, by number, and through an `!alias`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from piped.conf.includes import Includes
from piped.conf.keypaths import Components, NoRoom, components, placed
from piped.conf.loading import Loading
from piped.conf.nodes import Mapping, Node, Scalar, is_null
from piped.conf.read import Source
from piped.problems import Kind, Place
from piped.secret import HIDDEN

__all__ = ["VARIABLE", "Override", "from_environment", "with_overrides"]

VARIABLE = "PIPED_CONFIGURATION_OVERRIDES"
_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Override:
    """One override, and where it was given."""

    text: str
    how: str = "-O"

    @property
    def label(self) -> str:
        """What stands for its place. The text of a secret has no business in it."""
        shown, secret, _ = self.text.partition("!secret")
        shown = re.sub(r"\s+", " ", shown) + (f"{secret} {HIDDEN}" if secret else "")
        cut = shown if len(shown) <= _LONGEST_LABEL else f"{shown[:_LONGEST_LABEL]}…"
        return f"{self.how} {cut}"


def from_environment(loading: Loading) -> Iterator[Override]:
    """The overrides in the environment variable: a JSON list of texts."""
    text = loading.environment.get(VARIABLE, "")
    if not text:
        return
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        items = None
    if isinstance(items, list) and all(isinstance(item, str) for item in items):
        yield from (Override(item, VARIABLE) for item in items)
        return
    message = "this is no JSON list of texts"
    hint = f"""Write {VARIABLE}='["path:value", "other.path:value"]'."""
    loading.problem(Kind.BAD_OVERRIDE, Place(VARIABLE), message, hint)


def with_overrides(tree: Mapping, overrides: Iterable[Override], loading: Loading) -> Mapping:
    """`tree` with all overrides, in order."""
    for override in overrides:
        for path, node in _assignments(override, loading):
            tree = _with(tree, path, node, loading)
    return tree


def _with(tree: Mapping, path: Components, node: Node, loading: Loading) -> Mapping:
    try:
        result = placed(tree, path, node)
    except NoRoom as error:
        name = ".".join(map(str, path))
        message = f"{name} cannot be overridden: {error}"
        loading.problem(Kind.BAD_OVERRIDE, node.origin.place, message)
        return tree
    assert isinstance(result, Mapping)
    return result


def _assignments(override: Override, loading: Loading) -> Iterator[tuple[Components, Node]]:
    """The paths of an override, and what is to be there."""
    is_flow = override.text.lstrip().startswith("{")
    path, colon, rest = override.text.partition(":")
    if not is_flow and (not colon or not path.strip()):
        message = "an override is a key path, a colon, and a value"
        place = Place(override.label)
        loading.problem(Kind.BAD_OVERRIDE, place, message, "Write -O path.to.value:VALUE")
        return
    node = _read(override, override.text if is_flow else f"override: {rest}", loading)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        dotted = str(key) if is_flow else path.strip()
        if _is_sound(dotted, value, loading):
            yield components(dotted), value


def _read(override: Override, text: str, loading: Loading) -> Node | None:
    label = override.label
    document = loading.read(text, Source(label, how=override.how, is_word=True))
    for problem in document.problems:
        # The place of a word is the word as a whole, so one mistake made twice is one problem.
        loading.problems.pop(problem, None)
        kind = Kind.BAD_OVERRIDE if problem.kind is Kind.SYNTAX else problem.kind
        loading.problem(kind, Place(label), problem.message, problem.hint)
    if document.node is not None and "!include" in document.tags:
        return Includes(loading).inline(document.node)
    return document.node


def _is_sound(path: str, value: Node, loading: Loading) -> bool:
    place = value.origin.place
    parts = components(path)
    if not all(parts) or len(parts) > loading.limits.depth:
        loading.problem(Kind.BAD_OVERRIDE, place, f"{path[:60]!r} is no key path")
        return False
    if glued := _glued_key(value):
        message = f"{path}: the key {glued!r} has no value"
        name, _, rest = glued.partition(":")
        hint = f"A space belongs behind the colon: {{{name}: {rest}}}."
        loading.problem(Kind.BAD_OVERRIDE, place, message, hint)
        return False
    return True


def _glued_key(node: Node) -> str:
    """A key like `key:value`: in YAML that is one text, and seldom what was meant."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if isinstance(key, str) and ":" in key and is_null(value) and not _text(value):
                return key
    return ""


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""
