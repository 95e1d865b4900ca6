"""Options from signatures: a plugin's constructor and docstring are its schema.

`schema_of` reads the schema, a `Check` reads values by it and collects what is wrong,
`json_schema` prints it for editors.
"""

from __future__ import annotations

from piped.options.check import Check
from piped.options.code import Code, Lambda, Script
from piped.options.constraints import Between, Port
from piped.options.convert import describe_type
from piped.options.cron import Cron
from piped.options.endpoint import ClientEndpoint, Endpoint, ServerEndpoint
from piped.options.findings import INVALID, Reference
from piped.options.json_schema import json_schema, json_schema_of
from piped.options.names import DottedName, KeyPath, PipelineName, ResourceName
from piped.options.schema import Option, Schema, SignatureError, schema_of
from piped.options.units import Duration, Size, duration_text, size_text
from piped.secret import Secret

__all__ = [
    "INVALID",
    "Between",
    "Check",
    "ClientEndpoint",
    "Code",
    "Cron",
    "DottedName",
    "Duration",
    "Endpoint",
    "KeyPath",
    "Lambda",
    "Option",
    "PipelineName",
    "Port",
    "Reference",
    "ResourceName",
    "Schema",
    "Script",
    "Secret",
    "ServerEndpoint",
    "SignatureError",
    "Size",
    "describe_type",
    "duration_text",
    "json_schema",
    "json_schema_of",
    "schema_of",
    "size_text",
]
