"""Commands of AMP, made of settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from twisted.protocols import amp

from piped.options import DottedName
from piped.providers.amp_types import AMPType, Commands, CommandSettings

__all__ = ["FAILED", "commands_of"]

# The code of any failure that its command does not know.
FAILED = b"FAILED"


class JSON(amp.Argument):
    """Any value that has a form in JSON."""

    def toString(self, inObject: Any) -> bytes:  # noqa: N802, N803 - Twisted's names
        return json.dumps(inObject, allow_nan=False).encode()

    def fromString(self, inString: bytes) -> Any:  # noqa: N802, N803 - Twisted's names
        return json.loads(inString)


_TYPES: dict[AMPType, type[amp.Argument]] = {
    "text": amp.Unicode,
    "bytes": amp.String,
    "integer": amp.Integer,
    "float": amp.Float,
    "boolean": amp.Boolean,
    "decimal": amp.Decimal,
    "datetime": amp.DateTime,
    "json": JSON,
}


def commands_of(settings: Commands) -> dict[str, Any]:
    """The commands by their names on the wire."""
    made = {name: _command_of(name, each) for name, each in settings.items()}
    return {command.commandName.decode(): command for command in made.values()}


def _command_of(name: str, settings: DottedName | CommandSettings) -> Any:
    if isinstance(settings, CommandSettings):
        return _made(name, settings)
    try:
        command = settings.load()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"there is no {str(settings)!r}: {error}") from error
    if not (isinstance(command, type) and issubclass(command, amp.Command)):
        raise ValueError(f"{str(settings)!r} is no command of AMP")  # noqa: TRY004 - it is the value of an option
    return command


def _made(name: str, settings: CommandSettings) -> Any:
    fields = {
        "commandName": name.encode(),
        "arguments": _arguments(settings.arguments, settings.optional),
        "response": _arguments(settings.response, settings.optional),
    }
    metaclass: Any = type(amp.Command)
    return metaclass(name, (amp.Command,), fields)


def _arguments(types: Mapping[str, AMPType], optional: list[str]) -> list[Any]:
    return [
        (name.encode(), _TYPES[kind](optional=name in optional)) for name, kind in types.items()
    ]
