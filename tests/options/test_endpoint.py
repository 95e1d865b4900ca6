"""The notation of endpoints."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from twisted.internet.endpoints import _parse

from piped.conf.nodes import Origin, Scalar
from piped.options import INVALID, Check, ClientEndpoint, Endpoint, ServerEndpoint
from piped.options.endpoint import endpoint_parts
from piped.problems import Place
from tests.options.reading import problem_of, value_of

LISTENING = [
    "tcp:8080",
    "tcp:port=8080",
    "tcp:0:interface=127.0.0.1",
    r"tcp:8080:interface=\:\:1:backlog=10",
    "tcp6:80",
    "ssl:443:privateKey=key.pem:certKey=cert.pem",
    "tls:/etc/certificates:443",
    "tls:/etc/certificates",
    "tcp6:80:10",
    "unix:/run/x.sock:mode=660",
    "systemd:domain=INET:index=0",
    "systemd:INET6:name=web",
    "stdio:",
    "stdio",
    "haproxy:tcp:8080",
    "foo:whatever=it:is",
]
CONNECTING = [
    "tcp:localhost:8080",
    "tcp:host=localhost:8080",
    "tcp:localhost:port=80:timeout=5:bindAddress=127.0.0.1",
    "ssl:example.org:443:caCertsDir=/etc/ssl",
    "tls:example.org:443",
    "unix:/run/x.sock",
    "foo:bar",
]


@pytest.mark.parametrize("text", LISTENING)
def test_what_one_can_listen_at(text: str) -> None:
    assert value_of(f"'{text}'", ServerEndpoint) == text
    assert value_of(f"'{text}'", Endpoint) == text


@pytest.mark.parametrize("text", CONNECTING)
def test_what_one_can_connect_to(text: str) -> None:
    assert value_of(f"'{text}'", ClientEndpoint) == text
    assert value_of(f"'{text}'", Endpoint) == text


@pytest.mark.parametrize("type_", [Endpoint, ServerEndpoint])
def test_a_port_alone_is_one_of_tcp(type_: Any) -> None:
    assert value_of("8080", type_) == "tcp:8080"


FAULTS = [
    ("8080", "a kind and a colon come first, as in tcp:8080"),
    ("localhost", "a kind and a colon come first, as in tcp:8080"),
    ("", "a kind and a colon come first, as in tcp:8080"),
    ("t p:8080", "'t p' is no kind of endpoint"),
    (":8080", "'' is no kind of endpoint"),
    ("tcp:http", "its port is a number up to 65535, and 'http' is none"),
    ("tcp:65536", "its port is a number up to 65535, and '65536' is none"),
    ("tcp:80:interfase=::1", "it has no 'interfase' (did you mean 'interface'?)"),
    ("tcp:80:1.1.1.1:5:6", "'6' is too much"),
    ("tcp:80:backlog=many", "its backlog is a number, and 'many' is none"),
    ("tcp:", "its port is missing"),
    ("tcp:interface=x", "its port is missing"),
    ("unix:", "its address is missing"),
    ("systemd:index=0", "its domain is missing"),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_what_one_cannot_listen_at(text: str, fault: str) -> None:
    found = problem_of(f"'{text}'", ServerEndpoint)
    assert found == f"x: expected an endpoint like tcp:8080, got '{text}' | {fault}"


def test_a_client_needs_to_know_where_the_server_is() -> None:
    expected = "x: expected an endpoint like tcp:localhost:8080, got"
    assert problem_of("tcp:8080", ClientEndpoint) == f"{expected} 'tcp:8080' | its port is missing"
    assert problem_of("8080", ClientEndpoint) == f"{expected} 8080"
    assert problem_of("'tcp:a:80:5'", ClientEndpoint).endswith("'5' is too much")
    assert "'systemd' is an endpoint to listen with" in problem_of("systemd:INET", ClientEndpoint)


@pytest.mark.parametrize("text", ["-1", "65536", "true", "[1]", "null", "1.5"])
def test_what_is_no_port(text: str) -> None:
    assert problem_of(text, Endpoint).startswith("x: expected an endpoint like tcp:8080, got ")


@given(st.from_regex(r"(tcp|unix|ssl|foo|):[\w:=\\.]*", fullmatch=True) | st.text())
def test_any_text_is_one_or_is_not(text: str) -> None:
    check = Check()
    found = check.convert(Scalar(text, Origin(Place("app.yaml"))), Endpoint)
    assert (found is INVALID) == bool(check.problems)


@given(st.text(alphabet="a:=\\\\.8", max_size=20).filter(lambda text: not text.endswith("\\")))
def test_it_is_read_as_twisted_reads_it(text: str) -> None:
    args, named = _parse(text)
    assert endpoint_parts(text) == (list(args), named)
