"""How many, and how fast."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given, strategies

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.processors.count_processors import formatted
from tests.processors.trying import complaint, pipeline, result


def test_every_nth_baton_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    made = pipeline("print-nth: {n: 3, prefix: 'batons: '}")
    assert [made.run(n) for n in range(7)] == [[n] for n in range(7)]
    assert capsys.readouterr().out == "batons: 3\nbatons: 6\n"


def test_the_number_counts_on_where_the_prefix_comes_from_batons(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = pipeline("print-nth: {n: 2, prefix: !path '', formatter: 'i, baton: (i, baton)'}")
    for letter in "abcd":
        made.run(letter)
    assert capsys.readouterr().out == "b(2, 'b')\nd(4, 'd')\n"


@pytest.mark.parametrize(
    ("options", "baton", "text"),
    [
        ("", {"n": 3, "delta": 2}, ["rate: 1.50"]),
        ("", {"n": 0, "delta": 2}, []),
        ("report_zero: true", {"n": 0, "delta": 2}, ["rate: 0.00"]),
        ("format: '%(value)d in %(delta)d s'", {"n": 3, "delta": 2}, ["3 in 2 s"]),
        ("format: !path f", {"n": 3, "delta": 2, "f": "%(value)d"}, ["3"]),
        ("delta_path: d", {"n": 3, "d": 0.5}, ["rate: 6.00"]),
    ],
)
def test_rates_are_logged(
    caplog: pytest.LogCaptureFixture, options: str, baton: Any, text: list[str]
) -> None:
    caplog.set_level(logging.INFO, "piped.rate")
    assert result(f"report-rate: {{counter_path: n, {options}}}", baton) is baton
    assert [each.getMessage() for each in caplog.records] == text


@given(strategies.integers(0, 10**6), strategies.floats(0.01, 1000))
def test_a_rate_is_a_quotient(value: int, delta: float) -> None:
    text = formatted("%(rate)r", value, delta, UnfitBaton)
    assert float(text) == value / delta


@given(strategies.text(alphabet="%()dsratevl "))
def test_a_format_is_one_or_is_refused(text: str) -> None:
    try:
        assert isinstance(formatted(text, 1, 2.0, ConfigurationError), str)
    except ConfigurationError as error:
        assert repr(text) in error.msg  # noqa: PT017 - either may be


@pytest.mark.parametrize(
    ("options", "baton", "complaint"),
    [
        ("", {"delta": 1}, "there is None at 'n', where a number is needed"),
        ("", {"n": "x", "delta": 1}, "there is 'x' at 'n'"),
        ("", {"n": 1}, "there is None at 'delta'"),
        ("", {"n": 1, "delta": 0}, "no time has passed"),
        ("format: !path f", {"n": 1, "delta": 1, "f": "%(x)d"}, "which fails: KeyError"),
    ],
)
def test_what_has_no_rate_is_unfit(options: str, baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result(f"report-rate: {{counter_path: n, {options}}}", baton)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("print-nth", "needs the option 'n'"),
        ("print-nth: {n: 0}", "from 1 on"),
        ("print-nth: {n: 1, formatter: i}", "formatter"),
        ("report-rate", "needs the option 'counter_path'"),
        ("report-rate: {counter_path: n, format: '%(speed)d'}", "which fails: KeyError('speed')"),
        ("report-rate: {counter_path: n, format: '%('}", "incomplete format key"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
