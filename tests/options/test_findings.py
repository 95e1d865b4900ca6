"""Problems and references as they are found."""

from __future__ import annotations

import warnings

from piped.options.findings import INVALID, Findings
from piped.problems import Kind, Place, Problem, Severity
from tests.options.reading import node


def test_a_problem_stands_where_it_is_said_to() -> None:
    findings, place = Findings(), Place("app.yaml", 2, 2)
    assert findings.problem(Kind.LIMIT, node("a"), "m", "h", "d") is INVALID
    findings.problem(Kind.LIMIT, place, "m", severity=Severity.WARNING)
    findings.problem(Kind.LIMIT, None, "m")
    assert findings.problems == [
        Problem(Kind.LIMIT, Place("app.yaml", 1, 1), "m", "h", "d"),
        Problem(Kind.LIMIT, place, "m", severity=Severity.WARNING),
        Problem(Kind.LIMIT, None, "m"),
    ]


def test_what_is_taken_back_was_never_there() -> None:
    findings = Findings("owner")
    findings.refer("resource", "a", node("a"))
    mark = findings.mark()
    findings.refer("resource", "b", node("b"))
    findings.problem(Kind.LIMIT, None, "m")
    assert [problem.message for problem in findings.take_back(mark)] == ["m"]
    assert findings.problems == []
    assert [reference.name for reference in findings.references] == ["a"]


def test_warnings_of_python_are_noted() -> None:
    findings = Findings()
    with findings.python_warnings(node("a"), "x", Kind.BAD_CODE):
        warnings.warn("odd", SyntaxWarning, stacklevel=1)
    [problem] = findings.problems
    assert (problem.message, problem.severity) == ("x: Python warns: odd", Severity.WARNING)


def test_invalid_is_known_by_its_name() -> None:
    assert repr(INVALID) == "INVALID"
