"""Addresses of the envelope, and the arguments of MAIL and RCPT.

ASCII only: nobody is told of SMTPUTF8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["CommandFault", "Path", "is_address", "path_of"]

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9.:]+\])"
_LOCAL = rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})"
_ADDRESS = re.compile(rf"{_LOCAL}@{_DOMAIN}")
# Without its domain it is one of ours, as postmaster is. A route before it has no meaning now.
_ARGUMENT = re.compile(
    rf"(?:FROM|TO): ?<(?:@[^:<>\s]*:)?(?P<address>(?:{_LOCAL}(?:@{_DOMAIN})?)?)>"
    r"(?P<rest>(?: [!-~]+)* *)",
    re.IGNORECASE,
)
_LONGEST = 254
_LONGEST_LOCAL = 64


class CommandFault(Exception):
    """What a client said cannot be; `code` and `text` are the answer."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Path:
    """The argument of MAIL or RCPT: an address, which may be empty, and parameters by name."""

    address: str
    parameters: dict[str, str] = field(default_factory=dict)


def is_address(text: str) -> bool:
    """Whether a mail can be sent to, or from, that address."""
    return _ADDRESS.fullmatch(text) is not None and _fits(text)


def path_of(argument: bytes, keyword: str) -> Path:
    """What stands behind MAIL (`FROM:<a@b> SIZE=7`) or RCPT. Raises `CommandFault`."""
    if not argument.isascii():
        raise CommandFault(553, "addresses are ASCII here")
    text = argument.decode("ascii")
    found = _ARGUMENT.fullmatch(text)
    if found is None or not text.upper().startswith(keyword):
        raise CommandFault(501, f"write it as {keyword}:<name@domain>")
    address = found["address"]
    if not _fits(address):
        raise CommandFault(553, "the address is too long")
    parameters = {}
    for each in found["rest"].split():
        name, _, value = each.partition("=")
        parameters[name.upper()] = value
    return Path(address, parameters)


def _fits(address: str) -> bool:
    return len(address) <= _LONGEST and len(address.rpartition("@")[0]) <= _LONGEST_LOCAL
