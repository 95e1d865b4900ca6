"""Answer those who wait for a Deferred, or for a future, that is in the baton."""

from __future__ import annotations

from typing import Any

from piped.exceptions import UnfitBaton
from piped.options import KeyPath
from piped.paths import get_path
from piped.processors.base import Processor
from piped.processors.failure_processors import handled

__all__ = ["CallbackDeferred", "ErrbackDeferred"]


class _Unset:
    """The type of `_UNSET`."""

    def __repr__(self) -> str:
        return "what is at result_path"


_UNSET: Any = _Unset()


class DeferredProcessor(Processor):
    """Answers who waits."""

    def __init__(self, *, deferred_path: KeyPath = "deferred", **node: Any) -> None:
        """deferred_path: where the Deferred is"""
        super().__init__(**node)
        self.deferred_path = deferred_path

    def call(self, baton: Any, names: tuple[str, str], value: Any) -> None:
        """Call the method, which has one name for a Deferred and another for a future."""
        waited = get_path(baton, self.deferred_path, None)
        method = getattr(waited, names[0], None) or getattr(waited, names[1], None)
        if method is None:
            raise UnfitBaton(f"there is {waited!r} at {self.deferred_path!r}, and no Deferred")
        method(value)


class CallbackDeferred(DeferredProcessor):
    """Give a result to those who wait for a Deferred.

    Example::

        pipeline:
            - eval-lambda:
                output_path: answer
                namespace: {Deferred: twisted.internet.defer.Deferred}
                lambda: "baton: {'deferred': Deferred()}"
            - callback-deferred: {deferred_path: answer.deferred, result: seven}
            - eval-lambda: {input_path: answer.deferred, output_path: answer, lambda: "it: it"}
        given: {who: ada}
        gives: {who: ada, answer: seven}
    """

    name = "callback-deferred"

    def __init__(
        self, *, result: Any = _UNSET, result_path: KeyPath = "result", **options: Any
    ) -> None:
        """
        result: what they get
        result_path: where that is in the baton; nothing there is null
        """
        super().__init__(**options)
        self.result = result
        self.result_path = result_path

    def process(self, baton: Any) -> Any:
        result = get_path(baton, self.result_path) if self.result is _UNSET else self.result
        self.call(baton, ("callback", "set_result"), result)
        return baton


class ErrbackDeferred(DeferredProcessor):
    """Let those who wait for a Deferred fail: with the failure that is being handled, or another.

    Example::

        pipeline:
            - eval-lambda:
                output_path: answer
                namespace: {Deferred: twisted.internet.defer.Deferred}
                lambda: "baton: {'deferred': Deferred()}"
            - raise-exception: {type: LookupError, args: no such engine}
              chained_error_consumers:
                - errback-deferred: {deferred_path: answer.deferred}
                - eval-lambda: {input_path: answer.deferred, lambda: "it: it"}
        given: {who: ada}
        fails: "LookupError: no such engine"
    """

    name = "errback-deferred"

    def __init__(self, *, failure_path: KeyPath | None = None, **options: Any) -> None:
        """failure_path: where the failure is, or an exception; the one that is being handled"""
        super().__init__(**options)
        self.failure_path = failure_path

    def process(self, baton: Any) -> Any:
        self.call(baton, ("errback", "set_exception"), self._failure(baton))
        return baton

    def _failure(self, baton: Any) -> BaseException:
        if self.failure_path is None:
            return handled()
        found = get_path(baton, self.failure_path, None)
        found = getattr(found, "value", found)  # of a Failure
        if not isinstance(found, BaseException):
            raise UnfitBaton(f"there is {found!r} at {self.failure_path!r}, and no failure")
        return found
