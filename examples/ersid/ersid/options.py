"""What the command line says, however the service is run."""

from __future__ import annotations

from typing import ClassVar

from twisted.python.usage import Options

__all__ = ["ErsidOptions"]


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError(f"{text!r} is no port")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"{text!r} is no number of seconds")
    return int(text)


class ErsidOptions(Options):
    """The options of `twistd ersid`, and of the script."""

    optParameters: ClassVar = [  # noqa: N815 - Twisted's name
        ["rest-port", "p", 8080, "Port of the ReST endpoint", _port],
        ["manhole-port", "m", 8022, "Port of the Manhole endpoint", _port],
        ["dump-interval", "i", 10, "Time interval in seconds between each dump", _seconds],
        ["dump-file", "f", "/tmp/dump", "File used for dump"],  # noqa: S108 - its name since 2013
    ]
