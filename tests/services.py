"""What becomes of a test that needs a server: `@pytest.mark.service("redis")`.

It runs when the server answers on its standard local port. Else it is skipped, by name; where
`CI=true`, it fails, for there a server that is missing must not look like success. Nothing is
installed or started from here: `make services` does that, and `make test` does it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import pytest

from scripts.services import SERVICES, answers, how_to_get

__all__ = ["address", "require"]


def require(
    names: Iterable[str],
    environment: Mapping[str, str],
    is_there: Callable[[str], bool] | None = None,
) -> None:
    """End the test that needs `names`, unless they are all there."""
    is_there = is_there or _is_there
    for name in names:
        if name not in SERVICES:
            pytest.fail(f"no service {name!r}; there are {', '.join(SERVICES)}", pytrace=False)
        if not is_there(name):
            _without(name, environment)


def address(name: str) -> tuple[str, int]:
    """Where the server is."""
    return "127.0.0.1", SERVICES[name].port


def _without(name: str, environment: Mapping[str, str]) -> None:
    server = SERVICES[name]
    reason = f"needs {name} on port {server.port}: {how_to_get(server)}, or make services"
    if environment.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@cache
def _is_there(name: str) -> bool:
    return answers(SERVICES[name])
