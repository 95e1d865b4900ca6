"""How often a client may ask."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st

from piped.testing.clock import ManualClock
from piped.web.site.rate_limit import Buckets, RateLimit, client_of
from tests.web.serving import serving

from .test_site import say


async def test_a_bucket_fills_with_time() -> None:
    clock = ManualClock()
    buckets = Buckets(RateLimit(requests=2, per=10), clock.monotonic)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 5]
    assert buckets.take("b") == 0
    await clock.advance(4)
    assert buckets.take("a") == pytest.approx(1)
    await clock.advance(1)
    assert buckets.take("a") == 0
    await clock.advance(1000)
    assert [buckets.take("a") > 0 for _ in range(3)] == [False, False, True]


def test_a_burst_may_be_larger_or_smaller_than_the_rate() -> None:
    buckets = Buckets(RateLimit(requests=10, per=1, burst=1), lambda: 0)
    assert buckets.take("a") == 0
    assert buckets.take("a") == pytest.approx(0.1)


@given(st.lists(st.integers(0, 20), max_size=100))
def test_few_clients_are_remembered_those_who_came_last(clients: list[int]) -> None:
    buckets = Buckets(RateLimit(requests=1, clients=5), lambda: 0)
    for each in clients:
        buckets.take(str(each))
    latest = list(dict.fromkeys(map(str, reversed(clients))))[:5]
    assert list(reversed(buckets._buckets)) == latest


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
    ],
)
def test_a_client_of_ipv6_is_a_network(one: str, other: str, alike: bool) -> None:
    assert (client_named(one) == client_named(other)) is alike


def client_named(host: str) -> str:
    return client_of(SimpleNamespace(getClientAddress=lambda: SimpleNamespace(host=host)))


async def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    routing = """
        __config__: {processor: hello, rate_limit: {requests: 2, per: 1h}}
        inner: {__config__: {processor: hello}}
        free: {__config__: {processor: hello, rate_limit: false}}
    """
    async with serving(routing, hello=say("hello")) as it:
        assert await it.codes("/", "/inner") == [200, 200]
        refused = await it.fetch("/")
        assert refused.code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 1800
        assert await it.codes("/inner", "/free", "/free", "/free") == [429, 200, 200, 200]
