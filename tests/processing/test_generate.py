"""The text of the functions that take batons through a plan."""

from __future__ import annotations

import inspect
import sys

import pytest

from piped.processing.generate import LONGEST, written
from piped.processing.generate_later import written_later
from piped.processing.plan import Plan, Step


def burst(baton: object) -> object:
    raise ValueError(baton)


def lines(*steps: Step) -> list[str]:
    return [each.strip() for each in written(Plan("it", steps)).text.splitlines()]


def test_a_chain_is_one_call_after_the_other_in_one_variable() -> None:
    text = lines(Step("a", str, (1,)), Step("b", str))
    calls = ["v0 = p0(v0)  # 'a'", "out = p1(v0)  # 'b'", "v0 = out", "return [v0]"]
    assert [each for each in text if each in calls] == calls


def test_what_is_needed_later_stays_in_its_variable() -> None:
    text = lines(Step("a", str, (1, 1)), Step("b", str, (), (2,)), Step("x", str))
    calls = [each for each in text if "= p" in each or "append" in each]
    assert calls == [
        "v0 = p0(v0)  # 'a'",
        *("v1 = p1(v0)  # 'b'", "results.append(v1)"),
        *("v1 = p2(v0)  # 'x'", "results.append(v1)"),
        *("v1 = p1(v0)  # 'b'", "results.append(v1)"),
        # There it is needed no more.
        *("out = p2(v0)  # 'x'", "results.append(v0)"),
    ]


def test_a_position_knows_what_is_on_the_stack() -> None:
    steps = (Step("a", str, (1, 2)), Step("b", str, (), (2,)), Step("x", str))
    positions = written(Plan("it", steps)).positions
    assert [(each.step, each.pending) for each in positions] == [
        (0, ()),
        (1, ((2, 0, 0), (~1, 0, 0))),
        (2, ((2, 0, 0),)),
        (2, ()),
    ]


def test_what_comes_of_a_failure_stands_in_an_except_clause() -> None:
    text = lines(Step("a", str, (1,), (2,)), Step("b", burst), Step("x", str))
    words = ("except", "v1 = p", "v0 = p", "out = p", "return [")
    assert [each for each in text if each.startswith(words)][:5] == [
        "v1 = p0(v0)  # 'a'",
        "out = p1(v1)  # 'b'",
        "return [v1]",
        "except Exception as failure1:",
        "v0 = p2(v0)  # 'x'",
    ]


def test_a_failure_within_that_of_another_has_a_name_of_its_own() -> None:
    text = lines(Step("a", str, (), (1,)), Step("x", str, (), (2,)), Step("y", str))
    assert "except Exception as failure2:" in text


def test_error_consumers_that_are_chosen_are_not_in_the_text() -> None:
    chosen = Step("a", str, (), (1,), choose_on_error=lambda _: (1,))
    text = lines(chosen, Step("x", str))
    assert "v0 = p1(v0)  # 'x'" not in text
    assert any("rescue(" in each for each in text)


@pytest.mark.parametrize("errors", [(), (1,)])
def test_a_long_chain_is_written_without_recursion(errors: tuple[int, ...]) -> None:
    steps = [Step("a", str, (at + 1,), errors) for at in range(LONGEST * 2)]
    depth = len(inspect.stack())
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 150)
    try:
        written(Plan("chain", tuple(steps)))
    finally:
        sys.setrecursionlimit(limit)


def test_python_can_compile_whatever_is_within_one_another() -> None:
    """Failures within failures, and steps with error consumers behind one another."""
    deep = [Step(f"x{at}", str, (at + 1,), (at + 1,)) for at in range(30)]
    for write in (written, written_later):
        compile(write(Plan("deep", (*deep, Step("end", str)))).text, "deep", "exec")


def test_a_choice_is_a_branch_for_each_consumer() -> None:
    decider = Step("a", str, (1, 2), choose=lambda _: (1,))
    text = lines(decider, Step("b", str), Step("c", str))
    words = [each for each in text if "chosen" in each and "rest" not in each]
    assert words == [
        "chosen = tuple(c0(v0))",
        "if chosen == (1,):",
        "elif chosen == (2,):",
        "elif chosen == ():",
        "elif chosen:",
    ]


def test_a_loop_to_the_source_stays_in_the_text() -> None:
    assert "continue" in lines(Step("a", str, (0,), choose=lambda _: ()))


def test_another_loop_leaves_it() -> None:
    text = lines(Step("a", str, (1,)), Step("b", str, (1,), choose=lambda _: ()))
    assert "rest = loop(1, v0)" in text


def test_a_name_cannot_break_out_of_its_comment() -> None:
    assert "v0 = p0(v0)  # 'a\\nb'" in lines(Step("a\nb", str))
