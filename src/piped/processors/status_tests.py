"""Run status tests: tests inside the process they test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from piped.exceptions import UnfitBaton
from piped.interop import settled
from piped.options import DottedName, KeyPath, ResourceName
from piped.paths import get_path
from piped.processors.base import Processor
from piped.processors.fixed import fixed, loaded
from piped.status_testing.case import StatusTestCase
from piped.status_testing.loading import StatusTestLoader, cases_within
from piped.status_testing.running import run_tests

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["CreateStatustestReporter", "StatusTestProcessor", "WaitForStatustestReporter"]

_MISSING = object()
_REPORTER = DottedName("piped.status_testing.processor_reporter.ProcessorReporter")


class CreateStatustestReporter(Processor):
    """Make a reporter, which hears of the tests that the processors behind this one run.

    Example::

        pipeline:
            - create-statustest-reporter
            - wait-for-statustest-reporter: {done: true}
            - eval-lambda: {input_path: reporter, lambda: "it: it.results.summary()"}
        given: {}
        gives: {reporter: PASSED}
    """

    name = "create-statustest-reporter"

    def __init__(
        self,
        *,
        reporter: DottedName = _REPORTER,
        processor: ResourceName | None = None,
        arguments: dict[str, Any] | None = None,
        output_path: KeyPath | None = "reporter",
        **node: Any,
    ) -> None:
        """
        reporter: the class of the reporter
        processor: what gets a baton for each result
        arguments: what else it is made with; `stream_path: request` takes it from the baton
        output_path: where the reporter goes; '' replaces the baton
        """
        super().__init__(**node)
        self.reporter = loaded("reporter", reporter)
        self.processor = fixed("processor", processor)
        self.arguments = arguments or {}
        self.output_path = output_path
        self._dependency: Any = None

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        if self.processor is not None:
            manager = runtime_environment.dependency_manager
            needed = {**self.processor.configuration, "provider": self.processor.path}
            self._dependency = manager.add_dependency(self, needed)

    def process(self, baton: Any) -> Any:
        made = self.reporter(self._dependency, **self._arguments(baton))
        return self.get_resulting_baton(baton, self.output_path, made)

    def _arguments(self, baton: Any) -> dict[str, Any]:
        arguments = {}
        for name, value in self.arguments.items():
            if not name.endswith("_path"):
                arguments[name] = value
                continue
            found = arguments[name.removesuffix("_path")] = get_path(baton, value, _MISSING)
            if found is _MISSING:
                raise UnfitBaton(f"nothing is at {value!r}, where the argument {name!r} points to")
        return arguments


class WaitForStatustestReporter(Processor):
    """Wait until all results are processed; with `done`, say what became of the tests.

    If a test has failed then, the process is going to exit with 1, whenever that is. Where the
    same tests run again and again, say `decides_exit: false`.

    Example::

        pipeline:
            - create-statustest-reporter
            - wait-for-statustest-reporter: {done: true}
            - eval-lambda: {input_path: reporter, lambda: "it: it.wasSuccessful()"}
        given: {}
        gives: {reporter: true}
    """

    name = "wait-for-statustest-reporter"

    def __init__(
        self,
        *,
        reporter_path: KeyPath = "reporter",
        done: bool = False,
        decides_exit: bool = True,
        **node: Any,
    ) -> None:
        """
        reporter_path: where the reporter is
        done: whether all tests have run, so that the summary is due
        decides_exit: whether the process exits with 1 if a test has failed when all are done
        """
        super().__init__(**node)
        self.reporter_path = reporter_path
        self.done = done
        self.decides_exit = decides_exit

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._environment = runtime_environment

    async def process(self, baton: Any) -> Any:
        reporter = _reporter_in(baton, self.reporter_path)
        await settled(reporter.wait())
        if self.done:
            reporter.done()
            if self.decides_exit and not reporter.wasSuccessful():
                self._environment.exit_code = 1
        return baton


class StatusTestProcessor(Processor):
    """Run tests, and tell the reporter in the baton. Derive from it, and give the class a name.

    The tests are those of the classes within it that derive from `StatusTestCase`.
    """

    def __init__(self, *, reporter_path: KeyPath = "reporter", **node: Any) -> None:
        """reporter_path: where the reporter is"""
        super().__init__(**node)
        self.reporter_path = reporter_path

    def get_testcases(self, baton: Any) -> Iterable[type[StatusTestCase]]:
        """The classes of tests to run."""
        del baton
        return cases_within(type(self))

    def get_suites(self, baton: Any, loader: StatusTestLoader) -> Iterable[Iterable[Any]]:
        """The tests to run, some by some."""
        return [loader.tests_of(case) for case in self.get_testcases(baton)]

    def get_namespace(self, baton: Any) -> Mapping[str, Any]:
        """What `setUp` gets by name: a mapping, or a map of dependencies."""
        del baton
        return {}

    async def process(self, baton: Any) -> Any:
        reporter = _reporter_in(baton, self.reporter_path)
        namespace = await settled(self.get_namespace(baton))
        for suite in self.get_suites(baton, StatusTestLoader()):
            await run_tests(suite, namespace, reporter)
        return baton


def _reporter_in(baton: Any, path: str) -> Any:
    reporter = get_path(baton, path, None)
    if not hasattr(reporter, "startTest"):
        hint = "Put `create-statustest-reporter` before it."
        raise UnfitBaton(f"there is {reporter!r} at {path!r}, and no reporter", hint=hint)
    return reporter
