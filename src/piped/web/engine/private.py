"""All that the engine touches of Twisted that is not offered to it.

Private names go without notice. They are used here and nowhere else, and
`tests/web/test_private.py` says at once when one is gone.
"""

from __future__ import annotations

from typing import Any

from twisted.web.http_headers import Headers, _nameEncoder
from twisted.web.resource import _IEncodingResource
from twisted.web.server import Request

__all__ = [
    "canonical_names",
    "encoder_of",
    "header_name",
    "headers_over",
    "tell_disconnected",
]

# Header names as they were written → as they are sent. For names that were seen before.
canonical_names = _nameEncoder._canonicalHeaderCache  # noqa: SLF001 - what this module is for
header_name = _nameEncoder.encode


def headers_over(fields: dict[bytes, list[bytes]]) -> Headers:
    """The `Headers` that look at `fields`, and change them."""
    headers = Headers.__new__(Headers)
    headers._rawHeaders = fields  # noqa: SLF001 - what this module is for
    return headers


def encoder_of(resource: Any, request: Request) -> Any:
    """What `resource` wants the answer to `request` encoded with, if anything."""
    return resource.getEncoder(request) if _IEncodingResource.providedBy(resource) else None


def tell_disconnected(request: Request) -> None:
    """Let `request` know that nobody waits for its answer."""
    request._disconnected = True  # noqa: SLF001 - what this module is for


def encode_with(request: Request, encoder: Any) -> None:
    request._encoder = encoder  # noqa: SLF001 - what this module is for


def answer_star(request: Request) -> None:
    """Answer `OPTIONS *`."""
    request._handleStar()  # noqa: SLF001 - what this module is for


def inherited_descriptors() -> dict[int | str, int]:
    """The sockets that systemd has handed over, by number and by name."""
    # It takes them out of the environment when it is imported.
    from twisted.internet.endpoints import _SystemdParser

    given = _SystemdParser._sddaemon  # noqa: SLF001 - what this module is for
    found: dict[int | str, int] = dict(enumerate(given.inheritedDescriptors()))
    found.update(given.inheritedNamedDescriptors())
    return found


def lock_for(path: str) -> Any:
    """The lock that Twisted, too, takes before it listens at `path`."""
    from twisted.python.lockfile import FilesystemLock

    return FilesystemLock(f"{path}.lock")
