"""Addresses of the envelope."""

from __future__ import annotations

from hypothesis import given, strategies as st

from piped.mail.addresses import CommandFault, is_address, path_of


@given(st.text())
def test_no_address_has_what_would_end_a_command(text: str) -> None:
    if is_address(text):
        assert text.isascii()
        assert text.isprintable()
        assert path_of(f"FROM:<{text}>".encode(), "FROM").address == text


@given(st.from_regex(r"FROM:<[a-z\".@\\\[\]: ]{0,20}>?( [A-Z]+(=[a-z]*)?){0,3}", fullmatch=True))
def test_what_a_client_says_is_an_address_or_a_fault(text: str) -> None:
    fault, path = None, None
    try:
        path = path_of(text.encode(), "FROM")
    except CommandFault as error:
        fault = error.code
    assert (path is None and fault in {501, 553}) or (path and path.address in text)
