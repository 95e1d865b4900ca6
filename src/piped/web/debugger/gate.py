"""Who may debug, rule by rule. Each of them is enough to be refused.

For all that is below `__debug__`, and for the page of a failure in the place of an answer:

1. Somebody is named in `allow`.
2. The request came here itself. One that a proxy forwarded has the proxy's address, not its own.
3. The client's address is one of those in `allow`, in a network, or what a name there stands for.
   A name is looked up, and never the address: whoever owns an address decides what name it has.
4. `Host` is a name of this machine, or one of `hosts`. A browser that was made to believe that
   somebody else's name stands for this machine, sends that name.
5. No other site's page asked for it: not `Sec-Fetch-Site`, nor `Origin`. To follow a link to here
   is no harm, for who made the link cannot read what comes.

For all that executes or lists:

6. It is a POST, and of HTTP/1.1 at least: 1.0 is what simple proxies speak, and no browser.
7. Its page was ours, wherever the browser says where it was: a link is not enough.
8. Its body is JSON, which no form can send.
9. It has the token that stands in our page: of this process, and of this client.
10. After some wrong tokens, there is a pause for all.
"""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

__all__ = ["TOKEN_HEADER", "Asking", "Clients", "Gate", "Refusal"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

TOKEN_HEADER = "x-piped-debugger"  # noqa: S105 - the name of it
_FORWARDED = {"forwarded", "via", "x-real-ip", "x-client-ip", "client-ip", "true-client-ip"}
_FORWARDED_PREFIXES = ("x-forwarded", "x-original-", "x-cluster-", "cf-connecting-")
_MOST_WRONG, _WHILE = 10, 60.0


@dataclass(frozen=True, slots=True)
class Asking:
    """What is known of who asks, and how. Names of headers are in lower case."""

    client: str
    method: str = "GET"
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version: str = "HTTP/1.1"

    def only(self, name: str) -> str:
        """The header of that name; nothing, if there are several."""
        values = self.headers.get(name, ())
        return values[0].strip() if len(values) == 1 else ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, in words and as a status of HTTP; `rule` is its number above."""

    rule: int
    code: int
    why: str


class Clients:
    """Those in `allow`: addresses and networks at once, names when somebody has looked them up."""

    def __init__(self, allow: Sequence[str]) -> None:
        self._networks = [net for each in allow for net in _networks(each)]
        self.names = tuple(each for each in allow if not _networks(each))
        self._found: frozenset[Address] = frozenset()

    def __bool__(self) -> bool:
        return bool(self._networks or self.names)

    def found(self, addresses: Sequence[str]) -> None:
        """What the names stand for now."""
        self._found = frozenset(found for each in addresses if (found := _address(each)))

    def __contains__(self, client: str) -> bool:
        address = _address(client)
        return address is not None and (
            address in self._found or any(address in network for network in self._networks)
        )


class Gate:
    """Judges. It is told the time, and asks for nothing."""

    def __init__(self, clients: Clients, hosts: Sequence[str] = ()) -> None:
        self.clients = clients
        self._hosts = {each.lower().strip("[]").rstrip(".") for each in hosts}
        self._key = secrets.token_bytes(32)
        self._wrong: deque[float] = deque(maxlen=_MOST_WRONG)

    def token(self, client: str) -> str:
        """The token for the pages of that client."""
        return hmac.digest(self._key, client.encode(), "sha256").hex()

    def may_see(self, asking: Asking) -> Refusal | None:
        """Why the request may not have a page; None, if it may."""
        if not self.clients:
            return Refusal(1, 404, "Debugging is off here.")
        if name := _forwarded_by(asking):
            return Refusal(2, 403, f"The request was forwarded: it has the header {name}.")
        if asking.client not in self.clients:
            return Refusal(3, 403, "Your address is not in debug.allow.")
        if not self._is_ours(_host_name(asking.only("host"))):
            return Refusal(4, 403, "This is not one of my names: see debug.hosts.")
        if not (_is_own(asking) or _is_followed(asking)):
            return Refusal(5, 403, "Another site asks for it.")
        return None

    def may_call(self, asking: Asking, now: float) -> Refusal | None:
        """Why the request may not execute or list anything; None, if it may."""
        return self.may_see(asking) or _unfit_call(asking) or self._wrong_token(asking, now)

    def _wrong_token(self, asking: Asking, now: float) -> Refusal | None:
        if len(self._wrong) == _MOST_WRONG and now - self._wrong[0] < _WHILE:
            return Refusal(10, 429, "There were too many wrong tokens. Wait a minute.")
        given, right = asking.only(TOKEN_HEADER), self.token(asking.client)
        if not hmac.compare_digest(given.encode(), right.encode()):
            self._wrong.append(now)
            return Refusal(9, 403, "The token is not of this process: load the page again.")
        return None

    def _is_ours(self, host: str) -> bool:
        if host == "localhost" or host in self._hosts:
            return True
        address = _address(host)
        return address is not None and address.is_loopback


def _unfit_call(asking: Asking) -> Refusal | None:
    if asking.method != "POST":
        return Refusal(6, 405, "Only POST does that.")
    if asking.version in {"HTTP/0.9", "HTTP/1.0"}:
        return Refusal(6, 403, "No browser speaks HTTP/1.0.")
    if not _is_own(asking):
        return Refusal(7, 403, "Another site asks for it.")
    if asking.only("content-type").partition(";")[0].strip().lower() != "application/json":
        return Refusal(8, 415, "The body has to be application/json.")
    return None


def _networks(allowed: str) -> list[Network]:
    """The networks that one entry names. `localhost` is known without looking it up."""
    if allowed.strip().lower() == "localhost":
        return [ip_network("127.0.0.0/8"), ip_network("::1")]
    try:
        return [ip_network(allowed.strip(), strict=False)]
    except ValueError:
        return []


def _address(text: str) -> Address | None:
    """The address that `text` is: that of IPv4, where IPv6 carries one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _host_name(host: str) -> str:
    """The name in a `Host` header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _forwarded_by(asking: Asking) -> str | None:
    return next(
        (
            name
            for name in asking.headers
            if name in _FORWARDED or name.startswith(_FORWARDED_PREFIXES)
        ),
        None,
    )


def _is_own(asking: Asking) -> bool:
    """Whether nothing says that another site asks."""
    if "sec-fetch-site" in asking.headers and (
        asking.only("sec-fetch-site") not in {"same-origin", "none"}
    ):
        return False
    if "origin" not in asking.headers:
        return True
    scheme, _, host = asking.only("origin").lower().partition("://")
    return scheme in {"http", "https"} and host == asking.only("host").lower()


def _is_followed(asking: Asking) -> bool:
    """Whether it is the whole window that goes here."""
    return (
        asking.only("sec-fetch-mode") == "navigate" and asking.only("sec-fetch-dest") == "document"
    )
