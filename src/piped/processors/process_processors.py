"""Make sense of what other programs print."""

from __future__ import annotations

from typing import Any

from piped.exceptions import UnfitBaton
from piped.options import KeyPath
from piped.processors.base import InputOutputProcessor

__all__ = ["ParseIostatOutput"]

_ONE_DISK = [("disk0", ["KB/t", "tps", "MB/s"])]


class ParseIostatOutput(InputOutputProcessor):
    """Make a dictionary of a line of `iostat`, and a list of dictionaries of several.

    Example::

        pipeline: [parse-iostat-output: {output_path: disks}]
        given: {line: "  22.31    9  0.20"}
        gives: {line: "  22.31    9  0.20", disks: {disk0: {KB/t: 22.31, tps: 9, MB/s: 0.20}}}
    """

    name = "parse-iostat-output"

    def __init__(
        self,
        *,
        input_path: KeyPath = "line",
        format: list[tuple[str, list[str]]] = _ONE_DISK,
        **paths: Any,
    ) -> None:
        """
        input_path: where the text is
        format: the devices from left to right, and what is said of each: [[disk0, [tps, MB/s]]]
        """
        super().__init__(input_path=input_path, **paths)
        self.format = format

    def process_input(self, input: Any, baton: Any) -> Any:
        del baton
        if not isinstance(input, str):
            raise UnfitBaton(f"iostat prints text, and this is {input!r}")
        lines = [line for line in input.splitlines() if line.strip()]
        if not lines:
            raise UnfitBaton("iostat has printed nothing but blanks")
        measured = [self._measured(line) for line in lines]
        return measured if len(measured) > 1 else measured[0]

    def _measured(self, line: str) -> dict[str, dict[str, float]]:
        numbers = _numbers(line)
        needed = sum(len(keys) for _, keys in self.format)
        if len(numbers) < needed:
            raise UnfitBaton(f"{needed} numbers are needed, and {line!r} has {len(numbers)}")
        rest = iter(numbers)
        return {device: {key: next(rest) for key in keys} for device, keys in self.format}


def _numbers(line: str) -> list[float]:
    try:
        return [float(each) for each in line.split()]
    except ValueError as error:
        raise UnfitBaton(f"{line!r} has more than numbers: {error}") from error
