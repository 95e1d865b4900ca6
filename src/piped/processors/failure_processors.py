"""Raise failures, and deal with those that are being handled."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from piped.exceptions import ConfigurationError, PipedError
from piped.options import DottedName, KeyPath
from piped.processing.dynamic import has_path
from piped.processing.traits import always_fails
from piped.processors.base import Processor
from piped.processors.fixed import fixed, loaded

__all__ = ["PrintFailureTraceback", "RaiseException", "TrapFailure"]

_EXCEPTION = DottedName("Exception")


class RaiseException(Processor):
    """Raise an exception.

    Example::

        pipeline: [raise-exception: {type: LookupError, args: no such engine}]
        given: {who: ada}
        fails: "LookupError: no such engine"
    """

    name = "raise-exception"

    def __init__(
        self,
        *,
        type: DottedName = _EXCEPTION,
        args: Any = (),
        kwargs: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        type: what to raise: the dotted name of an exception, or the name of a built-in one
        args: one argument of it, or a list of several
        kwargs: its arguments by name
        """
        super().__init__(**node)
        self.type = exception_type("type", type)
        self.args = args
        self.kwargs = kwargs or {}
        if not has_path(self.args) and not has_path(self.kwargs):
            self._complain_of_arguments()

    def _complain_of_arguments(self) -> None:
        try:
            self._made()
        except TypeError as error:
            raise ConfigurationError(f"no {self.type.__name__} takes these: {error}") from error

    def _made(self) -> Exception:
        args = self.args if isinstance(self.args, list | tuple) else (self.args,)
        return self.type(*args, **self.kwargs)

    @always_fails
    def process(self, baton: Any) -> Any:
        del baton
        raise self._made()


class TrapFailure(Processor):
    """Take the failure that is being handled, if it is of some types; else it goes on.

    Example::

        pipeline:
            chained_consumers: [raise-exception: {type: KeyError}]
            chained_error_consumers:
                - trap-failure: {error_types: LookupError}
                - set-value: {path: found, value: false}
        given: {who: ada}
        gives: {who: ada, found: false}
    """

    name = "trap-failure"

    def __init__(
        self,
        *,
        error_types: DottedName | list[DottedName],
        output_path: KeyPath | None = None,
        **node: Any,
    ) -> None:
        """
        error_types: what to take: the dotted name of an exception, or several
        output_path: where to put the failure, as Twisted has it; nowhere if it is not given
        """
        super().__init__(**node)
        names = error_types if isinstance(error_types, list) else [error_types]
        self.error_types = tuple(exception_type("error_types", each) for each in names)
        self.output_path = output_path

    def process(self, baton: Any) -> Any:
        error = handled()
        if not isinstance(error, self.error_types):
            raise error
        if self.output_path is None:
            return baton
        from twisted.python.failure import Failure

        failure = Failure(error, type(error), error.__traceback__)
        return self.get_resulting_baton(baton, self.output_path, failure)


class PrintFailureTraceback(Processor):
    """Print the traceback of the failure that is being handled on the standard error output.

    Example::

        pipeline:
            consumers: [raise-exception: {args: out of steam}]
            error_consumers: [print-failure-traceback]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "print-failure-traceback"

    def process(self, baton: Any) -> Any:
        traceback.print_exception(handled())
        return baton


def handled() -> BaseException:
    """The failure that is being handled."""
    error = sys.exception()
    if error is None:
        raise PipedError(
            "no failure is being handled here", hint="This belongs among error consumers."
        )
    return error


def exception_type(option: str, name: DottedName) -> type[Exception]:
    """The class of exceptions that `name` means."""
    # Built-in exceptions had a module of their own, once.
    dotted = DottedName(str(fixed(option, name)).removeprefix("exceptions."))
    found: type[Exception] = loaded(option, dotted, Exception)
    return found
