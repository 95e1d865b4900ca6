"""Points in time that come again."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from piped.options import Cron
from tests.options.reading import problem_of, value_of

OSLO = ZoneInfo("Europe/Oslo")


def test_the_next_moment_is_by_the_clocks_of_the_zone() -> None:
    cron = value_of("30 3 * * *", Cron)
    after = datetime(2024, 7, 1, 0, 0, tzinfo=UTC)
    assert cron.next(after, UTC) == datetime(2024, 7, 1, 3, 30, tzinfo=UTC)
    assert cron.next(after, OSLO) == datetime(2024, 7, 1, 1, 30, tzinfo=UTC)
    assert cron.next(after, OSLO).tzinfo is OSLO


def test_a_moment_that_summer_time_skips_comes_when_it_begins() -> None:
    after = datetime(2024, 3, 30, 12, tzinfo=UTC)
    moment = Cron("30 2 * * *").next(after, OSLO)
    assert moment == datetime(2024, 3, 31, 1, 0, tzinfo=UTC)


def test_the_next_moment_is_never_the_same() -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    assert Cron("* * * * *").next(moment, UTC) == datetime(2024, 1, 1, 0, 1, tzinfo=UTC)


def test_seconds_come_before() -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    assert Cron("*/10 * * * * *").next(moment, UTC) == datetime(2024, 1, 1, 0, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("soon", "wrong number of fields"),
        ("61 * * * *", "bad minute"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("0 0 * * moon", "bad day-of-week"),
        ("0 0 */31 2 1#5", "it never comes"),
    ],
)
def test_what_is_no_cron(text: str, fault: str) -> None:
    expected = "x: expected five fields of cron like '*/5 * * * *', got"
    assert problem_of(f"'{text}'", Cron) == f"{expected} '{text}' | {fault}"
    with pytest.raises(ValueError, match=fault):
        Cron(text)


def test_cron_is_text() -> None:
    assert problem_of("5", Cron).endswith('got 5 | write it in quotes: "5"')
    assert str(Cron("* * * * *")) == "* * * * *"
