"""Whether a client has what it asks for already."""

from __future__ import annotations

import pytest

from piped.web.files.conditions import code_for, may_be_parts

ETAG = '"abc"'
MODIFIED = 1_488_362_400  # Wed, 01 Mar 2017 10:00:00 GMT
THEN, BEFORE = "Wed, 01 Mar 2017 10:00:00 GMT", "Wed, 01 Mar 2017 09:59:59 GMT"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        ({"if-none-match": ETAG}, 304),
        ({"if-none-match": f'"x", W/{ETAG}'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x"'}, 200),
        ({"if-none-match": '"x"', "if-modified-since": THEN}, 200),
        ({"if-modified-since": THEN}, 304),
        ({"if-modified-since": BEFORE}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": "Wed, 01 Mar 99999 10:00:00 GMT"}, 200),
        ({"if-match": ETAG}, 200),
        ({"if-match": "*"}, 200),
        ({"if-match": f"W/{ETAG}"}, 412),
        ({"if-match": '"x"'}, 412),
        ({"if-unmodified-since": THEN}, 200),
        ({"if-unmodified-since": BEFORE}, 412),
        ({"if-match": ETAG, "if-unmodified-since": BEFORE}, 200),
        ({"if-match": ETAG, "if-none-match": ETAG}, 304),
    ],
)
def test_conditions_decide_on_the_code(headers: dict[str, str], code: int) -> None:
    assert code_for(headers.get, ETAG, MODIFIED) == code


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (None, True),
        (ETAG, True),
        ('"x"', False),
        (f"W/{ETAG}", False),
        (THEN, True),
        (BEFORE, False),
        ("yesterday", False),
    ],
)
def test_parts_are_sent_only_of_what_is_as_it_was(condition: str | None, fits: bool) -> None:
    headers = {} if condition is None else {"if-range": condition}
    assert may_be_parts(headers.get, ETAG, MODIFIED) is fits
