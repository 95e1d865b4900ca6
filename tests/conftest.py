"""What holds for all tests."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from hypothesis import settings

from piped import secret
from piped.interop.reactor import forget
from tests.losses import Losses, table
from tests.services import require

# How long an example takes depends on who else uses the machine.
settings.register_profile("piped", settings(), deadline=None)
settings.load_profile("piped")

# A shell has those ignore Ctrl-C that it starts in the background, and so would all they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """End a test whose server is missing before any of its fixtures is made."""
    require(
        [name for mark in item.iter_markers("service") for name in mark.args],
        os.environ,
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Say how to have the same order again, where the order may be the reason; and of losses."""
    reports = terminalreporter.getreports("passed")
    if lines := table(each for report in reports for each in report.user_properties):
        terminalreporter.section("how long a service is lost")
        for line in lines:
            terminalreporter.line(line)
    seed = getattr(config.option, "randomly_seed", None)
    if exitstatus == pytest.ExitCode.TESTS_FAILED and seed is not None:
        terminalreporter.line(
            f"The same order again: -p randomly -p no:xdist --randomly-seed={seed}"
        )


@pytest.fixture
def losses(record_property: Callable[[str, object], None]) -> Losses:
    """Where a test notes how long something is lost."""
    return Losses(record_property)


@pytest.fixture(autouse=True)
def _only_reactors_of_ours() -> Iterator[None]:
    """Forget the reactor that Twisted chose for a test, or no other test could have ours."""
    yield
    reactor = getattr(sys.modules.get("twisted.internet"), "reactor", None)
    if reactor is not None and "piped" not in type(reactor).__module__:
        forget()


@pytest.fixture(autouse=True)
def _secrets_of_its_own() -> Iterator[None]:
    """Let no test hide words that another one shows."""
    before = secret._revealed, secret._pattern
    secret._revealed = set(secret._revealed)
    yield
    secret._revealed, secret._pattern = before


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """End the process, and tell where it was, when a teardown takes for ever.

    A test that takes too long is interrupted once; what it left may hang its teardown, too.
    """
    stderr = item.config.stash[fault_handler_stderr_fd_key]
    faulthandler.dump_traceback_later(90, exit=True, file=stderr)
