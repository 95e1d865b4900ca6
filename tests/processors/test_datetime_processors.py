"""Dates and times."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, strategies

from piped.exceptions import UnfitBaton
from piped.processors.datetime_processors import FormatDate, ParseDatetime
from tests.processors.trying import complaint, result

ALL_OF_IT = "%Y-%m-%d %H:%M:%S.%f"
since_a_thousand_years = strategies.datetimes(min_value=datetime(1000, 1, 1))  # noqa: DTZ001 - of no zone


@given(since_a_thousand_years)
def test_what_was_written_can_be_read(moment: datetime) -> None:
    text = FormatDate(format_string=ALL_OF_IT).process(moment)
    assert ParseDatetime(format_string=ALL_OF_IT).process(text) == moment
    assert ParseDatetime(format_string=ALL_OF_IT, as_date=True).process(text) == moment.date()


def test_a_date_has_no_time() -> None:
    found = result("parse-datetime: {format_string: '%Y-%m-%d', as_date: true}", "2017-03-09")
    assert type(found) is date


def test_a_time_zone_is_kept() -> None:
    found = result("parse-datetime: {format_string: '%Y-%m-%d %z'}", "2017-03-09 +0000")
    assert found == datetime(2017, 3, 9, tzinfo=UTC)


def test_the_format_may_be_in_the_baton() -> None:
    steps = "format-date: {input_path: day, format_string: !path format}"
    baton = {"day": date(2017, 3, 9), "format": "%j"}
    assert result(steps, baton)["day"] == "068"


@pytest.mark.parametrize(
    ("step", "baton", "complaint"),
    [
        ("parse-datetime: {format_string: '%Y'}", "soon", "'soon' does not match format '%Y'"),
        ("parse-datetime: {format_string: '%Y'}", "2017-03", "unconverted data remains"),
        ("parse-datetime: {format_string: '%Y'}", 2017, "and this is 2017"),
        ("format-date: {format_string: '%Y'}", "2017", "and this is '2017'"),
        ("format-date: {format_string: '%Y'}", None, "and this is None"),
    ],
)
def test_what_is_no_date_is_unfit(step: str, baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result(step, baton)


@pytest.mark.parametrize("step", ["parse-datetime", "format-date"])
def test_the_format_is_needed(step: str) -> None:
    assert f"{step} needs the option 'format_string'" in complaint(step)


def test_the_format_is_text() -> None:
    assert "format_string: expected text" in complaint("format-date: {format_string: 2017}")
