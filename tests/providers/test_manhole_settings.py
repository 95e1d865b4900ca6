"""What is wrong with a manhole is said before anything listens."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest

from piped.checkers import Checker
from piped.checking import check
from piped.conf import Configuration
from piped.options import DottedName
from piped.problems import Kind
from piped.providers.manhole_provider import ManholeProvider
from piped.providers.manhole_settings import ManholeSettings

from .conftest import Start

PASSWORDS: dict[str, Any] = {
    "name": "twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse",
    "arguments": {"ada": "notes"},
}


def problems(**settings: Any) -> list[str]:
    found = check(Configuration.of({"manholes": {"it": settings}})).problems
    return [each.message for each in found]


def good(**settings: Any) -> list[str]:
    return problems(checkers={"a": PASSWORDS}, **settings)


def test_passwords_alone_are_enough(tmp_path: Path) -> None:
    assert good(host_key=str(tmp_path / "key")) == []
    assert good(host_key=str(tmp_path / "key"), listen=["tcp:22", 10022]) == []


def test_it_listens_at_the_loopback_unless_told_otherwise() -> None:
    checkers = {"a": Checker(name=DottedName(PASSWORDS["name"]))}
    assert ManholeSettings(checkers=checkers).endpoints == ["tcp:10022:interface=127.0.0.1"]
    assert ManholeSettings(checkers=checkers, port=7).endpoints == ["tcp:7:interface=127.0.0.1"]
    assert ManholeSettings(checkers=checkers, listen="tcp:8").endpoints == ["tcp:8"]
    assert ManholeSettings(checkers=checkers, listen=["tcp:8"]).endpoints == ["tcp:8"]


async def test_what_is_not_enabled_does_not_listen(start: Start) -> None:
    checkers = {"a": Checker(name=DottedName(PASSWORDS["name"]))}
    environment = await start(
        {ManholeProvider: {"it": ManholeSettings(checkers=checkers, enabled=False)}}
    )
    assert list(environment.application) == []


def test_nobody_could_log_in() -> None:
    [message] = problems(port=10022)
    assert message == "manholes.it: nobody could log in: needs `authorized_keys` or `checkers`"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"prt": 1}, "has no option 'prt' (did you mean 'port'?)"),
        ({"port": 1, "listen": "tcp:2"}, "has either a `port` or `listen`"),
        ({"listen": []}, "needs at least one endpoint"),
        ({"port": 70000}, "manholes.it.port: expected"),
        ({"max_connections": 0}, "manholes.it.max_connections: expected"),
        ({"namespace": {"x": "no.where"}}, "`namespace`: "),
        ({"namespace": {"x y": "json"}}, "'x y' in `namespace` is no name in Python"),
        ({"dependencies": {"x": "context.nowhere"}}, "nothing offers the resource"),
        ({"checkers": {"a": {"name": "twisted.cred.checkers.AllowAnonymousAccess"}}}, "neither"),
        ({"checkers": {"a": {"name": "no.checker"}}}, "there is no 'no.checker'"),
        ({"authorized_keys": {"ada": "/nowhere/key.pub"}}, "the keys cannot be read"),
    ],
)
def test_a_wrong_option_is_a_problem(settings: dict[str, Any], told: str) -> None:
    [message] = good(**settings) if "checkers" not in settings else problems(**settings)
    assert told in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "has no keys"),
        ("# none\n\n", "has no keys"),
        ("nonsense", "is no public key"),
        ('command="x" ssh-ed25519 AAAA', "line 1 of"),
    ],
)
def test_a_file_of_keys_has_keys(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "keys").write_text(content)
    [message] = problems(authorized_keys={"ada": str(tmp_path / "keys")})
    assert told in message


def test_a_host_key_is_a_private_key_that_nobody_else_can_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("nonsense")
    path.chmod(0o640)
    [message] = good(host_key=str(path))
    assert "can be read by others: chmod 600" in message
    path.chmod(0o600)
    [message] = good(host_key=str(path))
    assert "is no private key" in message


@pytest.mark.service("ssh")
def test_keys_are_not_taken_for_one_another(tmp_path: Path) -> None:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "secret", "-f", str(path)], check=True)
    [message] = good(host_key=str(path))
    assert "is encrypted" in message
    public = path.with_suffix(".pub")
    public.chmod(0o600)
    [message] = good(host_key=str(public))
    assert "is a public key" in message
    path.unlink()
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", str(path)], check=True)
    [message] = problems(authorized_keys={"ada": [str(public), str(path)]})
    assert "is no public key" in message or "has a private key" in message


def test_without_its_libraries_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec: Any = importlib.util.find_spec
    monkeypatch.setattr(
        "piped.catalogue.extras.find_spec",
        lambda name: None if name == "bcrypt" else find_spec(name),
    )
    [problem] = check(Configuration.of({"manholes": {"it": {}}})).problems
    assert problem.kind is Kind.MISSING_EXTRA
    assert problem.hint == "pip install 'piped[manhole]'"
