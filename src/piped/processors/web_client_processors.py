"""Ask web servers, in any way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import Between, Duration, KeyPath, Secret, Size
from piped.paths import BatonPath, get_path
from piped.processors.base import Processor
from piped.processors.fixed import fixed
from piped.processors.http_questions import (
    BasicAuth,
    Timeouts,
    Tls,
    basic,
    body_of,
    headers_of,
    method_of,
    with_params,
)
from piped.processors.http_rules import IDEMPOTENT, Retries

if TYPE_CHECKING:
    import ssl

    from aiohttp import ClientResponse

    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment
    from piped.processors.http_client import Asked, Limits, WebClient

__all__ = ["WebClientProcessor", "WebClientRequest", "said"]

_MISSING = object()
_UNSET: Any = type("_Unset", (), {"__repr__": lambda _: "none"})()
URL = BatonPath("url")
_BUSY = [429, 502, 503, 504]
Count = Annotated[int, Between(0, 100)]


def said(value: Any) -> str:
    """The text of an option, which may be secret, or bytes."""
    if isinstance(value, Secret):
        return value.reveal()
    try:
        return value.decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError as error:
        raise UnfitBaton(f"{value!r} is no text: {error}") from error


class WebClientProcessor(Processor):
    """Has the web client of the process."""

    requires = ("aiohttp",)
    extra = "http"
    _client: WebClient
    _clock: Clock

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.processors.http_client import web_client_of

        self._client = web_client_of(runtime_environment)
        self._clock = runtime_environment.clock


class WebClientRequest(WebClientProcessor):
    """Send a request to a web server, and put a mapping of what it answers into the baton.

    The mapping has `status`, `reason`, `url`, `headers` (by names in small letters), `cookies`, and
    the body as `body`, `text`, `json` or `stream`: what `read_as` says. A file has its `size`.

    Example::

        pipeline:
            - web-client-request:
                url: http://engines.example/engines
                method: POST
                json: {engine: !path n}
                read_as: json
            - remap: {mapping: {response.json.built: built}}
            - clean-baton: {remove: [response]}
        answers: {POST /engines: '{"built": 7}'}
        given: {n: 7}
        gives: {n: 7, built: 7}
    """

    name = "web-client-request"

    def __init__(
        self,
        *,
        url: Any = URL,
        method: str = "GET",
        params: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        json: Any = _UNSET,
        data: Any = None,
        body_path: KeyPath | None = None,
        basic_auth: BasicAuth | None = None,
        bearer: Secret | None = None,
        timeout: Duration | Timeouts | None = None,
        retries: Count = 0,
        retry_delay: Duration = 0.5,
        retry_max_delay: Duration = 30.0,
        retry_statuses: list[int] = _BUSY,
        retry_methods: list[str] | None = None,
        raise_for_status: bool = True,
        follow_redirects: bool = True,
        max_redirects: Count = 10,
        read_as: Literal["bytes", "text", "json", "stream"] = "bytes",
        file_path: Path | None = None,
        max_size: Size = 2**24,
        proxy: str | Secret | None = None,
        tls: Tls | None = None,
        output_path: KeyPath | None = "response",
        **node: Any,
    ) -> None:
        """
        url: where to ask
        method: GET, POST …
        params: arguments that are put behind the URL, by name; a list gives several of one name
        headers: the headers of the request, by name
        json: the body, to be written as JSON
        data: the body: text, bytes, or the fields of a form by name
        body_path: where the body is: text, bytes, a file, or an iterator, which is sent as it comes
        basic_auth: who asks, with a password
        bearer: a token that allows to ask
        timeout: how long each attempt may take, or a mapping of `total`, `connect` and `read`
        retries: how often it is tried again when the server cannot be reached, or is busy
        retry_delay: how long the first wait may be; each may be twice as long as the one before
        retry_max_delay: the longest wait, even if the server asks for more
        retry_statuses: what servers answer that are busy
        retry_methods: the methods that are tried again; without it those that may be done twice
        raise_for_status: fail if the server answers with an error (400 to 599)
        follow_redirects: ask where the server says
        max_redirects: how often it may say so
        read_as: what becomes of the body; a stream has to be iterated over, or closed by `aclose`
        file_path: put the body into this file
        max_size: the longest body that is read, decompressed
        proxy: the URL of a proxy
        tls: who is believed, and who we are
        output_path: where the mapping goes
        """
        super().__init__(**node)
        if sum([json is not _UNSET, data is not None, body_path is not None]) > 1:
            raise ConfigurationError("it can have only one of 'json', 'data' and 'body_path'")
        if basic_auth is not None and bearer is not None:
            raise ConfigurationError("it can have only one of 'basic_auth' and 'bearer'")
        if file_path is not None and read_as != "bytes":
            raise ConfigurationError("what goes to 'file_path' cannot be read by 'read_as', too")
        self.url = url
        self.method = method
        self.params = params
        self.headers = headers
        self.json = json
        self.data = data
        self.body_path = body_path
        self.basic_auth = basic_auth
        self.bearer = bearer
        self.timeout: Any = Timeouts() if timeout is None else timeout
        self.retries = retries
        self.retry_delay = retry_delay
        self.retry_max_delay = retry_max_delay
        self.retry_statuses = retry_statuses
        self.retry_methods = None if retry_methods is None else [*map(str.upper, retry_methods)]
        self.raise_for_status = raise_for_status
        self.follow_redirects = follow_redirects
        self.max_redirects = max_redirects
        self.read_as = read_as
        self.file_path = file_path
        self.max_size = max_size
        self.proxy = proxy
        self.tls = fixed("tls", tls)
        self.output_path = output_path
        self._tls: ssl.SSLContext | bool = True

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._tls = True if self.tls is None else self.tls.context()

    async def process(self, baton: Any) -> Any:
        asked = self._asked(baton)
        retries = Retries(
            self.retries,
            self.retry_delay,
            self.retry_max_delay,
            self.retry_statuses,
            IDEMPOTENT if self.retry_methods is None else self.retry_methods,
        )
        answer = await self._client.ask(asked, self._answer, retries, self._clock)
        return self.get_resulting_baton(baton, self.output_path, answer)

    def _asked(self, baton: Any) -> Asked:
        from piped.processors.http_client import Asked, url_of

        data = self.data
        if self.body_path is not None:
            data = get_path(baton, self.body_path, _MISSING)
            if data is _MISSING:
                raise UnfitBaton(f"there is no body at {self.body_path!r}")
        body, content_type = body_of(self.json, data, has_json=self.json is not _UNSET)
        return Asked(
            method_of(self.method),
            with_params(url_of(said(self.url)), self.params),
            self._all_headers(content_type, baton),
            body,
            self._limits(baton),
            redirects=self.max_redirects if self.follow_redirects else 0,
            tls=self._tls,
            proxy=None if self.proxy is None else said(self.proxy),
        )

    def _all_headers(self, content_type: str | None, baton: Any) -> dict[str, str]:
        headers = headers_of(self.headers)
        names = {name.lower() for name in headers}
        if content_type is not None and "content-type" not in names:
            headers["Content-Type"] = content_type
        if self.basic_auth is not None:
            who, password = self.basic_auth.username, self.basic_auth.password
            both = [said(self.get_input(baton, each)) for each in (who, password)]
            headers["Authorization"] = basic(*both)
        elif self.bearer is not None:
            headers |= headers_of({"Authorization": f"Bearer {said(self.bearer)}"})
        return headers

    def _limits(self, baton: Any) -> Limits:
        from piped.processors.http_client import Limits

        given = self.timeout
        if not isinstance(given, Timeouts):
            return Limits(given or None)
        total, connect, read = (
            self.get_input(baton, each) for each in (given.total, given.connect, given.read)
        )
        return Limits(total or None, connect or None, read or None)

    async def _answer(self, response: ClientResponse) -> dict[str, Any]:
        from piped.processors.http_client import error_of

        if self.raise_for_status and response.status >= 400:
            raise await error_of(response)
        headers: dict[str, str] = {}
        for name, value in response.headers.items():
            name = name.lower()  # noqa: PLW2901 - so it is looked for
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return {
            "status": response.status,
            "reason": response.reason or "",
            "url": str(response.url),
            "headers": headers,
            "cookies": {name: each.value for name, each in response.cookies.items()},
            **await self._body(response),
        }

    async def _body(self, response: ClientResponse) -> dict[str, Any]:
        from piped.processors.http_bodies import Stream, json_of, read, save, text_of

        if self.file_path is not None:
            return {"size": await save(response, self.max_size, self.file_path)}
        if self.read_as == "stream":
            return {"stream": Stream(response, self.max_size)}
        body = await read(response, self.max_size)
        if self.read_as == "text":
            return {"text": text_of(body, response)}
        return {"json": json_of(body)} if self.read_as == "json" else {"body": body}
