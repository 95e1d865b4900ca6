"""Where a client is to look, and what it is to remember."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from piped.exceptions import ConfigurationError, UnfitBaton, UnfitRequest
from piped.options import Duration, Secret
from piped.paths import BatonPath
from piped.processors.http_headers import header_name, header_value
from piped.processors.http_statuses import StatusCode, status_of
from piped.processors.web_head import tell_length
from piped.processors.web_processors import HttpRequestProcessor

__all__ = ["RedirectWebRequest", "SetHttpCookie"]

# What a URL may have, apart from letters and digits: the rest of them could end the header.
_IN_URLS = "-._~:/?#[]@!$&'()*+,;=%"
_QUOTE = "Blanks, quotes, commas and semicolons have to be quoted first."
_REDIRECTS = (301, 302, 303, 307, 308)


class SetHttpCookie(HttpRequestProcessor):
    """Give the client a cookie, which scripts and other sites do not get.

    Example::

        pipeline:
            - set-http-cookie: {cookie: seen, value: !path who, max_age: 1h}
            - write-web-response
        request: GET /
        given: {who: ada, content: Hello.}
        gives: {who: ada, content: Hello.}
        response: "200 OK | set-cookie: seen=ada; Path=/; Max-Age=3600; Secure; HttpOnly;\
 SameSite=lax | Hello."
    """

    name = "set-http-cookie"
    resolves = ("value",)

    def __init__(
        self,
        *,
        cookie: str,
        value: str | Secret,
        max_age: Duration | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["lax", "strict", "none"] | None = "lax",
        **request: Any,
    ) -> None:
        """
        cookie: its name
        value: what it says; an empty text with `max_age: 0` takes it back
        max_age: how long the client keeps it; without it as long as the browser is open
        path: the path below which the client sends it
        domain: the domain to whose hosts the client sends it; without it to ours only
        secure: it is sent over TLS only
        http_only: scripts cannot read it
        same_site: whether it is sent when the request comes from another site
        """
        super().__init__(**request)
        if same_site == "none" and secure is False:
            raise ConfigurationError("a cookie of 'same_site: none' has to be 'secure'")
        self.cookie = cookie
        self.value = value
        self.max_age = max_age
        self.path = path
        self.domain = domain
        self.secure = secure
        self.http_only = http_only
        self.same_site = same_site
        for option, given in {"name": cookie, "value": value}.items():
            if isinstance(given, str) and not isinstance(given, BatonPath):
                _cookie_text(option, given, ConfigurationError)

    def process_request(self, request: Any, baton: Any) -> Any:
        # A number will do, too, if a baton brings one.
        given = self.get_input(baton, self.value)
        value = given.reveal() if isinstance(given, Secret) else given
        request.addCookie(
            _cookie_text("name", self.cookie, UnfitBaton),
            _cookie_text("value", value, UnfitBaton),
            max_age=None if self.max_age is None else str(int(self.max_age)),
            path=self.path,
            domain=self.domain,
            secure=self.secure,
            httpOnly=self.http_only,
            sameSite=self.same_site,
        )
        return baton


def _cookie_text(option: str, text: Any, error: type[ConfigurationError | UnfitBaton]) -> str:
    """Text that is no more than a name, or than a value."""
    try:
        if option == "name":
            return header_name(text).decode()
        found = header_value(text).decode("ascii")
    except ValueError as wrong:
        raise error(f"{text!r} cannot be the {option} of a cookie", hint=_QUOTE) from wrong
    if any(each in found for each in ' ",;\\\t'):
        raise error(f"{text!r} cannot be the {option} of a cookie", hint=_QUOTE)
    return found


class RedirectWebRequest(HttpRequestProcessor):
    """Tell the client to look elsewhere, and finish the request.

    Example::

        pipeline: [redirect-web-request: {location: !path where, response_code: SEE_OTHER}]
        request: GET /
        given: {where: /engines/7}
        gives: {where: /engines/7}
        response: "303 See Other | location: /engines/7 | "
    """

    name = "redirect-web-request"

    def __init__(
        self,
        *,
        location: str,
        response_code: StatusCode = StatusCode(302),  # noqa: B008 - it is a number
        only_here: bool = False,
        finish: bool = True,
        **request: Any,
    ) -> None:
        """
        location: where: a URL, or a path; other characters than a URL may have are quoted
        response_code: 301, 302, 303, 307 or 308, as a number, a name or a phrase
        only_here: it has to be a path of this site; for places that a client may name
        finish: end the response
        """
        super().__init__(**request)
        self.location = location
        self.response_code = response_code
        self.only_here = only_here
        self.finish = finish
        given: Any = response_code
        if not isinstance(given, BatonPath):
            _redirecting(response_code, ConfigurationError)

    def process_request(self, request: Any, baton: Any) -> Any:
        code = _redirecting(self.response_code, UnfitBaton)
        location: Any = self.location
        if not isinstance(location, str) or not location:
            raise UnfitBaton(f"{location!r} is no place to be sent to")
        # What begins with two slashes is a host. Backslashes, which browsers take for such, are
        # quoted below.
        if self.only_here and not (location.startswith("/") and location[1:2] != "/"):
            raise UnfitRequest(f"{location!r} is no path of this site")
        request.setResponseCode(code)
        request.setHeader(b"location", quote(location, safe=_IN_URLS).encode())
        if self.finish:
            tell_length(request, 0)
            request.finish()
        return baton


def _redirecting(code: Any, error: type[ConfigurationError | UnfitBaton]) -> int:
    found = status_of(code)
    if found not in _REDIRECTS:
        raise error(f"{code!r} is no code that sends a client elsewhere")
    return found
