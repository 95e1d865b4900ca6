"""What options say of a request, as it is sent."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.interop import settled
from piped.options import Duration, Secret
from piped.processors.http_headers import header_name, header_value
from piped.processors.json_encoders import PipedJSONEncoder

__all__ = [
    "BasicAuth",
    "Timeouts",
    "Tls",
    "basic",
    "body_of",
    "headers_of",
    "method_of",
    "with_params",
]

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """
    total: for each attempt, with its redirects and its body
    connect: until there is a connection
    read: between two pieces of the answer
    """

    total: Duration | None = 60.0
    connect: Duration | None = 10.0
    read: Duration | None = 30.0


@dataclass(frozen=True, kw_only=True)
class BasicAuth:
    """
    username: who asks
    password: the password
    """

    username: str
    password: Secret


@dataclass(frozen=True, kw_only=True)
class Tls:
    """
    verify: whether the server has to prove who it is; without it anybody may be there
    ca_file: the authorities to be believed, instead of those of the system
    certificate: a certificate of ours, for servers that want one
    key: its key, if that is in another file
    """

    verify: bool = True
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if self.key is not None and self.certificate is None:
            raise ConfigurationError("a 'key' is of no use without its 'certificate'")
        if self.ca_file is not None and not self.verify:
            raise ConfigurationError("with 'verify: false' no 'ca_file' is looked at")

    def context(self) -> ssl.SSLContext:
        """What makes connections so. It is made once: connections of one context are shared."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except OSError as error:
            raise ConfigurationError(f"the files of 'tls' cannot be used: {error}") from error
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def basic(username: str, password: str) -> str:
    """The header `Authorization` of somebody with a password."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def method_of(value: Any) -> str:
    """A method, in capitals."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    try:
        return header_name(text).decode().upper()
    except ValueError as error:
        raise UnfitBaton(f"{value!r} is no method of HTTP") from error


def headers_of(given: Mapping[Any, Any] | None) -> dict[str, str]:
    """Headers by name. One that is null is none."""
    found = {}
    for name, value in (given or {}).items():
        text = value.reveal() if isinstance(value, Secret) else value
        name = name.decode("latin-1") if isinstance(name, bytes) else name  # noqa: PLW2901
        if text is None:
            continue
        try:
            found[header_name(name).decode()] = header_value(text).decode(
                "utf-8", "surrogateescape"
            )
        except ValueError as error:
            # Neither name nor value is said: the value may be secret.
            raise UnfitBaton(f"the header {name!r} cannot be sent") from error
    return found


def with_params(url: Any, params: Mapping[str, Any] | None) -> Any:
    """`url` with arguments behind it. A list gives several of one name, null none."""
    found = [
        (str(name), _argument(each))
        for name, value in (params or {}).items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None
    ]
    return url.extend_query(found) if found else url


def _argument(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.decode() if isinstance(value, bytes) else str(value)


def body_of(json_: Any, data: Any, *, has_json: bool) -> tuple[Any, str | None]:
    """The body, and its content type where that is known."""
    if has_json:
        return _json(json_), _JSON
    if isinstance(data, Mapping):
        fields = {name: each for name, each in data.items() if each is not None}
        return urlencode(fields, doseq=True).encode(), _FORM
    if data is None or isinstance(data, bytes):
        return data, None
    if isinstance(data, str):
        return data.encode(), None
    if isinstance(data, bytearray | memoryview):
        return bytes(data), None
    return _streamed(data), None


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, cls=PipedJSONEncoder, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UnfitBaton(f"the body cannot be written as JSON: {error}") from error


def _streamed(stream: Any) -> AsyncIterator[bytes]:
    from piped.processors.web_streams import is_stream, pieces_of

    if not is_stream(stream):
        raise UnfitBaton(f"{stream!r} cannot be sent as a body")

    async def encoded() -> AsyncIterator[bytes]:
        async for piece in pieces_of(stream):
            found = await settled(piece)
            yield found.encode() if isinstance(found, str) else bytes(found)

    return encoded()
