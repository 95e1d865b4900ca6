"""Where to listen and what to connect to, in the notation of Twisted: `tcp:8080:interface=::1`.

The text is only checked here, with nothing but the rules of the notation: parts between
colons, each a value or `name=value`; a backslash takes the meaning from what follows it.
Kinds of endpoints that are not in the table come from plugins of Twisted, and are let through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from piped.conf.nodes import Node, Scalar
from piped.options.findings import Findings
from piped.options.form import Form, constant
from piped.options.scalars import text_of
from piped.problems import Kind, did_you_mean

__all__ = ["ClientEndpoint", "Endpoint", "ServerEndpoint", "endpoint_fault", "endpoint_parts"]

_LISTENING = ("interface", "backlog")
_KEYS = ("privateKey", "certKey")
_CONNECTING = ("timeout", "bindAddress")
_NUMBERS = {"backlog", "timeout", "index"}
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one kind of endpoint is made of."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()  # optional, too, but never without their names


_SERVERS = {
    "tcp": _Kind(("port",), _LISTENING),
    "tcp6": _Kind(("port",), ("backlog", "interface")),
    "ssl": _Kind(("port",), (*_KEYS, "sslmethod", *_LISTENING, "extraCertChain", "dhParameters")),
    "tls": _Kind(("path",), ("port", "backlog", "interface")),
    "unix": _Kind(("address",), ("mode", "backlog", "lockfile")),
    "systemd": _Kind(("domain",), ("index", "name")),
    "stdio": _Kind(()),
}
_CLIENTS = {
    "tcp": _Kind(("host", "port"), by_name=_CONNECTING),
    "ssl": _Kind(("host", "port"), by_name=(*_CONNECTING, *_KEYS, "caCertsDir", "hostname")),
    "tls": _Kind(
        ("host", "port"), (*_CONNECTING, "certificate", "privateKey", "trustRoots", "endpoint")
    ),
    "unix": _Kind(("path",), by_name=("timeout", "lockfile")),
}


def endpoint_fault(text: str, kinds: dict[str, _Kind]) -> str:
    """What is wrong with an endpoint, as far as one can see without opening it, or nothing."""
    name, colon, _ = text.partition(":")
    if not colon and name != "stdio":
        return "a kind and a colon come first, as in tcp:8080"
    if not re.fullmatch(r"[A-Za-z][\w.+-]*", name):
        return f"{name!r} is no kind of endpoint"
    if name not in kinds:
        others = "connect" if kinds is _SERVERS else "listen"
        if name in _SERVERS or name in _CLIENTS:
            return f"{name!r} is an endpoint to {others} with"
        return ""
    (_, *positional), named = endpoint_parts(text)
    return _fault_of_arguments(positional, named, kinds[name])


def endpoint_parts(text: str) -> tuple[list[str], dict[str, str]]:
    """The arguments of an endpoint: by position, the kind first, and by name."""
    parts: list[list[str]] = [[""]]
    for char in re.findall(r"\\.|[^\\]|\\$", text, re.DOTALL):
        if char == ":":
            parts.append([""])
        elif char == "=" and len(parts[-1]) == 1:
            parts[-1].append("")
        else:
            parts[-1][-1] += char[-1]
    positional = [part[0] for part in parts if len(part) == 1]
    return positional, {part[0]: part[1] for part in parts if len(part) == 2}


def _fault_of_arguments(positional: list[str], named: dict[str, str], kind: _Kind) -> str:
    order = [name for name in (*kind.needed, *kind.optional) if name not in named]
    known = kind.needed + kind.optional + kind.by_name
    unknown = [name for name in named if name not in known]
    values = named | dict(zip(order, positional, strict=False))
    missing = [name for name in kind.needed if not values.get(name)]
    if unknown:
        near = did_you_mean(unknown[0], known)
        return f"it has no {unknown[0]!r}{near}"
    if len(positional) > len(order) and positional != [""]:
        return f"{positional[len(order)]!r} is too much"
    if missing:
        return f"its {missing[0]} is missing"
    return next((fault for each in values.items() if (fault := _fault_of_value(*each))), "")


def _fault_of_value(name: str, value: str) -> str:
    number = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None
    if name == "port" and (number is None or number > _LAST_PORT):
        return f"its port is a number up to {_LAST_PORT}, and {value!r} is none"
    if name in _NUMBERS and number is None:
        return f"its {name} is a number, and {value!r} is none"
    return ""


def _endpoint_form(example: str, *tables: dict[str, _Kind]) -> Form:
    expected = f"an endpoint like {example}"
    takes_ports = _SERVERS in tables

    def read(node: Node, findings: Findings, what: str) -> Any:
        text = text_of(node)
        if text is not None:
            faults = [endpoint_fault(text, table) for table in tables]
            if "" in faults:
                return text
            return findings.unfit(node, what, expected, hint=faults[0], kind=Kind.WRONG_VALUE)
        port = node.value if type(node) is Scalar else None
        if takes_ports and type(port) is int:
            if 0 <= port <= _LAST_PORT:
                return f"tcp:{port}"
            return findings.unfit(node, what, expected, kind=Kind.WRONG_VALUE)
        return findings.unfit(node, what, expected)

    return Form("endpoint", expected, read, constant(_schema(example, takes_ports=takes_ports)))


def _schema(example: str, *, takes_ports: bool) -> dict[str, Any]:
    text = {"type": "string", "pattern": r"^([A-Za-z][\w.+-]*:|stdio$)", "examples": [example]}
    port = {"type": "integer", "minimum": 0, "maximum": _LAST_PORT}
    return {"anyOf": [text, port]} if takes_ports else text


Endpoint = Annotated[str, _endpoint_form("tcp:8080", _SERVERS, _CLIENTS)]
ServerEndpoint = Annotated[str, _endpoint_form("tcp:8080", _SERVERS)]
ClientEndpoint = Annotated[str, _endpoint_form("tcp:localhost:8080", _CLIENTS)]
