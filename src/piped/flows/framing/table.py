"""CSV, as RFC 4180 has it: in quotes a field may have commas, doubled quotes, and lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from piped.exceptions import MalformedFrame
from piped.flows.framing.records import Records
from piped.flows.framing.stage import LONGEST, Framing, Odd
from piped.flows.tube import Tube, tube
from piped.flows.working import Failing, Mapping

__all__ = ["csv_rows", "to_csv"]


class _Rows(Records):
    """Reads the records: as lists, or as dicts if there are names for the fields."""

    def __init__(self, header: bool | Sequence[str], delimiter: str, longest: int) -> None:
        super().__init__(longest)
        self._delimiter = delimiter
        self._wants_names = header is True
        self._names = [] if isinstance(header, bool) else list(header)

    def made(self, block: bytes) -> list[Any]:
        if self._wants_names:
            raise ValueError("the first is no row")
        rows = self._read(block)
        if not all(rows):
            raise ValueError("some are empty")
        return self._named(rows) if self._names else rows

    def made_of_one(self, record: bytes) -> Any:
        rows = self._read(record)
        if not rows or not rows[0]:
            return Odd()
        if len(rows) > 1:
            raise ValueError("a line ends within a record")
        if self._wants_names:
            self._wants_names, self._names = False, rows[0]
            return Odd()
        return self._named(rows)[0] if self._names else rows[0]

    def _read(self, block: bytes) -> list[list[str]]:
        text = io.StringIO(block.decode(), newline="\n")
        try:
            return list(csv.reader(text, delimiter=self._delimiter, strict=True))
        except csv.Error as failure:
            raise ValueError(str(failure)) from failure

    def _named(self, rows: list[list[str]]) -> list[Any]:
        names = self._names
        found = [dict(zip(names, row, strict=True)) for row in rows]
        if found and len(found[0]) < len(names):
            raise ValueError("two fields have one name")
        return found


def csv_rows(
    header: bool | Sequence[str] = False,
    *,
    delimiter: str = ",",
    longest: int = LONGEST,
    failing: Failing = "refuse",
) -> Tube:
    """Lists of fields; or dicts, with the names that are given or that the first row has."""
    output = list if header is False else dict
    return Tube(
        lambda: Framing(_Rows(header, delimiter, longest), failing), "csv_rows", bytes, output
    )


def to_csv(
    header: Sequence[str] | None = None, *, delimiter: str = ",", failing: Failing = "refuse"
) -> Tube:
    """A record for each list of fields; or for each list or dict, behind a header with names."""
    if header is None:
        return Tube(lambda: Mapping(_writer(delimiter), failing), "to_csv", list, bytes)
    names = list(header)

    class ToCsv:
        input, output = dict | list | tuple, bytes

        def __init__(self) -> None:
            self._write = _writer(delimiter)

        def started(self) -> Iterator[bytes]:
            yield self._write(names)

        def received(self, item: Any) -> Iterator[bytes]:
            if not isinstance(item, dict):
                if isinstance(item, list | tuple) and len(item) != len(names):
                    raise MalformedFrame(f"a row has {len(item)} fields, and not {len(names)}")
                yield self._write(item)
                return
            if item.keys() != set(names):
                raise MalformedFrame(f"a row has the fields {', '.join(map(str, item))}")
            yield self._write([item[name] for name in names])

    made: Tube = tube(ToCsv, failing=failing)
    made.name = "to_csv"
    return made


def _writer(delimiter: str) -> Any:
    """What makes a record of a list of fields."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")

    def write(fields: Sequence[Any]) -> bytes:
        if not isinstance(fields, list | tuple):
            what = "a mapping, which needs a header" if isinstance(fields, dict) else repr(fields)
            raise MalformedFrame(f"a row is a list of fields, and not {what:.60}")
        if not fields:
            raise MalformedFrame("a row has no fields")
        text.seek(0)
        text.truncate()
        writer.writerow(fields)
        return text.getvalue().encode()

    return write
