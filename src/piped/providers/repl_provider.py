"""Python from the terminal, inside the running process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.options import ResourceName, Script
from piped.provider import Provider

__all__ = ["Repl", "ReplProvider"]


@dataclass(frozen=True, kw_only=True)
class Repl:
    """Whether there is a terminal, and what is known in it.

    enabled: whether Python is read from the standard input; `piped --repl` says so, too
    bootstrap: code that is run first; the names that it sets are known in the terminal
    dependencies: resources by the names under which `dependencies` (or `d`) has them
    """

    enabled: bool = False
    bootstrap: Script | None = None
    dependencies: dict[str, ResourceName] = field(default_factory=dict)


class ReplProvider(Provider):
    """Read Python from the terminal while the process runs, and execute it inside.

    `runtime_environment`, `dependencies` and `d` are known; `await` works, for whatever can be
    waited for. The end of the input stops the process::

        repl:
            enabled: true
            dependencies: {visitors: context.visitors}
            bootstrap: |
                import pprint
    """

    section: ClassVar[str] = "repl"
    settings: ClassVar[Any] = Repl

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        settings: Repl = runtime_environment.settings(self.section, Repl())
        if settings.enabled:
            from piped.providers.console import Console

            console = Console(runtime_environment, settings.dependencies, settings.bootstrap)
            console.setServiceParent(runtime_environment.application)
