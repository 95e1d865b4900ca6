"""What a command of AMP takes and gives: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from piped.options import DottedName

__all__ = ["AMPType", "CommandSettings", "Commands"]

# What a value of a command may be.
AMPType = Literal["text", "bytes", "integer", "float", "boolean", "decimal", "datetime", "json"]


@dataclass(frozen=True, kw_only=True)
class CommandSettings:
    """One command: what it takes, and what it gives.

    arguments: the type of each argument
    response: the type of each value of the answer
    optional: the arguments and values that may be missing
    """

    arguments: dict[str, AMPType] = field(default_factory=dict)
    response: dict[str, AMPType] = field(default_factory=dict)
    optional: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.optional) - {*self.arguments, *self.response}):
            raise ValueError(f"{unknown[0]!r} is optional, but neither argument nor response")


Commands = dict[str, CommandSettings | DottedName]
