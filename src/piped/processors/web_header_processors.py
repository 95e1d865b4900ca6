"""What stands before a response, and how long it may be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from piped.clock import Clock
from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import Duration
from piped.paths import BatonPath
from piped.processors.fixed import fixed
from piped.processors.http_headers import header_name, header_value
from piped.processors.web_processors import HttpRequestProcessor

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["SetHttpExpires", "SetHttpHeaders", "Timedelta"]

Values = tuple[tuple[bytes, list[bytes]], ...]


class SetHttpHeaders(HttpRequestProcessor):
    """Set headers of the response. A list gives several of one name, null takes one away.

    Example::

        pipeline: [set-http-headers: {headers: {X-Engine: 7}}, write-web-response]
        request: GET /
        given: {content: Hello.}
        gives: {content: Hello.}
        response: "200 OK | x-engine: 7 | Hello."
    """

    name = "set-http-headers"

    def __init__(self, *, headers: dict[str, Any], **request: Any) -> None:
        """headers: the values by name"""
        super().__init__(**request)
        self.headers = fixed("headers", headers)
        self._constant = None if _has_path(headers) else _fields(headers, ConfigurationError)

    def process_request(self, request: Any, baton: Any) -> Any:
        fields = self._constant
        for name, values in _fields(self.headers, UnfitBaton) if fields is None else fields:
            if values:
                request.responseHeaders.setRawHeaders(name, values)
            else:
                request.responseHeaders.removeHeader(name)
        return baton


def _has_path(headers: Mapping[str, Any]) -> bool:
    values = [each if isinstance(each, list) else [each] for each in headers.values()]
    return any(isinstance(one, BatonPath) for each in values for one in each)


def _fields(headers: Mapping[str, Any], error: type[ConfigurationError | UnfitBaton]) -> Values:
    try:
        return tuple((header_name(name), _all_of(value)) for name, value in headers.items())
    except ValueError as wrong:
        raise error(str(wrong)) from wrong


def _all_of(value: Any) -> list[bytes]:
    if isinstance(value, list | tuple):
        return [header_value(each) for each in value]
    return [] if value is None else [header_value(value)]


@dataclass(frozen=True, kw_only=True)
class Timedelta:
    """
    weeks: a week has seven days
    days: a day has 24 hours
    hours: an hour has 60 minutes
    minutes: a minute has 60 seconds
    seconds: seconds
    """

    weeks: float = 0
    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0


_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


class SetHttpExpires(HttpRequestProcessor):
    """Let clients, and what is between them and us, keep the response for a time.

    Example::

        pipeline: [set-http-expires: {timedelta: {hours: 1}}, write-web-response]
        request: GET /
        given: {content: Hello.}
        gives: {content: Hello.}
        response: "200 OK | cache-control: public,max-age=3600 | Hello."
    """

    name = "set-http-expires"
    _clock: Clock

    def __init__(self, *, timedelta: Timedelta | Duration, **request: Any) -> None:
        """timedelta: for how long: a duration, or a mapping of days, hours, minutes, seconds"""
        super().__init__(**request)
        self.timedelta = timedelta

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._clock = runtime_environment.clock

    def process_request(self, request: Any, baton: Any) -> Any:
        seconds = self._seconds(baton)
        expires = formatdate(self._clock.time() + seconds, usegmt=True)
        request.setHeader(b"expires", expires.encode())
        request.setHeader(b"cache-control", b"public,max-age=%d" % max(seconds, 0))
        return baton

    def _seconds(self, baton: Any) -> float:
        given = self.timedelta
        if not isinstance(given, Timedelta):
            return _number(given)
        found = {unit: self.get_input(baton, getattr(given, unit)) for unit in _SECONDS}
        return sum(_number(value) * _SECONDS[unit] for unit, value in found.items())


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnfitBaton(f"{value!r} is no number of seconds")
    return value
