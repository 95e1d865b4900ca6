"""What a process says by its exit code."""

from __future__ import annotations

from enum import IntEnum

from piped.exceptions import ConfigurationError

__all__ = ["ExitCode", "exit_code_of"]


class ExitCode(IntEnum):
    """All exit codes there are."""

    DONE = 0
    FAILED = 1  # while running, or while starting for a reason outside the configuration
    USAGE = 2  # the command line was not understood
    CONFIGURATION = 78  # EX_CONFIG of sysexits.h


def exit_code_of(failure: BaseException) -> ExitCode:
    """The code for a process that ends because of `failure`, or of what caused it."""
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ConfigurationError):
            return ExitCode.CONFIGURATION
        cause = cause.__cause__
    return ExitCode.FAILED
