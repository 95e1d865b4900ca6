"""What processors derive from: one method to write, and the options that all of them share.

A constructor keeps its options, looks at how they go together, and does nothing else: it is called
when a configuration is checked, too. What a processor depends on, it asks for in `configure`.

Any option may be a `!path`: the attribute that holds it has the baton's value while the baton is
processed. A processor that looks by itself, with `get_input`, names the attribute in `resolves`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import KeyPath
from piped.paths import MISSING as _MISSING, BatonPath, get_path, set_path
from piped.processing.choice import gives_all
from piped.processing.emitting import is_emitter
from piped.processors.emission import emitting_process
from piped.processors.map_entries import MapEntry, map_entries

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.processing.pipeline import Pipeline

__all__ = ["ITS_NAME", "SAME", "InputOutputProcessor", "MappingProcessor", "Processor"]


class _Default:
    """A default that depends on something else, said in words."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return self._words


# The default of an output path: the input path, or the name of what is put there.
SAME: Any = _Default("as input_path")
ITS_NAME: Any = _Default("its name")


class Processor:
    """Gets a baton, and gives one back: at once, or later."""

    name: ClassVar[str]
    requires: ClassVar[Collection[str]] = ()  # the modules that an extra brings …
    extra: ClassVar[str] = ""  # … and its name: piped[extra]
    needs: ClassVar[Collection[str]] = ()  # resources that it depends on, whatever its options say
    # Attributes that hold options which the processor itself looks up by `get_input`.
    resolves: ClassVar[Collection[str]] = ()
    # Keywords for the checks of what comes before what.
    provides: ClassVar[Collection[str]] = ()
    depends_on: ClassVar[Collection[str]] = ()
    instance_provides: Collection[str] = ()
    instance_depends_on: Collection[str] = ()

    # Told to each processor when its pipeline is made.
    id: str = ""
    written_in: str = ""  # the name of a pipeline: relative names begin there
    evaluator: Pipeline | None = None
    consumers: list[Any]
    error_consumers: list[Any]
    processor_configuration: Mapping[str, Any]

    def __init__(self, *, node_name: str | None = None) -> None:
        """node_name: what diagrams call this step"""
        if isinstance(node_name, BatonPath):
            raise ConfigurationError("node_name cannot be taken from the baton by !path")
        self.node_name = node_name
        self.consumers = []
        self.error_consumers = []

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        """Ask for what the processor depends on."""

    def process(self, baton: Any) -> Any:
        """Give the baton for the consumers, now or later.

        As a generator it may give several, or none: each that it yields goes to the consumers, and
        to the end, before the generator is asked for the next one.
        """
        raise NotImplementedError

    @gives_all
    def get_consumers(self, baton: Any) -> list[Any]:
        """Those of the consumers that get `baton`, which this gave; none makes it a result."""
        del baton
        return self.consumers

    @gives_all
    def get_error_consumers(self, baton: Any) -> list[Any]:
        """Those of the error consumers that get `baton`, which this was given."""
        del baton
        return self.error_consumers

    def get_input(self, baton: Any, value: Any, fallback: Any = ...) -> Any:
        """What an option means for `baton`: what is at a `!path`, or the value itself."""
        if not isinstance(value, BatonPath):
            return value
        found = get_path(baton, value, _MISSING)
        if found is not _MISSING:
            return found
        if fallback is ...:
            raise UnfitBaton(f"the baton has nothing at {str(value)!r}, where an option looks")
        return fallback

    def get_resulting_baton(self, baton: Any, path: str | None, value: Any) -> Any:
        """`baton` with `value` at `path`. With the empty path `value` itself; with None without."""
        if path is None:
            return baton
        if path == "":
            return value
        set_path(baton, path, value)
        return baton

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id or getattr(self, 'name', '')!r}>"


