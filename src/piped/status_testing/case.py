"""A test case, written as those of `unittest` and run by `piped.status_testing.running`."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

__all__ = ["StatusTestCase"]


class StatusTestCase(unittest.TestCase):
    """Tests are its methods that begin with `statustest`; they and all others may come later.

    `setUp` gets the namespace by name. `skip`, `todo` and `timeout` (in seconds) are attributes of
    a method or of the class; the decorators of `unittest` mean the same.
    """

    method_prefix: ClassVar[str] = "statustest"
    timeout: float = 120.0

    def __init__(self, methodName: str = "runTest") -> None:  # noqa: N803 - the name that unittest gives it
        super().__init__(methodName)
        self.method_name = methodName
        self.cleanups: list[Callable[[], Any]] = []
        self.failures: list[BaseException] = []

    def setUp(self, **namespace: Any) -> Any:
        """Prepare a test."""

    def addCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:  # noqa: N802 - the name of unittest
        """Call `function` after the test and its `tearDown`, in reverse order, whatever happens."""
        self.cleanups.append(lambda: function(*args, **kwargs))

    @contextmanager
    def subTest(self, msg: Any = None, **params: Any) -> Iterator[None]:  # noqa: N802 - the name of unittest
        """A part of the test; when it fails, the others run nevertheless."""
        try:
            yield
        except unittest.SkipTest:
            raise
        except Exception as failure:  # noqa: BLE001 - it is told with the others
            named = [f"{name}={value!r}" for name, value in params.items()]
            what = ", ".join(([] if msg is None else [str(msg)]) + named)
            failure.add_note(f"in the part ({what})")
            self.failures.append(failure)

    def run(self, result: Any = None) -> Any:
        """Status tests need the loop of the process they test."""
        raise NotImplementedError(f"{type(self).__name__} is run by `run_test`, in a pipeline")

    # Names that unittest had for long, and has no more.

    def assertEquals(self, first: Any, second: Any, msg: Any = None) -> None:  # noqa: N802
        self.assertEqual(first, second, msg)

    def assertNotEquals(self, first: Any, second: Any, msg: Any = None) -> None:  # noqa: N802
        self.assertNotEqual(first, second, msg)

    def assertItemsEqual(self, first: Any, second: Any, msg: Any = None) -> None:  # noqa: N802
        self.assertCountEqual(first, second, msg)
