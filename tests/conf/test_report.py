"""The two prints of problems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from piped.conf import load, report
from piped.problems import WAYS_OUT, Kind, Place, Problem, Severity
from piped.secret import Secret
from tests.conf.doubles import Write, failing

PORT = "web.site.port: expected a port number, got 'http'"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def problem(place: Place | None, message: str = PORT, **more: str) -> Problem:
    return Problem(Kind.WRONG_TYPE, place, message, more.get("hint", ""), more.get("detail", ""))


def test_a_problem_has_place_excerpt_caret_hint_and_detail(write: Write) -> None:
    app = write({"app.yaml": "web:\n  site:\n    port: http\n"})
    place = Place(str(app), 3, 11, 15)
    shown = report.text([problem(place, hint="Write 80.\nOr 81.", detail="tried:\n  this\n")])
    assert shown == (
        "app.yaml:3:11: web.site.port: expected a port number, got 'http'\n"
        "  3 |     port: http\n"
        "    |           ^~~~\n"
        "  = Write 80.\n"
        "  = Or 81.\n"
        "    tried:\n"
        "      this\n"
        "\n"
        "1 problem in app.yaml\n"
    )


def test_a_problem_without_a_line_has_no_excerpt(write: Write) -> None:
    app = write({"app.yaml": "x"})
    for place, head, last in (
        (Place(str(app)), "app.yaml: gone", "1 problem in app.yaml"),
        (None, "gone", "1 problem"),
        (Place("-O a:1"), "-O a:1: gone", "1 problem"),
    ):
        text = report.text([problem(place, "gone")])
        assert text.splitlines()[0] == head
        assert text.splitlines()[-1] == last
        assert "|" not in text


def test_no_problems_are_no_text() -> None:
    assert report.text([]) == ""
    assert report.as_json([]) == "[]"


def test_a_file_elsewhere_has_its_whole_path() -> None:
    assert report.text([problem(Place("/etc/x.yaml", 1, 1))]).startswith("/etc/x.yaml:1:1: ")


@pytest.mark.parametrize("content", [None, b"", b"a: \xff\xfe", b"\0"])
def test_a_file_that_is_gone_or_changed_is_no_matter(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "x.yaml"
    if content is not None:
        file.write_bytes(content)
    assert report.text([problem(Place(str(file), 5, 7))]).startswith("x.yaml:5:7: web.site.port")


def test_a_warning_says_so() -> None:
    warning = Problem(Kind.INCLUDE_CYCLE, Place("x"), "skipped", severity=Severity.WARNING)
    [first, *_, last] = report.text([warning]).splitlines()
    assert (first, last) == ("x: warning: skipped", "1 warning")


def test_what_has_no_hint_has_that_of_its_kind() -> None:
    text = report.text([problem(None, "gone")])
    assert f"  = {WAYS_OUT[problem(None, 'gone').kind]}\n" in text


def test_the_last_line_counts(tmp_path: Path) -> None:
    one, two = (Place(str(tmp_path / name), 1, 1) for name in ("a.yaml", "b.yaml"))
    warning = Problem(Kind.LIMIT, one, "x", severity=Severity.WARNING)

    def last(*problems: Problem) -> str:
        return report.text(problems).splitlines()[-1]

    assert last(problem(one), problem(one)) == "2 problems in a.yaml"
    assert last(problem(one), problem(two)) == "2 problems in 2 files"
    assert last(problem(one), warning, warning) == "1 problem and 2 warnings in a.yaml"
    assert last(problem(one), problem(Place("-O x"))) == "2 problems in a.yaml"


def test_colour_comes_only_when_asked_for_and_changes_nothing_else(write: Write) -> None:
    app = write({"app.yaml": "a: b"})
    problems = [problem(Place(str(app), 1, 4, 5), hint="Do.")]
    coloured = report.text(problems, colour=True)
    assert "\x1b[31m^" in coloured
    plain = coloured
    for code in ("\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[36m", "\x1b[0m"):
        plain = plain.replace(code, "")
    assert plain == report.text(problems)


def test_json_has_all_there_is() -> None:
    [shown] = json.loads(report.as_json([problem(Place("x", 1, 2, 3), "m", hint="h", detail="d")]))
    assert shown == {
        "kind": "wrong-type",
        "severity": "error",
        "file": "x",
        "line": 1,
        "column": 2,
        "end_column": 3,
        "message": "m",
        "hint": "h",
        "detail": "d",
    }
    [shown] = json.loads(report.as_json([problem(None)]))
    assert (shown["file"], shown["line"]) == ("", 0)


def test_neither_print_shows_a_secret_that_was_revealed() -> None:
    secret = Secret('correct "horse" é').reveal()
    told = [problem(Place("x"), f"cannot log in with {secret}", hint=secret, detail=secret)]
    assert "horse" not in report.text(told)
    assert "horse" not in report.as_json(told)


def test_an_excerpt_shows_no_secret(write: Write) -> None:
    app = write({"app.yaml": "db: {password: !secret hunter2, port: ${NOPE}}\nx: !secrets hunter2"})
    shown = report.text(failing(lambda: load(app, environment={})))
    assert "hunter2" not in shown
    assert "1 | db: {password: !secret «secret»" in shown
