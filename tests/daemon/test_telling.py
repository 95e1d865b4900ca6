"""What a person is told of a failure."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from twisted.internet.error import CannotListenError

from piped.daemon.telling import in_colour, tell, text_of
from piped.exceptions import ConfigurationError, PipedError
from piped.problems import Kind, Place, Problem
from piped.secret import Secret

PROBLEM = Problem(Kind.WRONG_VALUE, Place("app.yaml", 3, 1), "this is wrong")
MISSING = Problem(Kind.MISSING_PACKAGE, Place("app.yaml", 3, 1), "No module named 'x'")


def noted(failure: BaseException, note: str) -> BaseException:
    failure.add_note(note)
    return failure


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (PipedError("all is lost"), "piped: all is lost"),
        (
            PipedError("all is lost", detail="nothing left", hint="Start again."),
            "piped: all is lost\nDETAIL: nothing left\nHINT: Start again.",
        ),
        (ConfigurationError("not so", hint="But so."), "piped: not so\nHINT: But so."),
        (noted(PipedError("it broke"), "while it ran"), "piped: it broke (while it ran)"),
        (OSError(2, "No such file", "x"), "piped: [Errno 2] No such file: 'x'"),
        (
            noted(CannotListenError("here", 80, OSError(98, "in use")), "while web was started"),
            "piped: Couldn't listen on here:80: [Errno 98] in use. (while web was started)",
        ),
    ],
)
def test_our_own_failures_are_told_without_a_traceback(failure: BaseException, told: str) -> None:
    assert text_of(failure) == told


def test_problems_are_shown_as_problems() -> None:
    text = text_of(ConfigurationError("1 thing", "a detail", "a hint", problems=[PROBLEM]))
    assert text.startswith("app.yaml:3:1: this is wrong\n")
    assert "1 thing" not in text


def test_a_missing_bundle_is_told_in_the_words_of_the_tutorial() -> None:
    error = ConfigurationError("No module named 'x'", "a detail", "a hint", problems=[MISSING])
    words = ["ERROR: No module named 'x'", "DETAIL: a detail", "HINT: a hint"]
    assert text_of(error).splitlines()[-4:] == ["piped.exceptions.ConfigurationError:", *words]


def burst() -> None:
    raise LookupError("gone")


def test_a_plugins_own_exception_has_its_traceback_and_none_of_ours() -> None:
    from piped.daemon.configuring import naming

    try:
        with naming(object(), "was configured"):
            burst()
    except LookupError as failure:
        text = text_of(failure)
    assert text.splitlines()[0] == "Traceback (most recent call last):"
    assert text.endswith("LookupError: gone\nwhile the plugin object was configured")
    assert Path(__file__).name in text
    assert "startup.py" not in text


def test_what_has_no_frame_but_ours_is_shown_whole() -> None:
    assert text_of(LookupError("gone")) == "LookupError: gone"


def test_no_secret_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell(f"the password is {Secret('open-sesame').reveal()}")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("the password is ")
    assert "open-sesame" not in captured.err


@pytest.mark.parametrize(
    ("terminal", "variables", "wanted"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, variables: dict[str, str], wanted: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    assert in_colour() is wanted
