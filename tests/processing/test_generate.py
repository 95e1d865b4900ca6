"""The text of the functions that take batons through a plan."""

from __future__ import annotations

from piped.processing.generate import written
from piped.processing.plan import Plan, Step


def lines(*steps: Step, later: bool = False) -> list[str]:
    return [each.strip() for each in written(Plan("it", steps), later=later).text.splitlines()]


def test_a_chain_is_one_call_after_the_other_in_one_variable() -> None:
    text = lines(Step("a", str, (1,)), Step("b", str))
    calls = ["v0 = p0(v0)  # 'a'", "v0 = p1(v0)  # 'b'", "return [v0]"]
    assert [each for each in text if each in calls] == calls


def test_what_is_needed_later_stays_in_its_variable() -> None:
    text = lines(Step("a", str, (1, 1)), Step("b", str, (), (2,)), Step("x", str))
    calls = [each for each in text if "= p" in each or "append" in each]
    assert calls == [
        "v0 = p0(v0)  # 'a'",
        *("v1 = p1(v0)  # 'b'", "results.append(v1)") * 2,
    ]


def test_a_position_knows_what_is_on_the_stack() -> None:
    steps = (Step("a", str, (1, 2)), Step("b", str, (), (2,)), Step("x", str))
    positions = written(Plan("it", steps)).positions
    assert [(each.step, each.pending) for each in positions] == [
        (0, ()),
        (1, ((2, 0), (~1, 0))),
        (2, ()),
    ]


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


def test_the_coroutine_passes_over_what_has_been() -> None:
    text = lines(Step("a", str, (1,)), Step("b", str), later=True)
    calls = [each for each in text if "= p" in each]
    assert calls == [
        "if at < 0: at = 0; out = p0(v0)  # 'a'",
        "if at < 1: at = 1; out = p1(v0)  # 'b'",
    ]


def test_a_name_cannot_break_out_of_its_comment() -> None:
    assert "v0 = p0(v0)  # 'a\\nb'" in lines(Step("a\nb", str))
