"""When a request is sent again."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies
from yarl import URL

from piped.processors.http_rules import IDEMPOTENT, Retries, redirect_of

HERE = URL("http://a.example/b/c?d=e")
HEADERS = {"Authorization": "a", "COOKIE": "b", "Content-Type": "c", "X-D": "d"}
STATUSES = (301, 302, 303, 307, 308)


def where(location: str | None, status: int = 302) -> str | None:
    found = redirect_of(status, location, "GET", HERE, {}, get=True)
    return None if found is None else str(found.url)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/f", "http://a.example/f"),
        ("f", "http://a.example/b/f"),
        ("?f=g", "http://a.example/b/c?f=g"),
        ("//b.example/f", "http://b.example/f"),
        ("https://a.example/", "https://a.example/"),
        ("file:///f", None),
        ("mailto:a@b.example", None),
        ("http://[", None),
        ("", None),
        (None, None),
    ],
)
def test_a_redirect_leads(location: str | None, target: str | None) -> None:
    assert where(location) == target


@pytest.mark.parametrize("status", [200, 300, 304, 305, 404])
def test_other_answers_lead_nowhere(status: int) -> None:
    assert where("/f", status) is None


@pytest.mark.parametrize(
    ("method", "get", "methods"),
    [
        ("GET", True, "GET GET GET GET GET"),
        ("HEAD", True, "HEAD HEAD HEAD HEAD HEAD"),
        ("POST", True, "GET GET GET POST POST"),
        ("POST", False, "POST POST GET POST POST"),
        ("PUT", True, "PUT PUT GET PUT PUT"),
    ],
)
def test_what_becomes_of_a_method(method: str, get: bool, methods: str) -> None:
    found = [redirect_of(each, "/", method, HERE, HEADERS, get=get) for each in STATUSES]
    assert " ".join(each.method for each in found if each) == methods
    for each in found:
        assert each is not None
        assert ("Content-Type" in each.headers) is each.keeps_body


@pytest.mark.parametrize(
    ("location", "personal"),
    [
        ("/", True),
        ("http://a.example:80/", True),
        ("http://a.example:81/", False),
        ("https://a.example/", False),
        ("http://b.example/", False),
    ],
)
def test_what_is_for_one_server_stays_there(location: str, personal: bool) -> None:
    found = redirect_of(307, location, "POST", HERE, HEADERS, get=False)
    assert found is not None
    assert ("Authorization" in found.headers) is personal
    assert ("COOKIE" in found.headers) is personal
    assert "X-D" in found.headers


@given(
    strategies.integers(1, 2000),
    strategies.floats(0, 1000),
    strategies.floats(0, 1000),
    strategies.text() | strategies.integers().map(str) | strategies.none(),
)
def test_no_wait_is_longer_than_the_longest(
    turn: int, delay: float, longest: float, after: str | None
) -> None:
    retries = Retries(3, delay, longest, (), IDEMPOTENT)
    assert 0 <= retries.pause(turn, after, 0.0) <= longest


def test_waits_double() -> None:
    retries = Retries(3, 1.0, 100.0, (), IDEMPOTENT)
    for turn, most in enumerate([1, 2, 4, 8, 16], start=1):
        assert most / 2 <= retries.pause(turn, None, 0.0) <= most
    assert retries.pause(1, "Thu, 01 Jan 1970 00:00:50 GMT", 20.0) == 30
    assert retries.pause(1, "soon", 20.0) <= 1


def test_attempts_end() -> None:
    retries = Retries(2, 1.0, 1.0, (), IDEMPOTENT)
    assert [retries.allowed("GET", turn) for turn in (1, 2, 3)] == [True, True, False]
    assert not retries.allowed("POST", 1)
