"""Tests of configurations as items of pytest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from piped.conf import report
from piped.exceptions import ConfigurationError
from piped.problems import Severity

if TYPE_CHECKING:
    from piped.testing.yaml_tests import YamlTest

__all__ = ["ConfigurationFile", "YamlItem"]


class ConfigurationFile(pytest.File):
    """A configuration: an item for each case of its tests."""

    def collect(self) -> Iterator[pytest.Item]:
        from piped.checking import check_file
        from piped.testing.yaml_tests import yaml_tests_of

        checked = check_file(str(self.path), runmode="unittest")
        try:
            checked.raise_errors()
        except ConfigurationError as error:
            wrong = [each for each in error.problems if each.severity is Severity.ERROR]
            raise self.CollectError(report.text(wrong)) from None
        for test in yaml_tests_of(checked):
            yield YamlItem.from_parent(self, name=test.name, test=test)


class YamlItem(pytest.Item):
    """One case."""

    def __init__(self, *, test: YamlTest, **node: Any) -> None:
        super().__init__(**node)
        self._test = test
        if test.test.skip is not None:
            self.add_marker(pytest.mark.skip(reason=test.test.skip))
        if test.test.todo is not None:
            self.add_marker(pytest.mark.xfail(reason=test.test.todo, strict=True))

    def runtest(self) -> None:
        from piped.daemon.single import run_alone

        failure = run_alone(self._test.run)
        if failure is not None:
            raise failure

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """What went wrong, without what pytest and piped did meanwhile."""
        import traceback

        from piped.testing.yaml_tests import without_ours

        del style
        return "".join(traceback.format_exception(without_ours(excinfo.value))).rstrip()

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self._test.place.file, self._test.place.line - 1, self.name
