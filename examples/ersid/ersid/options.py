"""What the command line says, however the service is run."""

from __future__ import annotations

from typing import ClassVar

from twisted.python.usage import Options

__all__ = ["ErsidOptions"]


class ErsidOptions(Options):
    """The options of `twistd ersid`, and of the script."""

    optParameters: ClassVar = [  # noqa: N815 - Twisted's name
        ["rest-port", "p", 8080, "Port of the ReST endpoint", int],
        ["manhole-port", "m", 8022, "Port of the Manhole endpoint", int],
        ["dump-interval", "i", 10, "Time interval in seconds between each dump", int],
        ["dump-file", "f", "/tmp/dump", "File used for dump"],  # noqa: S108 - its name since 2013
    ]
