"""Servers and clients of AMP: the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from piped.providers.amp_types import Commands
from piped.providers.calls_settings import CallsSettings
from piped.providers.reconnection import Reconnection

__all__ = ["AMPClientSettings", "AMPServerSettings"]


@dataclass(frozen=True, kw_only=True)
class AMPServerSettings(CallsSettings):
    """Where to listen, and what answers.

    commands: each command, by its name: a class derived from `amp.Command`, or its types
    """

    commands: Commands

    def __post_init__(self) -> None:
        super().__post_init__()
        _make(self.commands)


@dataclass(frozen=True, kw_only=True)
class AMPClientSettings(Reconnection):
    """Where to connect to, and what can be called there.

    commands: each command, by its name: a class derived from `amp.Command`, or its types
    """

    commands: Commands

    def __post_init__(self) -> None:
        super().__post_init__()
        _make(self.commands)


def _make(commands: Commands) -> dict[str, Any]:
    """The commands are made to see whether they can be."""
    from piped.providers.amp_commands import commands_of

    return commands_of(commands)
