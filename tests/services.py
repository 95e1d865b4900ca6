"""What becomes of a test that needs a server or a program: `@pytest.mark.service("redis")`.

It runs when the server answers on its standard local port, or when the program is on the PATH.
Else it is skipped, by name; where `CI=true`, it fails, for there a server that is missing must
not look like success. Nothing is installed or started from here: `make services` does that, and
`make test` does it first.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import pytest

from scripts.services import ALL, SERVICES, Server, how_to_get, is_there

__all__ = ["address", "program", "require"]


def require(
    names: Iterable[str],
    environment: Mapping[str, str],
    is_there: Callable[[str], bool] | None = None,
) -> None:
    """End the test that needs `names`, unless they are all there."""
    is_there = is_there or _is_there
    for name in names:
        if name not in ALL:
            pytest.fail(f"no service {name!r}; there are {', '.join(ALL)}", pytrace=False)
        if not is_there(name):
            _without(name, environment)


def address(name: str) -> tuple[str, int]:
    """Where the server is."""
    return "127.0.0.1", SERVICES[name].port


def program(name: str) -> str:
    """The file of a program that is there."""
    found = shutil.which(name)
    assert found is not None, f"a test that uses {name} is to be marked with it"
    return found


def _without(name: str, environment: Mapping[str, str]) -> None:
    needed = ALL[name]
    where = f" on port {needed.port}" if isinstance(needed, Server) else ""
    reason = f"needs {name}{where}: {how_to_get(needed)}, or make services"
    if environment.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@cache
def _is_there(name: str) -> bool:
    return is_there(ALL[name])
