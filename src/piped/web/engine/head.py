"""What the head of a request says about the request, and what is wrong with it.

The parser has refused what cannot be read: control characters, line folding, white space before a
colon, lengths that differ. Here is the rest of RFC 9112 and 9110.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from piped.exceptions import UnfitRequest

__all__ = ["NOTED", "NOTED_LENGTHS", "PLAIN", "Facts", "Refusal", "facts", "is_host"]

HOST, EXPECT, UPGRADE, CONNECTION, LENGTH, ENCODING, AGENT, REFERER = (1 << bit for bit in range(8))
_FIELDS = {
    b"host": HOST,
    b"expect": EXPECT,
    b"upgrade": UPGRADE,
    b"connection": CONNECTION,
    b"content-length": LENGTH,
    b"transfer-encoding": ENCODING,
    b"user-agent": AGENT,
    b"referer": REFERER,
}
# What does not matter to the engine, and comes often.
_OTHERS = (
    b"accept accept-charset accept-encoding accept-language authorization cache-control "
    b"content-type cookie dnt forwarded if-modified-since if-none-match keep-alive origin pragma "
    b"priority range sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest sec-fetch-mode "
    b"sec-fetch-site sec-fetch-user te traceparent upgrade-insecure-requests via "
    b"x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip x-request-id "
    b"x-requested-with"
)
_KINDS = dict.fromkeys(_OTHERS.split(), 0) | _FIELDS
# The fields that say how a request is to be read, as most clients write them.
NOTED = _KINDS | {name.title(): kind for name, kind in _KINDS.items()}
NOTED_LENGTHS = frozenset(map(len, _FIELDS))
# With these alone a request is nothing out of the ordinary.
PLAIN = HOST | LENGTH | CONNECTION | AGENT | REFERER


# The methods that are for this protocol. The parser knows those of RTSP, too.
METHODS = frozenset(
    b"GET HEAD POST PUT DELETE OPTIONS TRACE PATCH QUERY "
    b"COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND REBIND UNBIND ACL REPORT "
    b"MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE PURGE MKCALENDAR "
    b"LINK UNLINK".split()
)
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::[0-9]*)?\Z")
_ABSOLUTE = re.compile(rb"https?://[^/?#]", re.IGNORECASE)
_BAD_IN_TARGET = re.compile(rb'[#<>"{}^`|\\]')


class Refusal(UnfitRequest):
    """What the engine itself does not take; whoever asked for it is answered with a status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason, status)


@dataclass(slots=True)
class Facts:
    """What the head says about the rest."""

    version: bytes = b"HTTP/1.1"
    keep_alive: bool = True
    # The length of the body: None if it comes in chunks.
    length: int | None = 0
    continues: bool = False
    upgrades: bool = False


def is_host(value: bytes) -> bool:
    """May this be the value of a Host field? An empty one may."""
    return _HOST.match(value.strip(b" \t")) is not None


def facts(
    method: bytes, target: bytes, version: str, keep_alive: bool, raw: list[tuple[bytes, bytes]]
) -> Facts:
    """What a head says, or the `Refusal` of it."""
    if version not in {"1.1", "1.0"}:
        if version == "0.9":
            raise Refusal(400, "a request line without a version")
        raise Refusal(505, f"HTTP/{version}")
    found = Facts(b"HTTP/" + version.encode(), keep_alive)
    _check_target(method, target)
    fields: dict[int, bytes] = {}
    for name, value in raw:
        kind = _FIELDS.get(name.lower())
        if kind is None:
            continue
        if kind in fields and kind in {HOST, LENGTH, ENCODING, EXPECT}:
            raise Refusal(400, f"more than one {name.decode('latin-1')}")
        fields[kind] = value.strip(b" \t")
    if HOST not in fields and version == "1.1":
        raise Refusal(400, "no Host")
    if not is_host(fields.get(HOST, b"")):
        raise Refusal(400, "not a host")
    _read_framing(found, fields)
    return found


def _check_target(method: bytes, target: bytes) -> None:
    if method not in METHODS:
        raise Refusal(501, "a method that is not known here")
    if not (
        target.startswith(b"/")
        or (target == b"*" and method == b"OPTIONS")
        or _ABSOLUTE.match(target)
    ) or _BAD_IN_TARGET.search(target):
        raise Refusal(400, "not a target")


def _read_framing(found: Facts, fields: dict[int, bytes]) -> None:
    encoding = fields.get(ENCODING)
    if encoding is not None:
        if found.version != b"HTTP/1.1":
            raise Refusal(400, "chunks in HTTP/1.0")
        codings = [coding.strip(b" \t") for coding in encoding.lower().split(b",")]
        if codings != [b"chunked"]:
            status = 501 if codings[-1] == b"chunked" else 400
            raise Refusal(status, "a transfer coding that is not known here")
        found.length = None
    else:
        found.length = int(fields.get(LENGTH, b"0"))
    expectation = fields.get(EXPECT)
    if expectation is not None and found.version == b"HTTP/1.1":
        if expectation.lower() != b"100-continue":
            raise Refusal(417, "an expectation that is not known here")
        found.continues = found.length != 0
    found.upgrades = UPGRADE in fields and CONNECTION in fields
