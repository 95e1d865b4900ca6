"""Where the tests are: the methods of a class, the classes within an object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from piped.status_testing.case import StatusTestCase

__all__ = ["StatusTestLoader", "cases_within"]


class StatusTestLoader:
    """Makes the tests of classes, in the order of their names."""

    def tests_of(self, case: type[StatusTestCase]) -> list[StatusTestCase]:
        """A test for each method of `case` that is one."""
        return [case(name) for name in self.names_of(case)]

    def names_of(self, case: type[StatusTestCase]) -> Iterable[str]:
        """The names of the methods that are tests."""
        prefix = case.method_prefix
        return [name for name in dir(case) if name.startswith(prefix) and _is_method(case, name)]


def cases_within(holder: Any) -> Iterator[type[StatusTestCase]]:
    """The classes of tests that are attributes of `holder`, and those within them."""
    for name in dir(holder):
        if name.startswith("__"):
            continue
        found = getattr(holder, name)
        if isinstance(found, type) and issubclass(found, StatusTestCase):
            yield found
            yield from cases_within(found)


def _is_method(case: type, name: str) -> bool:
    return callable(getattr(case, name))
