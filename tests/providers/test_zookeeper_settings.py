"""What is wrong with the settings of ZooKeeper is found before anything starts."""

from __future__ import annotations

import pytest

from piped.providers.zookeeper_settings import ACL, Client, hosts_of
from piped.secret import Secret
from piped.testing import check_yaml


@pytest.mark.parametrize(
    ("servers", "hosts"),
    [
        ("localhost", "localhost"),
        ("a:2181, b:2182/app", "a:2181,b:2182/app"),
        (["a", "b:2182"], "a,b:2182"),
        (["a/app/one", "b:2182/app/one/"], "a,b:2182/app/one"),
        ("[::1]:2181/", "[::1]:2181"),
    ],
)
def test_servers_are_written_in_several_ways(servers: str | list[str], hosts: str) -> None:
    assert hosts_of(servers) == hosts


@pytest.mark.parametrize(
    ("client", "problem"),
    [
        ("servers: ''", "`servers` has '', which is no HOST:PORT"),
        ("servers: []", "`servers` names no server"),
        ("servers: 'a:b'", "`servers` has 'a:b', which is no HOST:PORT"),
        ("servers: 'a:70000'", "`servers` has 'a:70000', which is no HOST:PORT"),
        ("servers: [a/x, b/y]", "`servers` have several paths: x, y"),
        ("servers: 'a/x//y'", "`servers` have '/x//y', which is no path of a node"),
        ("servers: a, session_timeout: 0s", "a `session_timeout` is longer than nothing"),
        ("servers: a, session_timeot: 1s", "(did you mean 'session_timeout'?)"),
        ("servers: a, timeout: 0s", "a `timeout` is longer than nothing"),
        ("servers: a, initial_delay: 1m", "`initial_delay` is more than nothing"),
        ("servers: a, auth: secret", "`auth` is SCHEME:IDENTITY"),
        ("servers: a, events: {expird: pipeline.it}", "(did you mean 'expired'?)"),
        ("servers: a, events: {expired: pipeline.none}", "nothing offers the resource"),
        ("servers: a, default_encoded_acls: [{perms: reed}]", "'read'"),
        ("servers: a, default_acls: []", "(did you mean 'default_encoded_acls'?)"),
        ("servers: a, tls: {ca: nowhere.pem}", "the files of `tls` cannot be used"),
        ("servers: a, tls: {private_key: x}", "a `private_key` goes with its `certificate`"),
        ("sever: a", "servers"),
    ],
)
def test_what_is_wrong_with_a_client_is_said(client: str, problem: str) -> None:
    text = f"zookeeper: {{clients: {{it: {{{client}}}}}}}\npipelines: {{it: [passthrough]}}\n"
    found = "\n".join(check_yaml(text))
    assert problem in found
    assert "secret" not in found


@pytest.mark.parametrize(
    ("others", "problem"),
    [
        ("memberships: {m: {client: its, path: /m}}", "(did you mean 'zookeeper.client.it'?)"),
        ("memberships: {m: {client: it, path: m}}", "expected the path of a node like /workers"),
        ("memberships: {m: {client: it, path: /}}", "expected the path of a node like /workers"),
        ("memberships: {m: {client: it, path: /m, name: a/b}}", "a text without slashes"),
        ("memberships: {m: {client: it, path: /m, data: .nan}}", "memberships.m.data is no JSON"),
        ("memberships: {m: {client: it, path: /m, data: !secret x}}", "is no JSON"),
        ("memberships: {m: {client: it, path: /m, needs: [a.b]}}", "nothing offers the resource"),
        ("locks: {l: {client: it, path: /l, name: me}}", "name"),
        ("leaders: {l: {client: it}}", "path"),
        ("leader: {}", "(did you mean 'leaders'?)"),
    ],
)
def test_what_is_wrong_with_groups_locks_and_leaders_is_said(others: str, problem: str) -> None:
    text = f"zookeeper: {{clients: {{it: {{servers: a}}}}, {others}}}\n"
    [found] = check_yaml(f"{text}pipelines: {{it: [passthrough]}}\n")
    assert problem in found


def test_an_identity_may_stand_in_one_text_or_in_parts() -> None:
    one = Client(servers="a", auth=Secret("digest:ada:a:b,c"))
    [found] = one.identities
    assert (found.scheme, found.identity) == ("digest", Secret("ada:a:b,c"))
    assert Client(servers="a").identities == []
    assert "a:b,c" not in repr(one)


def test_who_made_a_node_needs_no_name() -> None:
    assert ACL(perms="all", scheme="auth").id == ""


def test_a_missing_library_is_a_problem_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("piped.catalogue.extras.find_spec", lambda _: None)
    [found] = check_yaml(
        "zookeeper: {clients: {it: {servers: a}}}\npipelines: {it: [passthrough]}\n"
    )
    assert "zookeeper needs kazoo, which is not installed" in found
