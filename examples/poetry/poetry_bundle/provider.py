"""Poems as a section of a configuration: the services of `twistd`, started by piped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from poetry_bundle.service import poetry_server

__all__ = ["Poem", "PoetryProvider"]


@dataclass(frozen=True, kw_only=True)
class Poem:
    """One poem, and where it is served.

    poem: the file containing the poem
    port: the port number to listen on
    iface: the interface to listen on
    """

    poem: Path
    port: int = 10000
    iface: str = "localhost"


class PoetryProvider(Provider):
    """Serve poems, each at a port of its own."""

    section: ClassVar[str] = "poems"
    settings: ClassVar[Any] = dict[str, Poem]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        for name, each in runtime_environment.settings(self.section, {}).items():
            server = poetry_server(each.poem, each.port, each.iface)
            server.setName(f"poem.{name}")
            server.setServiceParent(runtime_environment.application)
