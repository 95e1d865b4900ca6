"""A folder with packages, distributions and configurations, which is gone after the test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import yaml

from piped.catalogue import Catalogue
from piped.catalogue.settings import PluginSettings, read_settings
from piped.conf.nodes import Entry, Mapping, Node, Origin, Scalar, Sequence
from piped.problems import Place

# The real base need not be imported: what counts is where the ancestor says that it is from.
BASES = """
    class Processor: ...
    Processor.__module__ = "piped.processors.base"
"""


@dataclass(frozen=True)
class World:
    folder: Path

    def write(self, path: str, text: str = "") -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip())
        return file

    def write_processor(self, path: str, name: str) -> Path:
        """A module with one processor, written after `BASES`."""
        self.write("bases.py", BASES)
        code = f"from bases import Processor\nclass Mine(Processor):\n    name = {name!r}\n"
        return self.write(path, code)

    def write_distribution(self, name: str, entry_points: str) -> None:
        info = f"{name}-1.0.dist-info"
        self.write(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        self.write(f"{info}/entry_points.txt", entry_points)

    def settings(self, text: str, file: str = "app.yaml") -> PluginSettings:
        return read_settings(self.configuration(text, file))

    def tree(self, **sections: dict[str, Node]) -> Node:
        """A configuration of nodes that no YAML gives."""
        origin = Origin(Place(str(self.folder / "app.yaml")))

        def mapping(nodes: dict[str, Node]) -> Node:
            return Mapping({key: Entry(node, origin.place) for key, node in nodes.items()}, origin)

        return mapping({name: mapping(nodes) for name, nodes in sections.items()})

    def load(self, text: str, file: str = "app.yaml") -> Catalogue:
        return Catalogue.load(self.configuration(text, file))

    def configuration(self, text: str, file: str) -> Configured:
        return Configured(_node(yaml.compose(dedent(text)), str(self.folder / file)))


@dataclass(frozen=True)
class Configured:
    """As much of a configuration as the catalogue needs."""

    tree: Node

    def node(self, path: str) -> Node | None:
        found: Node | None = self.tree
        for key in path.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def _node(node: yaml.Node | None, file: str) -> Node:
    origin = Origin(_place(node, file))
    if isinstance(node, yaml.MappingNode):
        entries = {
            key.value: Entry(_node(value, file), _place(key, file)) for key, value in node.value
        }
        return Mapping(entries, origin)
    if isinstance(node, yaml.SequenceNode):
        return Sequence(tuple(_node(item, file) for item in node.value), origin)
    return Scalar(node and yaml.SafeLoader("").construct_object(node), origin)


def _place(node: yaml.Node | None, file: str) -> Place:
    if node is None:
        return Place(file)
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)
