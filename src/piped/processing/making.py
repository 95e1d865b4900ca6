"""Make the processor of a step, and the pipeline of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.catalogue.extras import missing_extra
from piped.exceptions import ConfigurationError
from piped.options import INVALID, Check, Reference, Schema, schema_of
from piped.problems import Kind, Problem, Severity
from piped.processing.definitions import StepDefinition
from piped.processing.dynamic import lost_paths
from piped.processing.graph import Graph
from piped.processing.parameters import assumed, complaints_of_use, filled, has_parameters
from piped.processing.step_options import StepOptions, step_options, with_step_options

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.processing.pipeline import Pipeline

__all__ = ["Maker", "make_pipeline"]

_NO_PATH = "%s cannot be taken from the baton by !path"


def make_pipeline(graph: Graph, catalogue: Catalogue) -> Pipeline:
    """The pipeline of `graph`. Raises ConfigurationError with all problems of its steps."""
    from piped.processing.pipeline import Pipeline

    check = Check()
    check.problems += complaints_of_use(graph)
    maker = Maker(catalogue, check)
    processors = [maker.made(vertex.step) for vertex in graph.vertices]
    errors = [each for each in check.problems if each.severity is Severity.ERROR]
    if errors:
        message = f"the pipeline {graph.name!r} cannot be made: {errors[0]}"
        raise ConfigurationError(message, problems=errors)
    return Pipeline(graph, processors)


class Maker:
    """Makes processors of steps, and notes in `check` what is wrong with them.

    To make a processor is part of checking it: a constructor keeps its options, looks at how they
    go together, and does nothing else.
    """

    def __init__(self, catalogue: Catalogue, check: Check) -> None:
        self._catalogue = catalogue
        self._check = check
        self._factories: dict[str, tuple[Any, Schema] | None] = {}

    def made(self, step: StepDefinition) -> Any:
        """The processor of `step`, or None: also if it leaves a parameter open."""
        if step.name not in self._factories:
            self._factories[step.name] = self._factory(step)
        elif self._factories[step.name] is None:
            self._note_unknown(step)
        found = self._factories[step.name]
        if found is None:
            return None
        factory, schema = found
        self._check.owner = step.home
        given = filled(step, {}).options
        is_open = has_parameters(given)
        options = self._check.options(
            assumed(given) if is_open else given,
            with_step_options(schema),
            what=step.name,
            at=step.place,
            dynamic=True,
        )
        if options is INVALID or is_open:
            return None
        return self._called(factory, schema, options, step)

    def _factory(self, step: StepDefinition) -> tuple[Any, Schema] | None:
        plugin = self._catalogue.find("processor", step.name)
        if plugin is None:
            self._note_unknown(step)
            return None
        try:
            factory = plugin.factory(step.place)
        except ConfigurationError as error:
            self._check.problems += error.problems
            return None
        missing = missing_extra(step.name, factory, step.place)
        if missing is not None:
            self._check.problems.append(missing)
            return None
        for path in getattr(factory, "needs", ()):
            self._check.references.append(Reference("resource", path, step.place))
        return factory, schema_of(factory)

    def _note_unknown(self, step: StepDefinition) -> None:
        # One that could not be loaded has been noted where it was met first.
        if self._catalogue.find("processor", step.name) is None:
            problem = self._catalogue.unknown("processor", step.name, step.place)
            self._check.problems.append(problem)

    def _called(
        self, factory: Any, schema: Schema, options: dict[str, Any], step: StepDefinition
    ) -> Any:
        try:
            of_the_step = step_options(options, schema)
            processor = factory(**options)
            for name in lost_paths(processor, options):
                raise ConfigurationError(_NO_PATH % name.rstrip("_"))  # noqa: TRY301 - as the constructor itself might
            _add(of_the_step, processor)
        except ConfigurationError as error:
            self._check.problems += error.problems or [_unfit(step, error.msg, error.hint)]
        except Exception as error:  # noqa: BLE001 - a plugin's constructor may raise anything
            message = f"it cannot be made of these options: {type(error).__name__}: {error}"
            self._check.problems.append(_unfit(step, message, None))
        else:
            processor.processor_configuration = options
            return processor
        return None


def _add(options: StepOptions, processor: Any) -> None:
    if options.node_name is not None:
        processor.node_name = options.node_name
    if options.threaded or options.timeout is not None:
        # Only those who use it pay for it.
        from piped.processing.limits import limit

        limit(processor, threaded=options.threaded, timeout=options.timeout)


def _unfit(step: StepDefinition, message: str, hint: str | None) -> Problem:
    return Problem(Kind.WRONG_VALUE, step.place, f"{step.name}: {message}", hint or "")
