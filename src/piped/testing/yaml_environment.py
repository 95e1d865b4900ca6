"""Pipelines that are written in a test: checked, and run without a process around them.

The text is one pipeline, or several by name, or a whole configuration:

1. A list is a pipeline, and so is a mapping with `consumers` and the like. It is called `it`.
2. A mapping that has a section which somebody reads is a configuration.
3. Any other mapping is what stands behind `pipelines`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from piped.catalogue import Catalogue
from piped.checking import SECTIONS, Checked, check
from piped.conf import Configuration
from piped.conf.nodes import Mapping
from piped.conf.read import Source, read
from piped.daemon.single import Single, run_alone
from piped.exceptions import ConfigurationError
from piped.interop import settled
from piped.processing.keys import PIPELINE_KEYS
from piped.processing.section import Pipelines
from piped.testing.clock import ManualClock
from piped.testing.fakes import processors_of, resources_of

__all__ = ["YamlEnvironment", "check_yaml", "run_yaml"]

_FILE = "pipeline.yaml"
_ONLY = "it"


def run_yaml(text: str, baton: Any, pipeline: str | None = None, /, **fakes: Any) -> list[Any]:
    """The results of a pipeline of `text` for `baton`. Raises what a step raises.

    With several pipelines it is `pipeline`, or the first one. `fakes` stand in for processors and
    resources (see `piped.testing.fakes`). No time passes, however long a step waits. In a test that
    is `async`, use `await YamlEnvironment(text).run(baton)`.
    """
    if _is_in_loop():
        raise RuntimeError(
            "a loop is running already: use `await YamlEnvironment(text).run(baton)`, or a test"
            " that is not async"
        )
    environment = YamlEnvironment(text, **fakes)
    return run_alone(lambda: environment.run(baton, pipeline))


def check_yaml(text: str, /, **fakes: Any) -> list[str]:
    """All that is wrong with `text`, as "file:line:column: message"; the file is pipeline.yaml."""
    try:
        return list(map(str, _checked(text, fakes).problems))
    except ConfigurationError as error:
        return list(map(str, error.problems))


class YamlEnvironment:
    """The pipelines of a text, with what they depend on, on a clock of their own."""

    def __init__(self, text: str, /, *, clock: ManualClock | None = None, **fakes: Any) -> None:
        checked = _checked(text, fakes)
        checked.raise_errors()
        self.clock = clock or ManualClock()
        self._single = Single(checked, resources=resources_of(fakes), clock=self.clock)
        self._names = list(checked.settings.get("pipelines", Pipelines()).graphs)
        if not self._names:
            raise ConfigurationError("there is no pipeline in the text")
        self.environment = self._single.environment

    @property
    def exit_code(self) -> int | None:
        """What a step wants the process to end with, if one does."""
        return self._single.exit_code

    async def run(self, baton: Any, pipeline: str | None = None) -> list[Any]:
        """The results of `pipeline`, or of the first one. Time passes while a step waits."""
        return await self.clock.passing(self._run(baton, pipeline or self._names[0]))

    async def _run(self, baton: Any, name: str) -> list[Any]:
        async with self._single.running(name) as pipeline:
            results: list[Any] = await settled(pipeline.run(baton))
            return results


def _is_in_loop() -> bool:
    # What is run must not find this exception, as if it were being handled.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _checked(text: str, fakes: dict[str, Any]) -> Checked:
    catalogue = Catalogue.builtin()
    root = read(text, Source(_FILE)).node
    under = ""
    if isinstance(root, Mapping) and not any(each in PIPELINE_KEYS for each in root.entries):
        sections = {name.split(".")[0] for name in (*SECTIONS, *catalogue.providers)}
        under = "" if sections & set(root.entries) else "pipelines"
    elif root is not None:
        under = f"pipelines.{_ONLY}"
    return check(
        Configuration.from_text(text, _FILE, under=under),
        processors=processors_of(fakes, catalogue.processors),
        offers=resources_of(fakes),
    )
