"""When a request is sent again: elsewhere, or once more. Nothing here does any I/O.

1. A 303 leads to a GET; after a 301 or a 302 a POST becomes a GET, as browsers do it.
2. What was meant for one server only (credentials, cookies) is not sent to another one.
3. A redirect never leads from HTTP to anything but HTTP.
4. Only what may be done twice is tried again: by method, and unless its body is gone.
5. The wait doubles each time, is cut in half by chance, and heeds what the server asks for.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yarl import URL

__all__ = ["IDEMPOTENT", "Redirect", "Retries", "redirect_of"]

IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
_PERSONAL = {"authorization", "cookie", "proxy-authorization"}
_OF_THE_BODY = {"content-type", "content-length", "content-encoding", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Redirect:
    """The next request on the way."""

    method: str
    url: URL
    headers: Mapping[str, str]
    keeps_body: bool


def redirect_of(
    status: int,
    location: str | None,
    method: str,
    url: URL,
    headers: Mapping[str, str],
    *,
    get: bool,
) -> Redirect | None:
    """Where an answer leads, or None. `get` says that a 301 or a 302 of a POST leads to a GET."""
    if status not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        target = url.join(type(url)(location))
    except ValueError:
        return None
    if target.scheme not in ("http", "https") or not target.host:
        return None
    becomes_get = (status == 303 and method != "HEAD") or (
        get and method == "POST" and status in (301, 302)
    )
    dropped = set(_OF_THE_BODY) if becomes_get else set()
    if _server(target) != _server(url):
        dropped |= _PERSONAL
    kept = {name: value for name, value in headers.items() if name.lower() not in dropped}
    return Redirect("GET" if becomes_get else method, target, kept, not becomes_get)


def _server(url: URL) -> tuple[str, str | None, int | None]:
    return url.scheme, url.host, url.port


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and when, something is tried again."""

    times: int
    delay: float
    longest: float
    statuses: Collection[int]
    methods: Collection[str]

    def allowed(self, method: str, turn: int) -> bool:
        """Whether there may be another attempt after `turn` of them."""
        return turn <= self.times and method in self.methods

    def pause(self, turn: int, retry_after: str | None, now: float) -> float:
        """How long to wait after the attempt number `turn`, which is 1 for the first."""
        most = min(self.delay * 2.0 ** min(turn - 1, 60), self.longest)
        chance = random.uniform(most / 2, most)  # noqa: S311 - so that clients do not come at once
        return min(max(chance, _seconds(retry_after, now)), self.longest)


def _seconds(retry_after: str | None, now: float) -> float:
    """What a server asks for: seconds, or a date."""
    if retry_after is None:
        return 0
    if retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        return parsedate_to_datetime(retry_after).timestamp() - now
    except (ValueError, OverflowError):
        return 0
