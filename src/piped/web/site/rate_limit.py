"""How often a client may ask: a bucket of tokens for each address, and a bound for all of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Annotated, Any

from piped.options import Between, Duration
from piped.web.site import answers
from piped.web.site.site import Answer

__all__ = ["Buckets", "RateLimit", "RateLimited"]


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """How often one client may ask.

    requests: how many requests, evenly spread …
    per: … in this time
    burst: how many may come at once; as many as `requests`, unless it is said
    clients: how many addresses are remembered; those that were silent longest are forgotten
    """

    requests: Annotated[int, Between(1)]
    per: Duration = 60.0
    burst: Annotated[int, Between(1)] | None = None
    clients: Annotated[int, Between(1)] = 10_000

    def __post_init__(self) -> None:
        if self.per <= 0:
            raise ValueError("`per` is longer than nothing")


class Buckets:
    """Tokens of many clients."""

    def __init__(self, limit: RateLimit, now: Callable[[], float]) -> None:
        self._rate = limit.requests / limit.per
        self._most = float(limit.burst or limit.requests)
        self._clients = limit.clients
        self._now = now
        # What was left when the client last came, and when; who came last is last.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str) -> float:
        """Take a token: 0, or the seconds until there is one."""
        now = self._now()
        left, then = self._buckets.pop(client, (self._most, now))
        left = min(left + (now - then) * self._rate, self._most)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._buckets[client] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > self._clients:
            self._buckets.popitem(last=False)
        return wait


class RateLimited:
    """A layer: 429 for those who ask too often."""

    def __init__(self, buckets: Buckets, inner: Answer) -> None:
        self._take = buckets.take
        self._inner = inner

    def __call__(self, request: Any, told: Any) -> None:
        wait = self._take(client_of(request))
        if wait:
            request.setHeader(b"retry-after", b"%d" % ceil(wait))
            answers.page(request, 429)
        else:
            self._inner(request, told)


def client_of(request: Any) -> str:
    """Who asks. Of IPv6 it is the network: one client has as many addresses as it likes."""
    host = getattr(request.getClientAddress(), "host", None)
    if not isinstance(host, str):
        return ""
    if ":" in host:
        address = ip_address(host.partition("%")[0])
        assert isinstance(address, IPv6Address)
        return str(address.ipv4_mapped or int(address) >> 64)
    return host
