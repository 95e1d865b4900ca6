"""Bring up the servers that tests talk to, where they do not run already.

    python scripts/services.py                     all of them
    python scripts/services.py redis postgresql    these
    python scripts/services.py --asked-by tests    those that a test in that folder is marked with

1. A server that answers on its standard local port is used as it is.
2. Else, for root on Debian, its package is installed where it is missing, and started.
3. Else it is left alone, and how to get it is said.

Nothing is ever stopped. What was started here goes on afterwards; `service NAME stop` ends it.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SERVICES", "Server", "answers", "asked_by", "how_to_get"]


@dataclass(frozen=True)
class Server:
    """A server, and how to know, get and start it."""

    name: str
    port: int
    # What we say first, and how an answer begins that only this server gives.
    greeting: bytes
    answer: bytes
    package: str  # Debian's
    service: str  # as `service NAME start` knows it
    # What lets tests log in. Run once after we have installed it, never on a server found here.
    accounts: tuple[str, ...] = ()


SERVICES = {
    server.name: server
    for server in (
        Server(
            "rabbitmq",
            5672,
            greeting=b"AMQP\x00\x00\x09\x01",
            answer=rb"\x01\x00\x00",  # a method, on channel 0: connection.start
            package="rabbitmq-server",
            service="rabbitmq-server",
        ),
        Server(
            "postgresql",
            5432,
            greeting=b"\x00\x00\x00\x08\x04\xd2\x16\x2f",  # SSLRequest
            answer=rb"[SN]",
            package="postgresql",
            service="postgresql",
            accounts=(
                *("runuser", "-u", "postgres", "--", "psql", "-qc"),
                "ALTER ROLE postgres PASSWORD 'postgres'",
            ),
        ),
        Server(
            "mariadb",
            3306,
            greeting=b"",
            answer=rb"...\x00\x0a",  # the length, packet 0, protocol 10
            package="mariadb-server",
            service="mariadb",
            accounts=(
                *("mariadb", "-e"),
                (
                    "ALTER USER root@localhost"
                    " IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('');"
                    " CREATE DATABASE IF NOT EXISTS test"
                ),
            ),
        ),
        Server(
            "redis",
            6379,
            greeting=b"PING\r\n",
            answer=rb"\+PONG|-NOAUTH",
            package="redis-server",
            service="redis-server",
        ),
        Server(
            "zookeeper",
            2181,
            greeting=b"srvr",
            answer=rb"Zookeeper version",
            package="zookeeperd",
            service="zookeeper",
        ),
    )
}

INSTALL_SECONDS, START_SECONDS, ANSWER_SECONDS = 900, 120, 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring up what `arguments` name; 1 when one of them does not answer in the end."""
    wanted = [SERVICES[name] for name in names_in(arguments)]
    absent = [server for server in wanted if not answers(server)]
    for server in wanted:
        if server not in absent:
            say(server, f"answers on port {server.port}")
    if absent and may_install():
        absent = [server for server in absent if not bring_up(server)]
    for server in absent:
        say(server, f"is not there: {how_to_get(server)}")
    return 1 if absent else 0


def names_in(arguments: Sequence[str] | None) -> list[str]:
    parser = argparse.ArgumentParser(description="Bring up the servers that tests talk to.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    parser.add_argument("--asked-by", type=Path, metavar="FOLDER", help="those its tests ask for")
    given = parser.parse_args(arguments)
    names = sorted(asked_by(given.asked_by)) if given.asked_by else given.names or list(SERVICES)
    if unknown := [name for name in names if name not in SERVICES]:
        parser.error(f"no server {unknown[0]!r}; there are {', '.join(SERVICES)}")
    return names


def asked_by(folder: Path) -> set[str]:
    """The servers with which a test in `folder` is marked: `pytest.mark.service("redis")`."""
    return {
        name
        for path in folder.rglob("test_*.py")
        for name in _marks(ast.parse(path.read_text(encoding="utf-8")))
    }


def _marks(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.service":
            for argument in node.args:
                yield ast.literal_eval(argument)


def answers(server: Server, seconds: float = 2.0) -> bool:
    """Whether it is there, and is what stands on that port."""
    try:
        with socket.create_connection(("127.0.0.1", server.port), seconds) as connection:
            connection.sendall(server.greeting)
            return re.match(server.answer, connection.recv(64), re.DOTALL) is not None
    except OSError:
        return False


def how_to_get(server: Server) -> str:
    return f"apt-get install {server.package} && service {server.service} start"


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def bring_up(server: Server) -> bool:
    installing = not is_installed(server)
    if installing and not install(server):
        return False
    # Where there is systemd, installing has started it.
    if not answers(server):
        say(server, "starting")
        run(["service", server.service, "start"], START_SECONDS)
    return comes_to_answer(server) and (not installing or open_accounts(server))


def is_installed(server: Server) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", server.package]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return found.stdout == "installed"


def install(server: Server) -> bool:
    say(server, f"installing Debian's {server.package}")
    # A list that cannot be renewed may still be good enough.
    run(["apt-get", "-q", "update"], INSTALL_SECONDS)
    command = ["apt-get", "-qy", "--no-install-recommends", "install", server.package]
    return run(command, INSTALL_SECONDS)


def comes_to_answer(server: Server) -> bool:
    begin = time.monotonic()
    while not (there := answers(server)) and time.monotonic() - begin < ANSWER_SECONDS:
        time.sleep(0.5)
    if there:
        say(server, f"answers on port {server.port}")
    return there


def open_accounts(server: Server) -> bool:
    return not server.accounts or run(server.accounts, START_SECONDS)


def run(command: Iterable[str], seconds: float) -> bool:
    """Run it to its end; what it prints is shown only if it fails."""
    # A file, not a pipe: a daemon that is started here keeps what it inherits.
    with tempfile.TemporaryFile("w+") as output:
        try:
            subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                check=True,
                timeout=seconds,
            )
        except (OSError, subprocess.SubprocessError) as failure:
            output.seek(0)
            print(*output.readlines()[-20:], failure, sep="\n", file=sys.stderr)
            return False
    return True


def say(server: Server, what: str) -> None:
    print(f"{server.name}: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
