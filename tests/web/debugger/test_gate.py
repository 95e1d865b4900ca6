"""Each rule of the gate: with it, one is refused; without what it looks for, one is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from piped.web.debugger.gate import TOKEN_HEADER, Asking, Clients, Gate

HOST = ("localhost:8080",)


def gate(*allow: str, hosts: tuple[str, ...] = ()) -> Gate:
    return Gate(Clients(allow or ("127.0.0.1",)), hosts)


def seeing(client: str = "127.0.0.1", **headers: str) -> Asking:
    given_ = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    return Asking(client, "GET", {"host": HOST, **given_})


def calling(gate: Gate, client: str = "127.0.0.1", **headers: str) -> Asking:
    """What our own page sends."""
    asking = seeing(client, origin="http://localhost:8080", sec_fetch_site="same-origin", **headers)
    own = {"content-type": ("application/json",), TOKEN_HEADER: (gate.token(client),)}
    return replace(asking, method="POST", headers={**own, **asking.headers})


def rule(refusal: Any) -> int:
    return 0 if refusal is None else refusal.rule


def test_who_keeps_all_rules_may_see_and_call() -> None:
    one = gate()
    assert one.may_see(seeing()) is None
    assert one.may_call(calling(one), 0) is None


def test_rule_1_an_empty_list_switches_it_off() -> None:
    assert rule(Gate(Clients([])).may_see(seeing())) == 1


@pytest.mark.parametrize(
    "name",
    ["x-forwarded-for", "X-Forwarded-Host", "forwarded", "via", "x-real-ip", "cf-connecting-ip"],
)
def test_rule_2_what_was_forwarded_is_refused(name: str) -> None:
    one = gate()
    forwarded = {**seeing().headers, name.lower(): ("127.0.0.1",)}
    assert rule(one.may_see(replace(seeing(), headers=forwarded))) == 2
    called = calling(one)
    forwarded = {**called.headers, name.lower(): ("127.0.0.1",)}
    assert rule(one.may_call(replace(called, headers=forwarded), 0)) == 2


@pytest.mark.parametrize(
    ("allow", "client", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("::1", "::1", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("fd00::/8", "fd12::1", True),
        ("localhost", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("localhost", "10.0.0.1", False),
        ("0.0.0.0/0", "::1", False),
        ("somewhere.example", "10.0.0.1", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "/run/piped.sock", False),
    ],
)
def test_rule_3_the_client_is_one_of_those_named(allow: str, client: str, allowed: bool) -> None:
    assert rule(gate(allow).may_see(seeing(client))) == (0 if allowed else 3)


def test_rule_3_a_name_is_what_was_found_for_it_last() -> None:
    clients = Clients(["desk.example", "10.0.0.1"])
    assert clients.names == ("desk.example",)
    clients.found(["10.0.0.7", "::ffff:10.0.0.8"])
    assert "10.0.0.7" in clients
    assert "10.0.0.8" in clients
    clients.found(["10.0.0.9"])
    assert "10.0.0.7" not in clients
    assert "10.0.0.1" in clients


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("LocalHost.:80", True),
        ("127.0.0.1:8080", True),
        ("127.9.9.9", True),
        ("[::1]:8080", True),
        ("desk.example:80", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:8080", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_rule_4_the_host_is_ours(host: str, allowed: bool) -> None:
    asking = replace(seeing(), headers={"host": (host,)})
    assert rule(gate(hosts=("Desk.example",)).may_see(asking)) == (0 if allowed else 4)


@pytest.mark.parametrize("hosts", [(), ("localhost", "evil.example"), ("localhost", "localhost")])
def test_rule_4_there_is_one_host(hosts: tuple[str, ...]) -> None:
    assert rule(gate().may_see(replace(seeing(), headers={"host": hosts}))) == 4


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "cors"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
    ],
)
def test_rule_5_no_other_site_asks(headers: dict[str, str]) -> None:
    assert rule(gate().may_see(seeing(**headers))) == 5


def test_rule_5_a_link_may_be_followed_but_calls_nothing() -> None:
    one = gate()
    followed = {
        "sec-fetch-site": ("cross-site",),
        "sec-fetch-mode": ("navigate",),
        "sec-fetch-dest": ("document",),
    }
    called = calling(one)
    called = replace(called, headers={**called.headers, **followed})
    assert one.may_see(called) is None
    assert rule(one.may_call(called, 0)) == 7


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_rule_6_only_post_calls(method: str) -> None:
    one = gate()
    assert rule(one.may_call(replace(calling(one), method=method), 0)) == 6


def test_rule_6_no_browser_speaks_http_1_0() -> None:
    one = gate()
    assert rule(one.may_call(replace(calling(one), version="HTTP/1.0"), 0)) == 6


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"]
)
def test_rule_8_the_body_is_json(kind: str) -> None:
    one = gate()
    called = calling(one)
    called = replace(called, headers={**called.headers, "content-type": (kind,)})
    assert rule(one.may_call(called, 0)) == 8


def test_rule_8_json_may_name_its_encoding() -> None:
    one = gate()
    called = calling(one)
    kind = ("Application/JSON; charset=utf-8",)
    called = replace(called, headers={**called.headers, "content-type": kind})
    assert one.may_call(called, 0) is None


def test_rule_9_the_token_is_of_this_process_and_of_this_client() -> None:
    one, another = gate("127.0.0.0/8"), gate("127.0.0.0/8")
    for token in ("", "é", another.token("127.0.0.1"), one.token("127.0.0.2")):
        called = calling(one)
        called = replace(called, headers={**called.headers, TOKEN_HEADER: (token,)})
        assert rule(one.may_call(called, 0)) == 9
    called = calling(one)
    twice = {**called.headers, TOKEN_HEADER: (one.token("127.0.0.1"),) * 2}
    assert rule(one.may_call(replace(called, headers=twice), 0)) == 9


def test_rule_10_who_guesses_has_to_wait() -> None:
    one = gate()
    right = calling(one)
    wrong = replace(right, headers={**right.headers, TOKEN_HEADER: ("0" * 64,)})
    assert {rule(one.may_call(wrong, at)) for at in range(10)} == {9}
    assert rule(one.may_call(right, 59.9)) == 10
    assert one.may_call(right, 60) is None


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_the_gate_has_an_answer_for_any_text(client: str, host: str, origin: str) -> None:
    asking = Asking(client, "POST", {"host": (host,), "origin": (origin,)})
    gate().may_see(asking)
    assert gate().may_call(asking, 0) is not None
