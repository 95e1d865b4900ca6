"""The parts of flows that come with piped: founts, tubes and drains, a family a module.

Each stands in a manifest, so that only what is used is imported. What needs nothing of the
environment is a function of `piped.flows`.
"""

from __future__ import annotations

# The name in the configuration → "module:attribute".
FOUNTS: dict[str, str] = {
    "batons": "piped.flow_parts.baton_parts:BatonFount",
    "files": "piped.flow_parts.file_parts:FileFount",
    "iterate": "piped.flow_parts.iterating_parts:IterateFount",
    "process": "piped.flow_parts.input_parts:ProcessFount",
    "query": "piped.flow_parts.database_parts:Query",
    "remote": "piped.flow_parts.remote_parts:RemoteFountPart",
    "stdin": "piped.flow_parts.input_parts:StdinFount",
    "ticks": "piped.flow_parts.time_parts:TickFount",
}

TUBES: dict[str, str] = {
    "batch": "piped.flow_parts.control_parts:batch",
    "buffer": "piped.flow_parts.control_parts:buffer",
    "call": "piped.flow_parts.control_parts:call",
    "change": "piped.flow_parts.control_parts:change",
    "csv-rows": "piped.flow_parts.framing_parts:csv_rows",
    "expire": "piped.flow_parts.control_parts:expire",
    "fields": "piped.flow_parts.framing_parts:fields",
    "json-lines": "piped.flow_parts.framing_parts:json_lines",
    "lines": "piped.flow_parts.framing_parts:lines",
    "msgpack": "piped.flow_parts.framing_parts:msgpack",
    "netstrings": "piped.flow_parts.framing_parts:netstrings",
    "only": "piped.flow_parts.control_parts:only",
    "pipeline": "piped.flow_parts.baton_parts:PipelineTube",
    "prefixed": "piped.flow_parts.framing_parts:prefixed",
    "processes": "piped.flow_parts.control_parts:processes",
    "rate": "piped.flow_parts.control_parts:rate",
    "remote": "piped.flow_parts.remote_parts:RemoteTubePart",
    "roll-up": "piped.flow_parts.control_parts:roll_up",
    "sample": "piped.flow_parts.control_parts:sample",
    "spill": "piped.flow_parts.control_parts:spill",
    "to-csv": "piped.flow_parts.framing_parts:to_csv",
    "to-json-lines": "piped.flow_parts.framing_parts:to_json_lines",
    "to-lines": "piped.flow_parts.framing_parts:to_lines",
    "to-msgpack": "piped.flow_parts.framing_parts:to_msgpack",
    "to-netstrings": "piped.flow_parts.framing_parts:to_netstrings",
    "to-prefixed": "piped.flow_parts.framing_parts:to_prefixed",
    "unbatch": "piped.flow_parts.control_parts:unbatch",
    "window": "piped.flow_parts.control_parts:window",
}

DRAINS: dict[str, str] = {
    "append": "piped.flow_parts.output_parts:AppendDrain",
    "insert-rows": "piped.flow_parts.database_parts:InsertRows",
    "log": "piped.flow_parts.output_parts:LogDrain",
    "processor": "piped.flow_parts.baton_parts:ProcessorDrain",
    "remote": "piped.flow_parts.remote_parts:RemoteDrainPart",
    "stdout": "piped.flow_parts.output_parts:StdoutDrain",
}
