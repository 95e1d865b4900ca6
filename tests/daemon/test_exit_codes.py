"""The exit codes, and which failure has which."""

from __future__ import annotations

import pytest

from piped.daemon.exit_codes import ExitCode, exit_code_of
from piped.daemon.phases import PhaseFailed
from piped.exceptions import ConfigurationError, PipedError


def test_the_codes_are_the_ones_that_are_documented() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "CONFIGURATION": 78,
    }


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ConfigurationError("no such option"), 78),
        (PhaseFailed("checks", "open", ConfigurationError("no such option")), 78),
        (PhaseFailed("web", "open", OSError("in use")), 1),
        (PipedError("anything"), 1),
        (ZeroDivisionError(), 1),
    ],
)
def test_a_wrong_configuration_is_told_from_all_else(failure: BaseException, code: int) -> None:
    assert exit_code_of(failure) == code
