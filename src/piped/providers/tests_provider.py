"""Tests of the pipelines beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from piped.options import Reference
from piped.problems import Kind
from piped.provider import Provider
from piped.providers.tests_settings import Case, Test, Tests

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check

__all__ = ["TestsProvider"]


class TestsProvider(Provider):
    """Say what becomes of a baton: tests, which `piped test` runs.

    Each runs by itself, on a clock of its own, and nothing listens. A running process does nothing
    with them::

        tests:
            a price is doubled:
                pipeline: double
                given: {price: 21}
                gives: {price: 42}
            a shop that is slow is given up:
                pipeline: fetch
                fakes: {processors: {ask-shop: {takes: 1h}}}
                fails: TimeoutError
                within: 30s
    """

    section: ClassVar[str] = "tests"
    settings: ClassVar[Any] = Tests

    def check(self, settings: dict[str, Test], catalogue: Catalogue, check: Check) -> None:
        for name, test in settings.items():
            for case in _cases(test):
                _check_fakes(case, catalogue, check)
            for case in test.all_cases():
                _check_pipeline(name, case, check)


def _cases(test: Test) -> Iterator[Case]:
    """The test, and the cases in it, as they are written."""
    yield test
    yield from test.cases


def _check_fakes(case: Case, catalogue: Catalogue, check: Check) -> None:
    for name, fake in case.fakes.processors.items():
        if catalogue.find("processor", name) is None:
            check.problems.append(catalogue.unknown("processor", name, fake.place))
    for path, resource in case.fakes.resources.items():
        if resource.place is not None:
            check.references.append(Reference("resource", path, resource.place))


def _check_pipeline(name: str, case: Case, check: Check) -> None:
    if case.pipeline is None:
        message = f"tests.{name} needs the option 'pipeline'"
        hint = "Name the pipeline that is given the baton."
        check.problem(Kind.MISSING_OPTION, case.place, message, hint)
