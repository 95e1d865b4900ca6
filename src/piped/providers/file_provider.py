"""Files as input: read as they grow, or one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.problems import Kind
from piped.provider import Provider
from piped.providers.file_settings import FileSettings

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check

__all__ = ["FileProvider"]


class FileProvider(Provider):
    """Hand a baton to a processor for each line of files that grow, or for each file that comes.

    The baton is `{line: …, path: …, position: …}`, or `{path: …}`. How far each file was read is
    kept: after a restart it goes on there, and a line whose pipeline failed is tried again::

        files:
            access:
                path: /var/log/nginx/*.log
                processor: pipeline.access-line
            orders:
                path: incoming/*.csv
                each: file
                finished: move
                move_to: processed
                processor: pipeline.order
    """

    section: ClassVar[str] = "files"
    settings: ClassVar[Any] = dict[str, FileSettings]

    def check(self, settings: dict[str, FileSettings], catalogue: Catalogue, check: Check) -> None:
        del catalogue
        first: dict[str, str] = {}
        for name, files in settings.items():
            path = str(files.state_of(name))
            if path in first:
                message = (
                    f"files.{name}: the state is kept in {path}, as that of {first[path]!r} is"
                )
                check.problem(
                    Kind.CONFLICTING_OPTIONS, None, message, "Give each a file of its own."
                )
            first.setdefault(path, name)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.file_service import Files

        sections: dict[str, FileSettings] = runtime_environment.settings(self.section, {})
        for name, settings in sections.items():
            if settings.enabled and runtime_environment.feeding:
                named = settings.processor
                processor = ResourceDependency(named.path, named.configuration)
                files = Files(name, settings, processor, runtime_environment.clock)
                runtime_environment.dependency_manager.add_dependency(files, processor)
                files.setServiceParent(runtime_environment.application)
