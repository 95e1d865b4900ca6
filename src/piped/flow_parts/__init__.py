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
    "stdin": "piped.flow_parts.input_parts:StdinFount",
    "ticks": "piped.flow_parts.time_parts:TickFount",
}

TUBES: dict[str, str] = {
    "pipeline": "piped.flow_parts.baton_parts:PipelineTube",
}

DRAINS: dict[str, str] = {
    "append": "piped.flow_parts.output_parts:AppendDrain",
    "insert-rows": "piped.flow_parts.database_parts:InsertRows",
    "log": "piped.flow_parts.output_parts:LogDrain",
    "processor": "piped.flow_parts.baton_parts:ProcessorDrain",
    "stdout": "piped.flow_parts.output_parts:StdoutDrain",
}
