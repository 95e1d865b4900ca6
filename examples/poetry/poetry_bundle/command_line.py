"""What the programs understand, and how the servers among them run."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolFactory

__all__ = [
    "address",
    "addresses",
    "number_of_bytes",
    "poetry_file",
    "port",
    "run_server",
    "seconds",
    "server_options",
]

LOCAL = "127.0.0.1"


class NotUnderstood(argparse.ArgumentTypeError, ValueError):
    """What was typed makes no sense: argparse hears it by the one name, twistd by the other."""


def server_options(description: str) -> argparse.ArgumentParser:
    """The options that all servers have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=port, default=0, help="where to listen; any free one")
    parser.add_argument("--iface", default="localhost", help="where from: localhost")
    return parser


def run_server(factory: IProtocolFactory, what: object, options: argparse.Namespace) -> None:
    """Listen until Ctrl-C."""
    from twisted.internet import reactor

    try:
        listening = reactor.listenTCP(options.port, factory, interface=options.iface)
    except CannotListenError as taken:
        raise SystemExit(str(taken)) from None
    print(f"Serving {what} on {listening.getHost()}.", flush=True)
    reactor.run()


def poetry_file(text: str) -> Path:
    """The file of that name, which can be read."""
    path = Path(text)
    try:
        path.open("rb").close()
    except OSError as problem:
        raise NotUnderstood(f"{text}: {problem.strerror}") from None
    return path


def number_of_bytes(text: str) -> int:
    """At least one, or the poem would never end."""
    if not text.isdecimal() or int(text) < 1:
        raise NotUnderstood(f"not a number from 1 on: {text}")
    return int(text)


def seconds(text: str) -> float:
    """A time to wait, which may be none."""
    try:
        delay = float(text)
    except ValueError:
        delay = -1.0
    if not 0 <= delay < math.inf:
        raise NotUnderstood(f"not a number of seconds: {text}")
    return delay


def port(text: str) -> int:
    """A port of TCP."""
    if not text.isdecimal() or int(text) > 65535:
        raise NotUnderstood(f"not a port: {text!r}")
    return int(text)


def address(text: str) -> tuple[str, int]:
    """`host:port`, or a port of this machine alone."""
    host, _, number = text.rpartition(":")
    return host.strip("[]") or LOCAL, port(number)


def addresses() -> list[tuple[str, int]]:
    """What a client is told: the address of the transform server, then those of poems."""
    parser = argparse.ArgumentParser(description="Get Poetry Now!")
    parser.add_argument("transform", type=address, help="[host:]port of the transform server")
    parser.add_argument("poems", type=address, nargs="+", help="[host:]port of a poetry server")
    options = parser.parse_args()
    return [options.transform, *options.poems]
