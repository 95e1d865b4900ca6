"""Streams with back-pressure and confirmation: founts, drains, and tubes in between.

    @flows.tube
    def parsed(line: bytes) -> Entry: ...

    flow = flows.Flow(flows.Items(lines), parsed, flows.drain(store))
    await flow.run()

A fount pushes batches of items down; whoever cannot take more holds it back by a pause. Who wants
to know what becomes of an item gives it a receipt, which is answered when the item is stored.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from piped.flows.batch import Batch
from piped.flows.branches import best_effort, independent, parallel, split
from piped.flows.buffer import buffer
from piped.flows.drain import Collector, Discard, Drain
from piped.flows.expire import expire
from piped.flows.fan_in import FanIn, merge
from piped.flows.fan_out import FanOut, Split, Together
from piped.flows.feed import Feed
from piped.flows.fields import fields
from piped.flows.flow import Flow
from piped.flows.fount import Fount
from piped.flows.in_processes import processes
from piped.flows.in_threads import threads
from piped.flows.items import Items
from piped.flows.lists import batch, unbatch
from piped.flows.pause import Pause
from piped.flows.rate import rate
from piped.flows.reason import END, STOPPED, Reason
from piped.flows.receipt import CONFIRMED, Answer, Receipt
from piped.flows.roll_up import roll_up
from piped.flows.sample import sample
from piped.flows.series import series
from piped.flows.spilling import spill
from piped.flows.stage import Stage
from piped.flows.storing import Sink, drain
from piped.flows.tube import Tube, only, tube
from piped.flows.window import window

if TYPE_CHECKING:
    from piped.flows.elsewhere.client import remote, through
    from piped.flows.elsewhere.host import Host
    from piped.flows.elsewhere.server import RemoteFount
    from piped.flows.elsewhere.types import typed
    from piped.flows.framing import (
        csv_rows,
        json_lines,
        lines,
        msgpack_items,
        netstrings,
        prefixed,
        to_csv,
        to_json_lines,
        to_lines,
        to_msgpack,
        to_netstrings,
        to_prefixed,
    )
    from piped.flows.streams import from_async, from_stream, iterate, to_stream

# What is imported when it is first asked for, and from where.
_LATER = {
    "framing": (
        "csv_rows json_lines lines msgpack_items netstrings prefixed"
        " to_csv to_json_lines to_lines to_msgpack to_netstrings to_prefixed"
    ),
    "elsewhere.client": "remote through",
    "elsewhere.host": "Host",
    "elsewhere.server": "RemoteFount",
    "elsewhere.types": "typed",
    "streams": "from_async from_stream iterate to_stream",
}
_HOMES = {name: home for home, names in _LATER.items() for name in names.split()}

__all__ = [
    "CONFIRMED",
    "END",
    "STOPPED",
    "Answer",
    "Batch",
    "Collector",
    "Discard",
    "Drain",
    "FanIn",
    "FanOut",
    "Feed",
    "Flow",
    "Fount",
    "Host",
    "Items",
    "Pause",
    "Reason",
    "Receipt",
    "RemoteFount",
    "Sink",
    "Split",
    "Stage",
    "Together",
    "Tube",
    "batch",
    "best_effort",
    "buffer",
    "csv_rows",
    "drain",
    "expire",
    "fields",
    "from_async",
    "from_stream",
    "independent",
    "iterate",
    "json_lines",
    "lines",
    "merge",
    "msgpack_items",
    "netstrings",
    "only",
    "parallel",
    "prefixed",
    "processes",
    "rate",
    "remote",
    "roll_up",
    "sample",
    "series",
    "spill",
    "split",
    "threads",
    "through",
    "to_csv",
    "to_json_lines",
    "to_lines",
    "to_msgpack",
    "to_netstrings",
    "to_prefixed",
    "to_stream",
    "tube",
    "typed",
    "unbatch",
    "window",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
