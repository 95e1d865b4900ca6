"""Tell people how many there were, and how fast they come."""

from __future__ import annotations

import logging
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import Between, KeyPath, Lambda
from piped.paths import BatonPath, get_path
from piped.processors.base import Processor
from piped.processors.fixed import names_in, namespace_of, taking

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["PrintNth", "ReportRate"]

logger = logging.getLogger("piped.rate")

_NUMBER = Lambda("i, baton: i")


class PrintNth(Processor):
    """Print something at every nth baton on the standard output.

    Example::

        pipeline: [print-nth: {n: 1000, prefix: "batons: "}]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "print-nth"

    def __init__(
        self,
        *,
        n: Annotated[int, Between(1)],
        prefix: str = "",
        formatter: Lambda = _NUMBER,
        namespace: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        n: at how many batons to print once
        prefix: what stands before it
        formatter: gives what to print for the number of batons and the last one
        namespace: names that the formatter may use
        """
        super().__init__(**node)
        self.n = n
        self.prefix = prefix
        self.formatter = taking(2, "formatter", formatter)
        self.namespace = names_in(namespace)
        self._numbers = count(1)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        del runtime_environment
        self._format = self.formatter.bind(**namespace_of(self, self.namespace))

    def process(self, baton: Any) -> Any:
        number = next(self._numbers)
        if number % self.n == 0:
            print(f"{self.prefix}{self._format(number, baton)!r}")  # noqa: T201 - what it is for
        return baton


class ReportRate(Processor):
    """Write to the log by how much something has grown in a second.

    Example::

        pipeline: [report-rate: {counter_path: requests, format: "%(rate).1f requests/s"}]
        given: {requests: 30, delta: 60}
        gives: {requests: 30, delta: 60}
    """

    name = "report-rate"

    def __init__(
        self,
        *,
        counter_path: KeyPath,
        delta_path: KeyPath = "delta",
        format: str = "rate: %(rate).02f",
        report_zero: bool = False,
        **node: Any,
    ) -> None:
        """
        counter_path: where it is by how much it has grown
        delta_path: where it is in how many seconds; a tick has that at delta
        format: what to write, with the fields rate, delta and value
        report_zero: write it, too, if nothing has grown
        """
        super().__init__(**node)
        if not isinstance(format, BatonPath):
            formatted(format, 1, 2.0, ConfigurationError)
        self.counter_path = counter_path
        self.delta_path = delta_path
        self.format = format
        self.report_zero = report_zero

    def process(self, baton: Any) -> Any:
        value, delta = _number(baton, self.counter_path), _number(baton, self.delta_path)
        if delta <= 0:
            raise UnfitBaton(f"there is {delta} at {self.delta_path!r}, and no time has passed")
        if value or self.report_zero:
            logger.info("%s", formatted(self.format, value, delta, UnfitBaton))
        return baton


def formatted(
    text: str, value: float, delta: float, error: type[ConfigurationError | UnfitBaton]
) -> str:
    """`text` with the numbers in it; `error` if it is no format for them."""
    try:
        return text % {"rate": value / delta, "delta": delta, "value": value}
    except (KeyError, ValueError, TypeError) as failure:
        hint = "The fields are %(rate)f, %(delta)f and %(value)d."
        message = f"format is {text!r}, which fails: {failure!r}"
        raise error(message, hint=hint) from failure


def _number(baton: Any, path: str) -> float:
    found = get_path(baton, path, None)
    if not isinstance(found, int | float):
        raise UnfitBaton(f"there is {found!r} at {path!r}, where a number is needed")
    return found
