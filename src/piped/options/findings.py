"""What turns up while a configuration is read: problems, and references to be checked later."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from piped.conf.nodes import Node, Scalar
from piped.options.wording import about, shown
from piped.paths import BatonPath
from piped.problems import Kind, Place, Problem, Severity
from piped.secret import Secret

__all__ = ["INVALID", "Findings", "Invalid", "Reference"]


class Invalid(Enum):
    """The type of `INVALID`."""

    INVALID = "invalid"

    def __repr__(self) -> str:
        return self.name


# What stands for a value that could not be read; the problem has been noted.
INVALID: Final = Invalid.INVALID

_WHERE_SECRETS_FIT = (
    "only options that are made for secrets, such as passwords, take !secret;"
    " write the value itself, or ${NAME} for one of the environment"
)
_WHERE_PATHS_FIT = "!path fits the options of processors only, which have a baton"


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of a resource or a pipeline, as it was written."""

    kind: Literal["resource", "pipeline"]
    name: str
    place: Place
    owner: str = ""  # who mentions it; relative names of pipelines begin there


class Findings:
    """The problems and the references found so far."""

    def __init__(self, owner: str = "") -> None:
        self.problems: list[Problem] = []
        self.references: list[Reference] = []
        self.owner = owner  # of the references to come
        self.dynamic = False  # whether `!path` is let through
        self.what = ""  # what is being read: how a message about it begins

    def problem(
        self,
        kind: Kind,
        at: Node | Place | None,
        message: str,
        hint: str = "",
        detail: str = "",
        *,
        severity: Severity = Severity.ERROR,
    ) -> Any:
        """Note a problem. Gives INVALID, to be returned in the place of a value."""
        place = at if at is None or isinstance(at, Place) else at.origin.place
        self.problems.append(Problem(kind, place, message, hint, detail, severity))
        return INVALID

    def unfit(
        self,
        node: Node,
        what: str,
        expected: str,
        *,
        hint: str = "",
        kind: Kind = Kind.WRONG_TYPE,
    ) -> Any:
        """Note that `node` is not what was expected, unless it is a `!path` that may stand there.

        Gives INVALID, or the path.
        """
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, BatonPath):
            if self.dynamic:
                return value
            kind, hint = Kind.WRONG_TYPE, _WHERE_PATHS_FIT
        elif isinstance(value, Secret):
            kind, hint = Kind.WRONG_TYPE, _WHERE_SECRETS_FIT
        return self.problem(
            kind, node, about(what, f"expected {expected}, got {shown(node)}"), hint
        )

    def refer(self, kind: Literal["resource", "pipeline"], name: str, node: Node) -> None:
        """Note a mention, to be checked when all that is offered is known."""
        self.references.append(Reference(kind, name, node.origin.place, self.owner))

    def mark(self) -> tuple[int, int]:
        """The state to which `take_back` can return."""
        return len(self.problems), len(self.references)

    def take_back(self, mark: tuple[int, int]) -> list[Problem]:
        """Forget what was found since `mark`. Gives the problems."""
        problems, references = mark
        forgotten = self.problems[problems:]
        del self.problems[problems:], self.references[references:]
        return forgotten

    @contextmanager
    def python_warnings(self, node: Node, what: str, kind: Kind) -> Iterator[None]:
        """Note what Python warns of, while it compiles the text of `node`."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        for each in caught:
            message = about(what, f"Python warns: {each.message}")
            self.problem(kind, node, message, severity=Severity.WARNING)
