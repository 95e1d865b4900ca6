"""Bring up the servers and programs that tests need, where they are not there already.

    python scripts/services.py                     all of them
    python scripts/services.py redis postgresql    these
    python scripts/services.py --asked-by tests    those that a test in that folder is marked with

1. A server that answers on its standard local port is used as it is; so is a program on the PATH.
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

__all__ = [
    "ALL",
    "PROGRAMS",
    "SERVICES",
    "Program",
    "Server",
    "answers",
    "asked_by",
    "how_to_get",
    "is_there",
]


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


@dataclass(frozen=True)
class Program:
    """A program that tests start themselves: it has only to be installed."""

    name: str  # on the PATH
    package: str  # Debian's; several, where one alone lacks what tests need
    proof: tuple[str, ...] = ()  # a command that succeeds when nothing is lacking


Needed = Server | Program

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

PROGRAMS = {
    program.name: program
    for program in (
        Program("chromium", package="chromium"),
        Program("dot", package="graphviz"),
        Program("netcat", package="netcat-openbsd"),
        Program("ssh", package="openssh-client"),
        Program(
            "swaks",
            package="swaks libnet-ssleay-perl",
            proof=("perl", "-MNet::SSLeay", "-e", "1"),  # without it there is no TLS
        ),
    )
}
ALL: dict[str, Needed] = {**SERVICES, **PROGRAMS}

INSTALL_SECONDS, START_SECONDS, ANSWER_SECONDS = 900, 120, 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring up what `arguments` name; 1 when one of them is not there in the end."""
    wanted = [ALL[name] for name in names_in(arguments)]
    absent = [needed for needed in wanted if not is_there(needed)]
    for needed in wanted:
        if needed not in absent:
            say(needed, how_it_is_there(needed))
    if absent and may_install():
        absent = [needed for needed in absent if not bring_up(needed)]
    for needed in absent:
        say(needed, f"is not there: {how_to_get(needed)}")
    return 1 if absent else 0


def names_in(arguments: Sequence[str] | None) -> list[str]:
    parser = argparse.ArgumentParser(description="Bring up what tests need.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--asked-by", type=Path, metavar="FOLDER", help="those its tests ask for")
    given = parser.parse_args(arguments)
    names = sorted(asked_by(given.asked_by)) if given.asked_by else given.names or list(ALL)
    if unknown := [name for name in names if name not in ALL]:
        parser.error(f"no server {unknown[0]!r}; there are {', '.join(ALL)}")
    return names


def asked_by(folder: Path) -> set[str]:
    """The services with which a test in `folder` is marked: `pytest.mark.service("redis")`."""
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


def is_there(needed: Needed) -> bool:
    if isinstance(needed, Program):
        return shutil.which(needed.name) is not None and works(needed)
    return answers(needed)


def works(program: Program) -> bool:
    """Whether nothing is lacking beside the program itself."""
    if not program.proof:
        return True
    if shutil.which(program.proof[0]) is None:
        return False
    return (
        subprocess.run(program.proof, capture_output=True, check=False, timeout=30).returncode == 0
    )


def how_it_is_there(needed: Needed) -> str:
    if isinstance(needed, Program):
        return f"is {shutil.which(needed.name)}"
    return f"answers on port {needed.port}"


def answers(server: Server, seconds: float = 2.0) -> bool:
    """Whether it is there, and is what stands on that port."""
    try:
        with socket.create_connection(("127.0.0.1", server.port), seconds) as connection:
            connection.sendall(server.greeting)
            return re.match(server.answer, connection.recv(64), re.DOTALL) is not None
    except OSError:
        return False


def how_to_get(needed: Needed) -> str:
    install = f"apt-get install {needed.package}"
    return (
        install if isinstance(needed, Program) else f"{install} && service {needed.service} start"
    )


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def bring_up(needed: Needed) -> bool:
    installing = not is_installed(needed)
    if installing and not install(needed):
        return False
    return is_there(needed) if isinstance(needed, Program) else start(needed, installing=installing)


def start(server: Server, *, installing: bool) -> bool:
    # Where there is systemd, installing has started it.
    if not answers(server):
        say(server, "starting")
        run(["service", server.service, "start"], START_SECONDS)
    return comes_to_answer(server) and (not installing or open_accounts(server))


def is_installed(needed: Needed) -> bool:
    packages = needed.package.split()
    command = ["dpkg-query", "--show", r"--showformat=${db:Status-Status}\n", *packages]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return found.stdout.split() == ["installed"] * len(packages)


def install(needed: Needed) -> bool:
    say(needed, f"installing Debian's {needed.package}")
    # A list that cannot be renewed may still be good enough.
    run(["apt-get", "-q", "update"], INSTALL_SECONDS)
    command = ["apt-get", "-qy", "--no-install-recommends", "install"]
    command += needed.package.split()
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


def say(needed: Needed, what: str) -> None:
    print(f"{needed.name}: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
