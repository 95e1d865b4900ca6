"""Tubes that make items of bytes, and bytes of items."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from piped import flows
from piped.flows.framing.stage import LONGEST
from piped.flows.tube import Tube
from piped.flows.working import Failing
from piped.options import Between, Size

__all__ = [
    "csv_rows",
    "fields",
    "json_lines",
    "lines",
    "msgpack",
    "netstrings",
    "prefixed",
    "to_csv",
    "to_json_lines",
    "to_lines",
    "to_msgpack",
    "to_netstrings",
    "to_prefixed",
]

Width = Annotated[int, Between(1)]


def lines(
    delimiter: str = "\n",
    encoding: str | None = "utf-8",
    longest: Size = LONGEST,
    failing: Failing = "refuse",
) -> Tube:
    """Make lines of bytes, without their ends. The last may have none.

    delimiter: what ends a line
    encoding: of the text; null for bytes
    longest: how long a line may be
    failing: a line that is too long, or not in that encoding, is refused, or with `stop` ends the
        flow
    """
    end = delimiter.encode(encoding or "utf-8")
    return flows.lines(end, encoding, longest=longest, failing=failing)


def to_lines(
    delimiter: str = "\n", encoding: str | None = "utf-8", failing: Failing = "refuse"
) -> Tube:
    """Make bytes of texts, each with an end of line behind it.

    delimiter: what ends a line; an item that has it inside is refused
    encoding: of the text; null if items are bytes
    failing: an item that is no line is refused, or with `stop` ends the flow
    """
    end = delimiter.encode(encoding or "utf-8")
    return flows.to_lines(end, encoding, failing=failing)


def fields(count: Width, separator: str | None = None, failing: Failing = "refuse") -> Tube:
    """Make of a text a list of its fields. The last has all the rest.

    count: how many there are
    separator: what stands between two; any white space if it is not said
    failing: a text with fewer fields is refused, or with `stop` ends the flow
    """
    return flows.fields(count, separator, failing=failing)


def json_lines(longest: Size = LONGEST, failing: Failing = "refuse") -> Tube:
    """Make of bytes whatever their lines say in JSON.

    longest: how long a line may be
    failing: a line that is no JSON is refused, or with `stop` ends the flow
    """
    return flows.json_lines(longest=longest, failing=failing)


def to_json_lines(failing: Failing = "refuse") -> Tube:
    """Make bytes of items: a line of JSON each.

    failing: an item that JSON does not have is refused, or with `stop` ends the flow
    """
    return flows.to_json_lines(failing=failing)


def csv_rows(
    header: bool | list[str] = False,
    delimiter: str = ",",
    longest: Size = LONGEST,
    failing: Failing = "refuse",
) -> Tube:
    """Make rows of bytes in the form of CSV: lists of fields, or mappings of names to fields.

    header: the names of the fields; true if the first row has them
    delimiter: what stands between fields
    longest: how long a row may be
    failing: a row that is wrong is refused, or with `stop` ends the flow
    """
    return flows.csv_rows(header, delimiter=delimiter, longest=longest, failing=failing)


def to_csv(
    header: list[str] | None = None, delimiter: str = ",", failing: Failing = "refuse"
) -> Tube:
    """Make bytes of rows in the form of CSV: of lists of fields, or of mappings with the names.

    header: the names of the fields, which are also the first row; mappings need it
    delimiter: what stands between fields
    failing: an item that is no row is refused, or with `stop` ends the flow
    """
    return flows.to_csv(header, delimiter=delimiter, failing=failing)


def netstrings(longest: Size = LONGEST, failing: Failing = "refuse") -> Tube:
    """Make frames of bytes in the form of `5:hello,`.

    longest: how long a frame may be
    failing: a frame that is too long is refused, or with `stop` ends the flow
    """
    return flows.netstrings(longest=longest, failing=failing)


def to_netstrings() -> Tube:
    """Make bytes of frames, in the form of `5:hello,`."""
    return flows.to_netstrings()


def prefixed(
    width: Width = 4,
    byteorder: Literal["big", "little"] = "big",
    longest: Size = LONGEST,
    failing: Failing = "refuse",
) -> Tube:
    """Make frames of bytes of which each follows its length.

    width: how many bytes a length has
    byteorder: which of them comes first
    longest: how long a frame may be
    failing: a frame that is too long is refused, or with `stop` ends the flow
    """
    return flows.prefixed(width, byteorder=byteorder, longest=longest, failing=failing)


def to_prefixed(
    width: Width = 4, byteorder: Literal["big", "little"] = "big", failing: Failing = "refuse"
) -> Tube:
    """Make bytes of frames, each behind its length.

    width: how many bytes a length has
    byteorder: which of them comes first
    failing: a frame that is longer than that can say is refused, or with `stop` ends the flow
    """
    return flows.to_prefixed(width, byteorder=byteorder, failing=failing)


def msgpack(longest: Size = LONGEST) -> Tube:
    """Make of bytes whatever they say in the form of MessagePack. What is malformed ends the flow.

    longest: how long an item may be
    """
    return flows.msgpack_items(longest=longest)


def to_msgpack(failing: Failing = "refuse") -> Tube:
    """Make bytes of items, in the form of MessagePack.

    failing: an item that it does not have is refused, or with `stop` ends the flow
    """
    return flows.to_msgpack(failing=failing)


def _needs_msgpack(function: Any) -> None:
    function.requires, function.extra = ("msgpack",), "msgpack"


_needs_msgpack(msgpack)
_needs_msgpack(to_msgpack)
