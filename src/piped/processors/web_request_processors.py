"""Take out of a request what it brings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import IO, Any

from piped.exceptions import PipedError, UnfitRequest
from piped.options import KeyPath, Size
from piped.paths import MISSING, getter
from piped.processors.base import MappingProcessor
from piped.processors.fixed import fixed
from piped.processors.map_entries import MapEntry
from piped.processors.web_head import checked_request
from piped.processors.web_processors import HttpRequestProcessor
from piped.web.site.client_address import LOOPBACK, Network, address_in, client_of, is_among

__all__ = ["DetermineIp", "ExtractArguments", "ExtractJson", "RequestMappingProcessor"]


class DetermineIp(HttpRequestProcessor):
    """Find the IP address of the client, as text.

    It is None for a client that has none, such as one at a socket in the file system.

    Example::

        pipeline: [determine-ip: {proxied: true, trusted_proxies: [127.0.0.1, 10.0.0.0/8]}]
        request: "GET / | x-forwarded-for: 192.0.2.7, 203.0.113.9, 10.0.0.3"
        given: {}
        gives: {ip: 203.0.113.9}
    """

    name = "determine-ip"

    def __init__(
        self,
        *,
        output_path: KeyPath | None = "ip",
        proxied: bool = False,
        proxy_header: str = "x-forwarded-for",
        fail_if_not_proxied: bool = False,
        trusted_proxies: list[Network] | None = None,
        skip_if_request_stopped: bool = False,
        **request: Any,
    ) -> None:
        """
        output_path: where the address goes
        proxied: look into a header, if the request comes from a trusted proxy
        proxy_header: the header to which each proxy appends the address from which it was asked
        fail_if_not_proxied: fail if a trusted proxy does not say who asked, or did not ask
        trusted_proxies: addresses and networks of proxies; without it those of this machine
        skip_if_request_stopped: leave the baton as it is if the request has been answered, or its \
