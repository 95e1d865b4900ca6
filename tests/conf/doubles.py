"""Short ways from text to values and to problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from piped.conf import Configuration, Node, load
from piped.exceptions import ConfigurationError
from piped.problems import Problem

Write = Callable[..., Path]


def values(text: str, **environment: str) -> Any:
    """What a text says, as plain values."""
    return configuration(text, **environment).get("")


def configuration(text: str, *overrides: str, **environment: str) -> Configuration:
    return Configuration.from_text(text, overrides=overrides, environment=environment, runmode="")


def node_at(configuration: Configuration, path: str) -> Node:
    node = configuration.node(path)
    assert node is not None
    return node


def wrong(text: str, *overrides: str, **environment: str) -> list[str]:
    """All that is wrong with a text."""
    return said(failing(lambda: configuration(text, *overrides, **environment)))


def wrong_in(
    file: Path, *overrides: str, environment: Mapping[str, str] | None = None
) -> list[str]:
    """All that is wrong with a file and what it includes; files without their folder."""
    problems = failing(lambda: load(file, overrides, environment=environment or {}, runmode=""))
    return [line.replace(f"{file.parent}/", "") for line in said(problems)]


def failing(load_it: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationError) as raised:
        load_it()
    return raised.value.problems


def outcome(load_it: Callable[[], Configuration]) -> Any:
    """The plain values, or the problems, and nothing else that may happen."""
    try:
        return load_it().get("")
    except ConfigurationError as error:
        return error.problems


def said(problems: tuple[Problem, ...]) -> list[str]:
    return [str(problem).removeprefix("<text>:") for problem in problems]


_KEYS = st.text(max_size=8) | st.integers(-(10**20), 10**20) | st.booleans() | st.none()
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["on", "0755", "0o17", "~", "<<", "${X}", "$${", "- a", "a: b", "!x", "a #b"])
)
TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)
CONFIGURATIONS = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key not in {"includes", "runmodes"}), TREES, max_size=5
)
