"""The service, made of a configuration. All ways to run it come here, but for `piped` itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piped.daemon.hosted import HostedService

__all__ = ["make", "run"]

_FOLDER = Path(__file__).parents[1]
# Where an option stands in the configuration, and how it is written there.
_PATHS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "rest-port": ("web.ersid.listen", "tcp:{}:interface=127.0.0.1".format),
    "manhole-port": ("manholes.ersid.port", int),
    "dump-interval": ("ticks.interval.dump.interval", "{}s".format),
    "dump-file": ("ersid.dump_file", str),
}


def make(options: Mapping[str, Any] | None = None) -> HostedService:
    """The service, for those who run Twisted."""
    from piped.daemon.hosted import HostedService

    return HostedService(_configuration(), _overrides(options or {}))


def run(options: Mapping[str, Any]) -> int:
    """Run it here and now, until it is stopped. Returns the exit code."""
    from piped.daemon.startup import Starting, start

    file, overrides = str(_configuration()), _overrides(options)
    return start(Starting(configuration=file, overrides=overrides, foreground=True, pidfile=""))


def _configuration() -> Path:
    """In a database, unless the environment says that a dictionary will do."""
    in_memory = os.environ.get("ERSID_STORAGE") == "dictionary"
    return _FOLDER / ("dictionary.yaml" if in_memory else "ersid.yaml")


def _overrides(options: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{path}: {json.dumps(written(options[name]))}"
        for name, (path, written) in _PATHS.items()
        if name in options
    )
