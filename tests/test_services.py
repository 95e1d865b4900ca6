"""The servers: how they are known, what a test without one does, and two for real."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from scripts import services
from scripts.services import PROGRAMS, SERVICES, Server, answers, asked_by
from tests.services import address, program, require


def test_a_test_runs_when_its_servers_are_there() -> None:
    require(["redis", "postgresql"], {"CI": "true"}, is_there=lambda name: True)


def test_without_its_server_a_test_is_skipped_and_says_how_to_get_it() -> None:
    with pytest.raises(pytest.skip.Exception, match="needs redis on port 6379: apt-get install"):
        require(["redis"], {}, is_there=lambda name: False)


def test_in_ci_a_missing_server_is_a_failure() -> None:
    with pytest.raises(pytest.fail.Exception, match="needs redis on port 6379"):
        require(["redis"], {"CI": "true"}, is_there=lambda name: False)


def test_every_server_of_a_test_is_needed() -> None:
    with pytest.raises(pytest.skip.Exception, match="needs mariadb"):
        require(["redis", "mariadb"], {}, is_there=lambda name: name == "redis")


def test_without_its_program_a_test_is_skipped_and_says_how_to_get_it() -> None:
    expected = "needs chromium: apt-get install chromium, or make services"
    with pytest.raises(pytest.skip.Exception, match=expected):
        require(["chromium"], {}, is_there=lambda name: False)


def test_a_program_is_there_when_it_is_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not services.is_there(PROGRAMS["chromium"])
    (tmp_path / "chromium").touch(0o755)
    assert services.is_there(PROGRAMS["chromium"])
    assert program("chromium") == str(tmp_path / "chromium")


def test_a_program_that_lacks_what_tests_need_of_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (tmp_path / "swaks").touch(0o755)
    swaks = PROGRAMS["swaks"]
    assert services.is_there(replace(swaks, proof=("true",)))
    assert not services.is_there(replace(swaks, proof=("false",)))
    assert not services.is_there(replace(swaks, proof=("no-such-program",)))


def test_an_unknown_server_is_a_failure_everywhere() -> None:
    with pytest.raises(pytest.fail.Exception, match="no service 'reddis'; there are rabbitmq, "):
        require(["reddis"], {}, is_there=lambda name: True)


def test_the_servers_of_a_folder_are_read_from_its_marks(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "test_one.py").write_text(
        'import pytest\npytestmark = pytest.mark.service("redis", "mariadb")\n'
    )
    (tmp_path / "test_two.py").write_text(
        'import pytest\n@pytest.mark.service("zookeeper")\ndef test_it(): "rabbitmq"\n'
    )
    assert asked_by(tmp_path) == {"redis", "mariadb", "zookeeper"}


def test_only_servers_that_exist_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        services.main(["reddis"])
    assert "no server 'reddis'; there are rabbitmq, postgresql" in capsys.readouterr().err


@contextmanager
def listening(reply: bytes) -> Iterator[int]:
    """A port on which the first to come is told `reply`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(reply)
                connection.recv(64)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


REPLIES = {
    "rabbitmq": b"\x01\x00\x00\x00\x00\x01\xfa",
    "postgresql": b"N",
    "mariadb": b"\x5b\x00\x00\x00\x0a5.5.5",
    "redis": b"+PONG\r\n",
    "zookeeper": b"Zookeeper version: 3.8.0",
}


@pytest.mark.parametrize("server", SERVICES.values(), ids=SERVICES)
def test_a_server_is_known_by_its_answer(server: Server) -> None:
    with listening(REPLIES[server.name]) as port:
        assert answers(replace(server, port=port))


@pytest.mark.parametrize("server", SERVICES.values(), ids=SERVICES)
def test_another_server_on_its_port_is_not_taken_for_it(server: Server) -> None:
    with listening(b"HTTP/1.1 400 Bad Request\r\n") as port:
        assert not answers(replace(server, port=port))


def test_a_closed_port_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert not answers(replace(SERVICES["redis"], port=port))


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No server answers before it was started; gives the commands that were run."""
    commands: list[str] = []

    def run(command: tuple[str, ...], seconds: float) -> bool:
        commands.append(" ".join(command))
        return True

    monkeypatch.setattr(services, "run", run)
    monkeypatch.setattr(
        services, "answers", lambda server: any("start" in each for each in commands)
    )
    monkeypatch.setattr(services, "is_installed", lambda server: False)
    monkeypatch.setattr(services, "may_install", lambda: True)
    return commands


def test_a_server_that_is_missing_is_installed_started_and_opened(absent: list[str]) -> None:
    assert services.main(["postgresql"]) == 0
    assert absent == [
        "apt-get -q update",
        "apt-get -qy --no-install-recommends install postgresql",
        "service postgresql start",
        "runuser -u postgres -- psql -qc ALTER ROLE postgres PASSWORD 'postgres'",
    ]


def test_a_server_that_only_stands_still_is_started_and_keeps_its_accounts(
    absent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "is_installed", lambda server: True)
    assert services.main(["postgresql"]) == 0
    assert absent == ["service postgresql start"]


def test_a_program_that_is_missing_is_installed_and_not_started(
    absent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "is_there", lambda needed: bool(absent))
    assert services.main(["chromium"]) == 0
    assert absent == [
        "apt-get -q update",
        "apt-get -qy --no-install-recommends install chromium",
    ]


def test_whoever_may_not_install_is_told_how_to_get_it(
    absent: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(services, "may_install", lambda: False)
    assert services.main(["redis"]) == 1
    assert absent == []
    expected = "redis: is not there: apt-get install redis-server && service redis-server start\n"
    assert capsys.readouterr().out == expected


def test_a_command_that_fails_shows_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert not services.run(["sh", "-c", "echo the disk is full; exit 3"], seconds=30)
    assert "the disk is full" in capsys.readouterr().err


def test_a_command_that_hangs_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert not services.run(["sleep", "60"], seconds=0.1)
    assert "timed out" in capsys.readouterr().err


@pytest.mark.service("redis")
def test_redis_answers_a_ping() -> None:
    with socket.create_connection(address("redis"), timeout=10) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(64) == b"+PONG\r\n"


@pytest.mark.service("postgresql")
def test_postgresql_says_whether_it_speaks_tls() -> None:
    with socket.create_connection(address("postgresql"), timeout=10) as connection:
        connection.sendall((8).to_bytes(4) + (80877103).to_bytes(4))
        assert connection.recv(64) in (b"S", b"N")
