"""What is wrong with servers of SMTP is found before they start."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from piped.checking import check
from piped.conf import load
from piped.problems import Severity

HEAD = """\
pipelines:
  take: [passthrough]
smtp:
  it:
    listen: tcp:10025
    processor: pipeline.take
"""
IN_MEMORY = "twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse"
ANYBODY = "twisted.cred.checkers.AllowAnonymousAccess"


def problems(tmp_path: Path, text: str) -> list[str]:
    """What is wrong, each with its line; warnings have a `~`."""
    file = tmp_path / "app.yaml"
    file.write_text(HEAD + "".join(f"    {line}\n" for line in text.splitlines()))
    return [
        f"{each.place.line if each.place else 0}"
        f"{'~' if each.severity is Severity.WARNING else ' '}{each.message}"
        for each in check(load(file)).problems
    ]


@pytest.mark.parametrize(
    "right",
    [
        "",
        "validate_from: 'protocol, helo, origin: True'",
        "validate_to: '*anything: True'",
        "received_header: 'protocol, helo, origin, recipients: None'",
        "namespace: {path: os.path, seven: 7, list: [1]}",
        f"checker: {ANYBODY}",
        f"checker: [{ANYBODY}, {{name: {IN_MEMORY}}}]",
        "max_size: 10 MiB\nmax_wait: 1m\nidle_time: 30s\nmax_recipients: 7\nhost: mx.example.com",
    ],
)
def test_what_is_right_has_no_problems(tmp_path: Path, right: str) -> None:
    assert problems(tmp_path, right) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (
            "max_size: 1 MiB\nvalidate_from: 'protocol, helo: True'",
            "8 smtp.it.validate_from is called with 3 arguments, and it takes others",
        ),
        (
            "validate_to: 'protocol: True'",
            "7 smtp.it.validate_to is called with 2 arguments, and it takes others",
        ),
        (
            "received_header: 'a, b: True'",
            "7 smtp.it.received_header is called with 4 arguments, and it takes others",
        ),
        ("validate_to: 'protocol, user True'", "7 smtp.it.validate_to"),
        ("namespace: {x: os.nothing}", "0 smtp.it.namespace.x: there is no os.nothing"),
        ("namespace: {x: not a name}", "0 smtp.it.namespace.x: 'not a name' is no dotted name"),
        ("checker: nowhere.Checker", "5 smtp.it: there is no 'nowhere.Checker'"),
        (f"checker: {{name: {IN_MEMORY}}}", "0~smtp.it: nobody can log in, for passwords are"),
        ("max_recipients: 0", "7 smtp.it.max_recipients"),
        ("tls: {private_key: nothing.pem}", "7 smtp.it.tls needs the option 'certificate'"),
        (
            "tls: {private_key: nothing.pem, certificate: nothing.pem}",
            "7 smtp.it.tls: the files of `tls` cannot be read: [Errno 2]",
        ),
        ("max_sise: 7", "7 smtp.it has no option 'max_sise' (did you mean 'max_size'?)"),
    ],
)
def test_what_is_wrong_is_a_problem(tmp_path: Path, wrong: str, expected: str) -> None:
    [found] = problems(tmp_path, wrong)
    assert found.startswith(expected)


def test_a_key_goes_with_its_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    one, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    one.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    one.cert_chain_pems[0].write_to_path(str(tmp_path / "right.pem"))
    other.cert_chain_pems[0].write_to_path(str(tmp_path / "other.pem"))
    tls = f"tls: {{private_key: {tmp_path}/key.pem, certificate: {tmp_path}/NAME.pem}}"
    assert problems(tmp_path, tls.replace("NAME", "right")) == []
    [found] = problems(tmp_path, tls.replace("NAME", "other"))
    assert found.startswith("7 smtp.it.tls: the files of `tls` are no key and its certificate")
