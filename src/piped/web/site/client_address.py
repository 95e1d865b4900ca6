"""Who really sent a request that came through proxies.

A proxy appends the address from which it got the request to a header that anybody can send. So the
header is read from its end, for as long as the addresses are those of trusted proxies: the first
other one is the client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from piped.conf.nodes import Node, Scalar
from piped.options import Check
from piped.problems import Kind

__all__ = ["LOOPBACK", "Network", "address_in", "client_of", "is_among"]

Address = IPv4Address | IPv6Address
# `for="[2001:db8::1]:4711"` of the header `forwarded`, and the same without `for`.
_for = re.compile(r"""(?:^|;)\s*for="?([^";]*)"?""", re.IGNORECASE)
_with_port = re.compile(r"\[([^\]]*)\](?::\d+)?|([^:]*):\d+")


class Network:
    """An address, or the addresses of a network: `10.0.0.0/8`."""

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        expected = "an address or a network like 10.0.0.0/8"
        value = node.value if isinstance(node, Scalar) else None
        if type(value) is not str:
            return check.unfit(node, check.what, expected)
        try:
            return ip_network(value)
        except ValueError:
            return check.unfit(node, check.what, expected, kind=Kind.WRONG_VALUE)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string", "examples": ["10.0.0.0/8", "::1"]}


LOOPBACK: tuple[IPv4Network | IPv6Network, ...] = (
    ip_network("127.0.0.0/8"),
    ip_network("::1/128"),
)


def address_in(text: str) -> Address | None:
    """The address that `text` is, with or without a port, or None."""
    text = text.strip()
    ported = _with_port.fullmatch(text)
    try:
        found = ip_address(ported[1] or ported[2] if ported else text)
    except ValueError:
        return None
    # One that listens on both kinds sees the old kind in the clothes of the new one.
    return getattr(found, "ipv4_mapped", None) or found


def is_among(address: Address, networks: Iterable[Any]) -> bool:
    """Whether `address` belongs to one of `networks`."""
    return any(address in network for network in networks)


def client_of(values: Sequence[str], header: str, trusted: Iterable[Any]) -> Address | None:
    """The last address in a header that is not a trusted proxy's; the first one if all are.

    None if there is no address, or something else in the place of the one that counts.
    """
    entries = [each for value in values for each in value.split(",") if each.strip()]
    found = None
    for entry in reversed(entries):
        if header == "forwarded":
            match = _for.search(entry)
            entry = match[1] if match else ""  # noqa: PLW2901 - the rest of it is not looked at
        address = address_in(entry)
        if address is None:
            return None
        found = address
        if not is_among(address, trusted):
            break
    return found
