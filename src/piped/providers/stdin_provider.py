"""What comes in at the standard input, line by line."""

from __future__ import annotations

from typing import Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.exceptions import ConfigurationError
from piped.provider import Provider
from piped.providers.stdin_settings import StdinSettings

__all__ = ["StdinProvider"]


class StdinProvider(Provider):
    """Hand a baton to a processor for each line of the standard input.

    The baton is `{line: …}`, and `{line: null}` once, at the end of the input::

        stdin:
            processor: pipeline.line
            stop_at_end: true
    """

    section: ClassVar[str] = "stdin"
    settings: ClassVar[Any] = StdinSettings

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.stdin_service import Stdin

        settings: StdinSettings | None = runtime_environment.settings(self.section)
        if settings is None or not settings.enabled or not runtime_environment.feeding:
            return
        if getattr(runtime_environment.settings("repl"), "enabled", False):
            raise ConfigurationError(
                "both `stdin` and `repl` would read the standard input",
                hint="Enable one of them, or take a manhole for the prompt.",
            )
        named = settings.processor
        processor = ResourceDependency(named.path, named.configuration)
        stdin = Stdin(settings, processor, runtime_environment)
        runtime_environment.dependency_manager.add_dependency(stdin, processor)
        stdin.setServiceParent(runtime_environment.application)
