"""The width of texts."""

from __future__ import annotations

from hypothesis import given, strategies as st

from piped.observe.measure import fitted, width_of


def test_letters_differ_in_width() -> None:
    assert width_of("iii", 10) < width_of("aaa", 10) < width_of("mmm", 10) < width_of("漢字漢", 10)


@given(st.text(), st.floats(20, 300))
def test_what_is_fitted_fits(text: str, limit: float) -> None:
    assert width_of(fitted(text, 12, limit), 12) <= limit


def test_what_fits_stays_as_it_is_but_on_one_line() -> None:
    assert fitted("a\n b", 12, 300) == "a b"
    assert fitted("abcdefgh" * 9, 10, 50) == "abcdefg…"
