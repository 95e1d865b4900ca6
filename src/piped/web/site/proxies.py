"""What a proxy in front of us says of the client: believed of those proxies alone that we know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from piped.web.site.client_address import address_in, client_of, is_among

__all__ = ["TrustedProxies"]

_HOST = re.compile(rb"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")


class TrustedProxies:
    """Proxies by their networks; `unix` is whoever comes through a Unix socket."""

    def __init__(self, networks: Iterable[str]) -> None:
        names = set(networks)
        self._trusts_unix = "unix" in names
        self._networks: Sequence[IPv4Network | IPv6Network] = [
            ip_network(each, strict=False) for each in names - {"unix"}
        ]

    def __call__(self, request: Any) -> None:
        """Let `request` be what the proxy has got, if it comes from one that we know."""
        if not self._is_proxy(request.transport.getPeer()):
            return
        client = self._client(request.requestHeaders.getRawHeaders(b"x-forwarded-for", []))
        if client is not None:
            request.client = client
            request.logged_client = client.host.encode()
        self._take_host(request)

    def _is_proxy(self, peer: Any) -> bool:
        host = getattr(peer, "host", None)
        if not isinstance(host, str):
            return self._trusts_unix and not hasattr(peer, "host")
        address = address_in(host.partition("%")[0])
        return address is not None and is_among(address, self._networks)

    def _client(self, headers: list[bytes]) -> Any:
        """The last one on the way that is none of our proxies: what came before it may be a lie."""
        from twisted.internet import address

        values = [each.decode("ascii", "replace") for each in headers]
        client = client_of(values, "x-forwarded-for", self._networks)
        if client is None:
            return None
        kind = address.IPv4Address if client.version == 4 else address.IPv6Address
        return kind("TCP", str(client), 0)

    def _take_host(self, request: Any) -> None:
        scheme = (request.getHeader(b"x-forwarded-proto") or b"").strip().lower()
        forwarded = request.getHeader(b"x-forwarded-host")
        if scheme not in {b"http", b"https"} and forwarded is None:
            return
        is_secure = scheme == b"https" if scheme else bool(request.isSecure())
        found = _HOST.fullmatch((forwarded or request.getHeader(b"host") or b"").strip())
        if found is not None:
            port = int(found[2]) if found[2] else 443 if is_secure else 80
            request.setHost(found[1], port, ssl=is_secure)
