"""The parts of flows that come with piped: founts, tubes and drains, a family a module.

Each stands in a manifest, so that only what is used is imported. What needs nothing of the
environment is a function of `piped.flows`.
"""

from __future__ import annotations

# The name in the configuration → "module:attribute".
FOUNTS: dict[str, str] = {
    "batons": "piped.flow_parts.baton_parts:BatonFount",
    "remote": "piped.flow_parts.remote_parts:RemoteFountPart",
}

TUBES: dict[str, str] = {
    "pipeline": "piped.flow_parts.baton_parts:PipelineTube",
    "remote": "piped.flow_parts.remote_parts:RemoteTubePart",
}

DRAINS: dict[str, str] = {
    "processor": "piped.flow_parts.baton_parts:ProcessorDrain",
    "remote": "piped.flow_parts.remote_parts:RemoteDrainPart",
}
