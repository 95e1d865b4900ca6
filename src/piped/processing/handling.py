"""Call something as if inside the `except` clause that caught a failure.

Whoever is called finds the failure in `sys.exc_info()`, `sys.exception()` and `Failure()`, and what
fails in there has it as its context.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TypeVar

__all__ = ["awaited", "called", "put", "restore"]

T = TypeVar("T")


def called(failure: Exception | None, function: Callable[[Any], T], argument: Any) -> T:
    """`function(argument)`, while `failure` is being handled."""
    if failure is None:
        return function(argument)
    before = failure.__traceback__, failure.__context__
    try:
        raise failure  # noqa: TRY301 - to be caught is all that it is raised for
    except Exception:  # noqa: BLE001 - it is the one just raised
        restore(failure, *before)
        return function(argument)
    finally:
        # If it fails with the same failure, the traceback has this frame, and would lead back.
        del failure, before


async def awaited(
    failure: Exception | None, settled: Callable[[Any], Awaitable[Any]], value: Any
) -> Any:
    """What comes of `value`, waiting while `failure` is being handled."""
    if failure is None:
        return await settled(value)
    before = failure.__traceback__, failure.__context__
    try:
        raise failure  # noqa: TRY301 - to be caught is all that it is raised for
    except Exception:  # noqa: BLE001 - it is the one just raised
        restore(failure, *before)
        return await settled(value)
    finally:
        del failure, before  # see above


def restore(
    failure: BaseException, traceback: TracebackType | None, context: BaseException | None
) -> None:
    """Take away what raising it once more has added."""
    put(failure, "__traceback__", traceback)
    put(failure, "__context__", context)


def put(failure: BaseException, name: str, value: object) -> None:
    """Set an attribute that every exception has, though its class may forbid to set any."""
    BaseException.__setattr__(failure, name, value)