class InputOutputProcessor(Processor):
    """Takes something out of the baton, and puts what it makes of it back."""

    def __init__(
        self,
        *,
        input_path: KeyPath = "",
        output_path: KeyPath | None = SAME,
        skip_if_nonexistent: bool = True,
        input_fallback: Any = None,
        **node: Any,
    ) -> None:
        """
        input_path: where the input is; '' is the baton itself
        output_path: where the output goes; '' replaces the baton, null discards it
        skip_if_nonexistent: leave a baton without the input as it is
        input_fallback: the input of a baton without one that is not skipped
        """
        super().__init__(**node)
        self.input_path = input_path
        self.output_path = input_path if output_path is SAME else output_path
        self.skip_if_nonexistent = skip_if_nonexistent
        self.input_fallback = input_fallback

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "process_input" in vars(cls) and is_emitter(cls.process_input):
            cls.process = emitting_process(cls.process_input)  # type: ignore[method-assign]  # it is what the engine looks at

    def process(self, baton: Any) -> Any:
        found = get_path(baton, self.input_path, _MISSING)
        if found is _MISSING:
            if self.skip_if_nonexistent:
                return baton
            found = self.input_fallback
        output = self.process_input(found, baton)
        if is_later(output):
            return self._later(baton, output)
        return self.get_resulting_baton(baton, self.output_path, output)

    def process_input(self, input: Any, baton: Any) -> Any:
        """Give the output for `input`, now or later; or, as a generator, several, or none."""
        raise NotImplementedError

    async def _later(self, baton: Any, output: Awaitable[Any]) -> Any:
        return self.get_resulting_baton(baton, self.output_path, await settled(output))


class MappingProcessor(Processor):
    """Takes several things out of the baton, one after the other, and puts each somewhere."""

    def __init__(
        self,
        *,
        mapping: list[Any] | dict[str, Any],
        input_path_prefix: str = "",
        output_path_prefix: str = "",
        skip_if_nonexistent: bool = True,
        input_fallback: Any = None,
        **node: Any,
    ) -> None:
        """
        mapping: input paths, or pairs of an input path and an output path or further options
        input_path_prefix: what stands before each input path
        output_path_prefix: what stands before each output path
        skip_if_nonexistent: pass over what the baton does not have
        input_fallback: the input in the place of one that is not there and not passed over
        """
        super().__init__(**node)
        self.mapping = map_entries(mapping, input_path_prefix, output_path_prefix)
        self.skip_if_nonexistent = skip_if_nonexistent
        self.input_fallback = input_fallback
        for entry in self.mapping:
            self.validate_additional_kwargs(**entry.options)

    def validate_additional_kwargs(self, **options: Any) -> None:
        """Raise a ConfigurationError if `process_mapping` does not take these."""
        entry = MapEntry("", "", options)
        entry.complain_of_unknown(self.process_mapping)

    def process(self, baton: Any) -> Any:
        return self._from(0, baton)

    def process_mapping(self, *args: Any, **options: Any) -> Any:
        """Give the output for one entry of the mapping, now or later.

        Called with the input, its path, the output path, the baton, and the options of the entry.
        """
        raise NotImplementedError

    def _from(self, first: int, baton: Any) -> Any:
        """What becomes of `baton` by the entries from `first`."""
        for at in range(first, len(self.mapping)):
            entry = self.mapping[at]
            found = self._input(entry, baton)
            if found is _MISSING:
                continue
            output = self.process_mapping(
                found, entry.input_path, entry.output_path, baton, **entry.options
            )
            if is_later(output):
                return self._later(at, baton, output)
            baton = self.get_resulting_baton(baton, entry.output_path, output)
        return baton

    async def _later(self, at: int, baton: Any, output: Awaitable[Any]) -> Any:
        path = self.mapping[at].output_path
        changed = self.get_resulting_baton(baton, path, await settled(output))
        return await settled(self._from(at + 1, changed))

    def _input(self, entry: MapEntry, baton: Any) -> Any:
        found = get_path(baton, entry.input_path, _MISSING)
        if found is _MISSING and not self.skip_if_nonexistent:
            return self.input_fallback
        return found
