"""What is measured, and to whom it is sent: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from piped.options import INVALID, Between, Duration

if TYPE_CHECKING:
    from piped.conf.nodes import Node
    from piped.options import Check

__all__ = ["MetricsSettings", "ProcessValue", "Reporter"]

ProcessValue = Literal[
    "connections", "cpu_percent", "file_descriptors", "memory", "open_files", "threads"
]
_Name = Literal["loop", "pipelines", "process", "recorded"]
_ALL: tuple[ProcessValue, ...] = get_args(ProcessValue)


@dataclass(frozen=True, kw_only=True)
class _Reporter:
    """
    Who sends what.

    reporter: `process`, `loop` (by how much the loop is late), `pipelines`, or `recorded` (what \
`record-metric` records, at once)
    values: of the process, what is sent; all of it if it is not given
    client_name: to whom: a client of the section `statsd`
    """

    reporter: _Name
    values: list[ProcessValue] = field(default_factory=lambda: list(_ALL))
    client_name: str = "default"


@dataclass(frozen=True)
class Reporter:
    """A reporter, by its name alone or with what it sends, and to whom."""

    reporter: str
    values: tuple[ProcessValue, ...] = _ALL
    client_name: str = "default"

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        """Written as its name, or as a mapping with the name as `reporter`."""
        from piped.conf.nodes import Mapping

        is_mapping = isinstance(node, Mapping)
        given = check.convert(node, _Reporter if is_mapping else _Name, check.what)
        if given is INVALID:
            return INVALID
        made = (
            cls(given.reporter, tuple(given.values), given.client_name)
            if is_mapping
            else cls(given)
        )
        check.refer("resource", f"statsd.client.{made.client_name}", node)
        return made

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        names = {"enum": list(get_args(_Name))}
        values = {"type": "array", "items": {"enum": list(get_args(ProcessValue))}}
        known = {"reporter": names, "values": values, "client_name": {"type": "string"}}
        mapping = {"type": "object", "properties": known, "required": ["reporter"]}
        return {"anyOf": [names, {**mapping, "additionalProperties": False}]}


@dataclass(frozen=True, kw_only=True)
class MetricsSettings:
    """What is measured, and sent.

    enabled: whether anything is measured or sent at all
    prefix: what stands before all names that are sent, with a dot between
    tags: tags of all that is sent, for servers that know tags
    interval: how often it is sent
    reporters: who sends what to servers of StatsD
    most_series: of each metric that steps record, for how many combinations of labels at most
    """

    enabled: bool = True
    prefix: str = ""
    tags: list[str] = field(default_factory=list)
    interval: Annotated[Duration, Between(low=0.1)] = 5.0
    reporters: list[Reporter] = field(default_factory=list)
    most_series: Annotated[int, Between(low=1)] = 1000
