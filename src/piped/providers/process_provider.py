"""Other programs: run, read from, written to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.options import ResourceName
from piped.provider import Provider
from piped.providers.process_settings import OutputSettings, ProcessSettings

__all__ = ["ProcessProvider"]


class ProcessProvider(Provider):
    """Run another program, and hand a baton to a processor for each line that it writes.

    The baton is `{line: …}`. `process.NAME` and `process.NAME.stdin` are there while the program
    runs; `call-dependency` writes to the latter. `process.NAME.control` begins and ends it::

        processes:
            tail:
                executable: tail
                args: [-F, /var/log/syslog]
                restart: true
                stdout: {processor: pipeline.log-line}
                stderr: {processor: pipeline.complaint}
    """

    section: ClassVar[str] = "processes"
    settings: ClassVar[Any] = dict[str, ProcessSettings]

    def offers(self, settings: dict[str, ProcessSettings]) -> Iterable[str]:
        for name, process in settings.items():
            if process.enabled:
                yield f"process.{name}"
                yield f"process.{name}.control"
                if process.stdin:
                    yield f"process.{name}.stdin"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.process_service import Process

        processes: dict[str, ProcessSettings] = runtime_environment.settings(self.section, {})
        for name, settings in processes.items():
            if not settings.enabled:
                continue
            process = Process(name, settings, runtime_environment.clock)
            for stream in ("stdout", "stderr") if runtime_environment.feeding else ():
                given = getattr(settings, stream)
                if isinstance(given, OutputSettings) and given.processor is not None:
                    dependency = _dependency(process, given.processor, runtime_environment)
                    process.feed(stream, dependency)
            process.offer = runtime_environment.offer(f"process.{name}")
            if settings.stdin:
                process.stdin_offer = runtime_environment.offer(f"process.{name}.stdin")
            runtime_environment.offer(f"process.{name}.control", resource=process)
            process.setServiceParent(runtime_environment.application)


def _dependency(
    process: Any, named: ResourceName, runtime_environment: RuntimeEnvironment
) -> ResourceDependency:
    dependency = ResourceDependency(named.path, named.configuration)
    runtime_environment.dependency_manager.add_dependency(process, dependency)
    return dependency
