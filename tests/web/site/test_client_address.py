"""Who really sent a request."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, strategies

from piped.web.site.client_address import LOOPBACK, address_in, client_of

TRUSTED = [ip_network("10.0.0.0/8"), *LOOPBACK]
addresses = strategies.ip_addresses().map(str)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:80 ", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", "None"),
        ("_hidden", "None"),
        ("", "None"),
        ("192.0.2.1:port", "None"),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert str(address_in(text)) == address


@pytest.mark.parametrize(
    ("values", "client"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 10.0.0.1"], "192.0.2.1"),
        (["192.0.2.1", "10.0.0.1"], "192.0.2.1"),
        (["203.0.113.5, 192.0.2.1, 10.0.0.1"], "192.0.2.1"),
        (["10.0.0.2, 10.0.0.1"], "10.0.0.2"),
        (["192.0.2.1, evil"], "None"),
        (["evil, 192.0.2.1"], "192.0.2.1"),
        ([""], "None"),
        ([], "None"),
    ],
)
def test_the_last_address_that_is_not_trusted_counts(values: list[str], client: str) -> None:
    assert str(client_of(values, "x-forwarded-for", TRUSTED)) == client


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("for=192.0.2.1", "192.0.2.1"),
        ('by=10.0.0.9;For="[2001:db8::1]:4711";proto=https, for=10.0.0.1', "2001:db8::1"),
        ("for=unknown", "None"),
        ("proto=https", "None"),
    ],
)
def test_the_header_that_is_a_standard(value: str, client: str) -> None:
    assert str(client_of([value], "forwarded", TRUSTED)) == client


@given(strategies.lists(addresses | strategies.text()), addresses)
def test_what_a_client_sends_is_never_believed(lies: list[str], client: str) -> None:
    value = ", ".join([*lies, client, "10.0.0.1"])
    found = client_of([value], "x-forwarded-for", TRUSTED)
    real = address_in(client)
    if not any(real in network for network in TRUSTED if real is not None):
        assert found == real


def test_loopback_is_this_machine() -> None:
    assert all(network.is_loopback for network in LOOPBACK)
    assert ip_address("127.0.0.9") in LOOPBACK[0]
