"""From the text of a configuration to one tree, of which each value knows where it comes from."""

from __future__ import annotations

from piped.conf import report
from piped.conf.configuration import Attempt, Configuration, attempt, load
from piped.conf.nodes import Alias, Entry, Mapping, Node, Origin, Scalar, Sequence, plain

__all__ = [
    "Alias",
    "Attempt",
    "Configuration",
    "Entry",
    "Mapping",
    "Node",
    "Origin",
    "Scalar",
    "Sequence",
    "attempt",
    "load",
    "plain",
    "report",
]
