"""Several Deferreds under their names, as one: what `DeferredList` is to a list.

1. It fires when all have ended, and does not fail. The result has the keys of what was given, in
   its order, whoever came first. Each value is `(True, result)` or `(False, failure)`.
2. Of nothing, it has fired when it is made.
3. With `fireOnOneCallback` it fires with the first result, as `(result, key)`. When all fail there
   is none, and rule 1 holds. Of nothing, it never fires.
4. With `fireOnOneErrback` it fails when the first one does, with a `FirstFailure`.
5. Each Deferred goes on with what it ended with. With `consumeErrors` a failure ends here, and the
   Deferred goes on with None.
6. A coroutine, a Future, or what else `outcome_of` takes is good, too. Nobody else has its outcome,
   so its failure ends here in any case.
7. Cancelling cancels all that have not ended. When they have, it fails with Twisted's
   CancelledError, whatever they ended with: so a task that awaits it can be cancelled, while one
   that awaits a `DeferredList` gets a result and goes on. What has fired lets the others go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, overload

from twisted.internet.defer import CancelledError, Deferred, FirstError
from twisted.logger import Logger
from twisted.python.failure import Failure

from piped.interop.outcome import Outcome, outcome_of

__all__ = ["DeferredDict", "Ended", "FirstFailure"]

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")

Ended: TypeAlias = tuple[Literal[True], V] | tuple[Literal[False], Failure]

_log = Logger()


class FirstFailure(FirstError):
    """The first failure of a `DeferredDict`: `subFailure`, its `key`, and its `index`."""

    def __init__(self, failure: Failure, index: int, key: object) -> None:
        super().__init__(failure, index)
        self.key = key

    def __repr__(self) -> str:
        return f"FirstFailure[{self.key!r}, {self.subFailure.value!r}]"

    def __str__(self) -> str:
        return f"FirstFailure[{self.key!r}, {self.subFailure}]"


class DeferredDict(Outcome[R]):
    """A Deferred that fires when those of a mapping have. The rules stand above."""

    @overload
    def __init__(
        self: DeferredDict[dict[K, Ended[V]]],
        deferreds: Mapping[K, Awaitable[V]],
        fireOnOneCallback: Literal[False] = ...,  # noqa: N803 - Twisted's name
        fireOnOneErrback: bool = ...,  # noqa: N803 - Twisted's name
        consumeErrors: bool = ...,  # noqa: N803 - Twisted's name
    ) -> None: ...

    @overload
    def __init__(
        self: DeferredDict[tuple[V, K] | dict[K, Ended[V]]],
        deferreds: Mapping[K, Awaitable[V]],
        fireOnOneCallback: Literal[True],  # noqa: N803 - Twisted's name
        fireOnOneErrback: bool = ...,  # noqa: N803 - Twisted's name
        consumeErrors: bool = ...,  # noqa: N803 - Twisted's name
    ) -> None: ...

    def __init__(
        self,
        deferreds: Mapping[Any, Any],
        fireOnOneCallback: bool = False,  # noqa: N803 - Twisted's name
        fireOnOneErrback: bool = False,  # noqa: N803 - Twisted's name
        consumeErrors: bool = False,  # noqa: N803 - Twisted's name
    ) -> None:
        """
        deferreds: what to wait for
        fireOnOneCallback: fire with the first result, and its key
        fireOnOneErrback: fail with the first failure
        consumeErrors: let failures end here
        """
        super().__init__()
        self._fire_on_one_callback = fireOnOneCallback
        self._fire_on_one_errback = fireOnOneErrback
        self._is_cancelled = False
        self._ended: dict[Any, Any] = {}
        self._waiting = {key: _deferred(each) for key, each in deferreds.items()}
        self._order = list(self._waiting)
        if not self._order and not fireOnOneCallback:
            self._fire()
        for key in self._order:
            given = self._waiting[key]
            consume = consumeErrors or given is not deferreds[key]
            given.addCallbacks(
                self._succeeded, self._failed, callbackArgs=(key,), errbackArgs=(key, consume)
            )

    def cancel(self) -> None:
        """Cancel all that have not ended, and fail when they have."""
        if self.called:
            super().cancel()
            return
        self._is_cancelled = True
        for key, given in list(self._waiting.items()):
            try:
                given.cancel()
            except Exception:  # noqa: BLE001 - the others are to be cancelled, too
                # Nobody knows whether it will ever end, so nobody waits for it.
                _log.failure("cancelling {key!r} failed", key=key)
                self._note(key, (False, Failure()))
        self._consider()

    def _succeeded(self, result: Any, key: Any) -> Any:
        self._note(key, (True, result))
        if self._fire_on_one_callback and self._is_open:
            self.callback((result, key))  # type: ignore[arg-type]  # R says which
        self._consider()
        return result

    def _failed(self, failure: Failure, key: Any, consume: bool) -> Failure | None:
        self._note(key, (False, failure))
        if self._fire_on_one_errback and self._is_open:
            self.errback(FirstFailure(failure, self._order.index(key), key))
        self._consider()
        return None if consume else failure

    @property
    def _is_open(self) -> bool:
        return not self.called and not self._is_cancelled

    def _note(self, key: Any, ended: tuple[bool, Any]) -> None:
        self._ended[key] = ended
        self._waiting.pop(key, None)

    def _consider(self) -> None:
        if not self.called and len(self._ended) == len(self._order):
            self._fire()

    def _fire(self) -> None:
        if self._is_cancelled:
            self.errback(CancelledError())
        else:
            self.callback({key: self._ended[key] for key in self._order})  # type: ignore[arg-type]  # R says which


def _deferred(given: Any) -> Deferred[Any]:
    return given if isinstance(given, Deferred) else outcome_of(given)
