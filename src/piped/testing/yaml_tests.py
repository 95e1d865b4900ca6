"""The tests of a configuration as tests that a reporter can tell of, and pytest can run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import piped
from piped.checking import Checked
from piped.problems import Place
from piped.providers.tests_settings import Case, Test
from piped.status_testing.case import StatusTestCase
from piped.testing.trying import Run, try_case

__all__ = ["Follow", "YamlTest", "status_tests_of", "without_ours", "yaml_tests_of"]

# What begins like that is ours, or made by us.
_OURS = (str(Path(piped.__file__).parent), "<run of pipeline ")

# What follows a run: how it is made, and what there is to say of it when it failed.
Follow = Callable[[], tuple[Run, Callable[[], str]]]


@dataclass(frozen=True)
class YamlTest:
    """One case of one test."""

    name: str
    written: str  # the name, without the number of the case
    case: Case
    test: Test
    checked: Checked

    @property
    def place(self) -> Place:
        """Where it is written."""
        assert self.case.place is not None, "whoever reads the section says it"
        return self.case.place

    async def run(self, follow: Follow | None = None) -> BaseException | None:
        """What went wrong, with where; none of our own frames is in it."""
        run, told = follow() if follow is not None else (None, str)
        how = {} if run is None else {"run": run}
        try:
            await try_case(self.case, self.checked, **how)
        except Exception as failure:  # noqa: BLE001 - it is told
            failure.add_note(f"in the test {self.name!r} ({self.place.file}:{self.place.line})")
            more = told()
            if more:
                failure.add_note(more)
            return without_ours(failure)
        return None


def yaml_tests_of(checked: Checked) -> Iterator[YamlTest]:
    """The tests, in the order in which they are written."""
    tests: dict[str, Test] = checked.settings.get("tests", {})
    for name, test in tests.items():
        cases = test.all_cases()
        for number, case in enumerate(cases, 1):
            numbered = f"{name} [{number}]" if test.cases else name
            yield YamlTest(numbered, name, case, test, checked)


def status_tests_of(
    tests: list[YamlTest], follow: Follow | None = None
) -> Iterator[StatusTestCase]:
    """For each of them one that a reporter can tell of: file, pipeline and name are its names."""
    classes: dict[tuple[str, str], type[StatusTestCase]] = {}
    for test in tests:
        file, pipeline = Path(test.place.file).name, str(test.case.pipeline)
        if (file, pipeline) not in classes:
            names = {"__module__": file, "__qualname__": pipeline}
            classes[file, pipeline] = type(pipeline, (StatusTestCase,), names)
        case = classes[file, pipeline]
        setattr(case, test.name, _method(test, follow))
        yield case(test.name)


def _method(test: YamlTest, follow: Follow | None) -> Any:
    async def method(self: StatusTestCase) -> None:
        failure = await test.run(follow)
        if failure is not None:
            self.failures.append(failure)  # if it were raised, it would have our frames

    method.skip, method.todo = test.test.skip, test.test.todo  # type: ignore[attr-defined]  # what the marks are
    return method


def without_ours(failure: BaseException) -> BaseException:
    """The failure, and those before it, without the frames of this package and of pytest."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [failure]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = _theirs(each.__traceback__)
            waiting += [each.__context__, each.__cause__]
    return failure


def _theirs(trace: TracebackType | None) -> TracebackType | None:
    if trace is None:
        return None
    rest = _theirs(trace.tb_next)
    if trace.tb_frame.f_code.co_filename.startswith(_OURS) or _is_of_pytest(trace):
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _is_of_pytest(trace: TracebackType) -> bool:
    module = str(trace.tb_frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in {"_pytest", "pluggy"}