client is gone
        """
        super().__init__(skip_if_request_stopped=skip_if_request_stopped, **request)
        self.output_path = output_path
        self.proxied = proxied
        self.proxy_header = proxy_header
        self.fail_if_not_proxied = fail_if_not_proxied
        self.trusted_proxies: Sequence[Any] = (
            LOOPBACK if trusted_proxies is None else trusted_proxies
        )

    def process_request(self, request: Any, baton: Any) -> Any:
        direct = getattr(request.getClientAddress(), "host", None)
        ip = self._forwarded(request, direct) if self.proxied else None
        if ip is None and self.proxied and self.fail_if_not_proxied:
            raise PipedError(f"no trusted proxy says by {self.proxy_header!r} who sent the request")
        return self.get_resulting_baton(baton, self.output_path, direct if ip is None else ip)

    def _forwarded(self, request: Any, direct: str | None) -> str | None:
        """What trusted proxies say."""
        peer = getattr(request.transport.getPeer(), "host", None)
        if direct != peer:
            return direct  # the site trusts its proxies already, and has looked
        address = None if peer is None else address_in(peer)
        # Who speaks through a socket in the file system is on this machine.
        if address is not None and not is_among(address, self.trusted_proxies):
            return None
        header = self.proxy_header.lower()
        values = request.requestHeaders.getRawHeaders(header, [])
        found = client_of(values, header, self.trusted_proxies)
        return None if found is None else str(found)


class RequestMappingProcessor(MappingProcessor):
    """Takes several things out of a request. The input paths are their names there."""

    def __init__(
        self, *, request_path: KeyPath = "request", required: bool = False, **mapping: Any
    ) -> None:
        """
        request_path: where the request is
        required: a client that leaves one of them out is answered with 400
        """
        super().__init__(**mapping)
        self.required = required
        self.request_path = fixed("request_path", request_path)
        self._request_in = getter(request_path)

    def process(self, baton: Any) -> Any:
        checked_request(self._request_in(baton, None), self.request_path, baton)
        return super().process(baton)

    def named(self, request: Any) -> Mapping[bytes, list[Any]]:
        """What the request has, by name."""
        raise NotImplementedError

    def chosen(self, values: Any, read: Callable[[Any], Any], *, only_first: bool) -> Any:
        """What is put into the baton for all values of one name."""
        if isinstance(values, _Fallback):
            return values.value
        return read(values[0]) if only_first else [read(value) for value in values]

    def _input(self, entry: MapEntry, baton: Any) -> Any:
        values = self.named(self._request_in(baton)).get(entry.input_path.encode(), MISSING)
        if values is MISSING and self.required:
            raise UnfitRequest(f"there is no {entry.input_path!r}")
        if values is MISSING and not self.skip_if_nonexistent:
            return _Fallback(self.input_fallback)
        return values


class _Fallback:
    """In the place of what is not there."""

    def __init__(self, value: Any) -> None:
        self.value = value


class ExtractArguments(RequestMappingProcessor):
    """Take arguments of the query, or of a form, out of a request, as text.

    The input paths are the names of the arguments. An entry of the mapping may have `only_first:
    false`, to have a list of all that were given by that name, and `load_json: true`.

    Example::

        pipeline:
            - extract-web-request-arguments:
                mapping: [who, {n: {output_path: number, load_json: true}}, missing]
        request: GET /?who=ada&n=7
        given: {}
        gives: {who: ada, number: 7}
    """

    name = "extract-web-request-arguments"

    def __init__(self, *, encoding: str = "utf8", **mapping: Any) -> None:
        """encoding: the encoding of the arguments"""
        super().__init__(**mapping)
        self.encoding = encoding

    def named(self, request: Any) -> Mapping[bytes, list[Any]]:
        found: Mapping[bytes, list[Any]] = request.args
        return found

    def process_mapping(
        self,
        input: Any,
        input_path: str,
        output_path: str | None,
        baton: Any,
        *,
        only_first: bool = True,
        load_json: bool = False,
    ) -> Any:
        del output_path, baton
        read = partial(self._read, input_path, load_json=load_json)
        return self.chosen(input, read, only_first=only_first)

    def _read(self, name: str, value: bytes, *, load_json: bool) -> Any:
        try:
            text = value.decode(self.encoding)
            return _json(text) if load_json else text
        except (ValueError, RecursionError) as error:
            what = "JSON" if load_json else f"text in {self.encoding}"
            raise UnfitRequest(f"the argument {name!r} is no {what}: {error}") from error


class ExtractJson(HttpRequestProcessor):
    """Read the body of a request as JSON.

    A body that is none, or is too long, is answered with the code that says so.

    Example::

        pipeline: [extract-web-request-json: {output_path: order}]
        request: 'POST / | content-type: application/json | {"engines": 2}'
        given: {}
        gives: {order: {engines: 2}}
    """

    name = "extract-web-request-json"

    def __init__(
        self,
        *,
        output_path: KeyPath | None = "json",
        max_size: Size = 2**20,
        any_type: bool = False,
        **request: Any,
    ) -> None:
        """
        output_path: where it goes; '' replaces the baton
        max_size: the longest body that is read
        any_type: take it for JSON, whatever its content type
        """
        super().__init__(**request)
        self.output_path = output_path
        self.max_size = max_size
        self.any_type = any_type

    def process_request(self, request: Any, baton: Any) -> Any:
        if not self.any_type:
            _refuse_other(request.getHeader(b"content-type") or b"")
        body = _beginning(request.content, self.max_size + 1)
        if len(body) > self.max_size:
            raise UnfitRequest(f"the body is longer than {self.max_size} bytes", 413)
        try:
            found = _json(body)
        except (ValueError, RecursionError) as error:
            raise UnfitRequest(f"the body is no JSON: {error}") from error
        return self.get_resulting_baton(baton, self.output_path, found)


def _beginning(content: IO[bytes], size: int) -> bytes:
    if type(content) is BytesIO:
        content.seek(0)
        return content.getvalue()  # no copy, and it is in memory already
    content.seek(0)
    body = content.read(size)
    content.seek(0)
    return body


def _refuse_other(content_type: bytes) -> None:
    if content_type == b"application/json":
        return
    kind = content_type.partition(b";")[0].strip().lower()
    if kind != b"application/json" and not kind.endswith(b"+json"):
        raise UnfitRequest(f"the body is said to be {kind.decode('latin-1')!r}, and no JSON", 415)


def _json(text: str | bytes) -> Any:
    return _DECODER.decode(text if isinstance(text, str) else text.decode())


def _no_number(text: str) -> None:
    raise ValueError(f"there is no number {text} in JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
