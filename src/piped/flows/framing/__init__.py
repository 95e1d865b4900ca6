"""From bytes to items, and back.

However the bytes were cut on their way, the items are the same. What comes from outside is never
longer than `longest` bytes. A frame that is not what it should be is refused to its originators,
or ends the flow with `failing="stop"`; where nobody can tell how the bytes go on, it always does.

The receipt of a chunk of bytes waits for all items that have a part in it.
"""

from __future__ import annotations

from piped.flows.framing.lengths import netstrings, prefixed, to_netstrings, to_prefixed
from piped.flows.framing.lines import lines, to_lines
from piped.flows.framing.message_pack import msgpack_items, to_msgpack
from piped.flows.framing.objects import json_lines, to_json_lines
from piped.flows.framing.table import csv_rows, to_csv

__all__ = [
    "csv_rows",
    "json_lines",
    "lines",
    "msgpack_items",
    "netstrings",
    "prefixed",
    "to_csv",
    "to_json_lines",
    "to_lines",
    "to_msgpack",
    "to_netstrings",
    "to_prefixed",
]
