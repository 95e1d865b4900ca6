"""Get pages from web servers, in the simple way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.interop import settled
from piped.options import Duration, KeyPath, Size
from piped.processors.http_questions import headers_of, method_of
from piped.processors.http_rules import Retries
from piped.processors.web_client_processors import URL, Count, WebClientProcessor, said

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from piped.processors.http_client import Asked

__all__ = ["ClientGetPage"]

_ONCE = Retries(0, 0.0, 0.0, (), ())


class ClientGetPage(WebClientProcessor):
    """Get the body of a page, as bytes. An answer that is an error fails the step.

    What fails is a `twisted.web.error.Error`: it has `status`, `message` and the beginning of the
    body as `response`. For all that is not as simple as that there is `web-client-request`.

    Example::

        pipeline:
            - web-client-get-page:
                url: [http://engines.example/engines, !path n]
                encoding: utf8
        answers: {GET /engines/7: a difference engine}
        given: {n: 7}
        gives: {n: 7, page: a difference engine}
    """

    name = "web-client-get-page"

    def __init__(
        self,
        *,
        url: Any = URL,
        base_url: str | None = None,
        method: str = "GET",
        headers: dict[str, Any] | None = None,
        agent: str | None = None,
        timeout: Duration = 60.0,
        cookies: dict[str, Any] | None = None,
        follow_redirect: bool = True,
        redirect_limit: Count = 20,
        after_found_get: bool = False,
        postdata: Any = None,
        output_path: KeyPath | None = "page",
        encoding: str | None = None,
        max_size: Size = 2**24,
        **node: Any,
    ) -> None:
        """
        url: where the page is; a list is joined by slashes
        base_url: what stands before the URL
        method: GET, POST …
        headers: the headers of the request, by name
        agent: who we say we are
        timeout: fail if all of it takes longer; 0 is for ever
        cookies: the cookies to send, by name
        follow_redirect: look where the server says that the page is now
        redirect_limit: how often it may say so
        after_found_get: make a GET of what was sent elsewhere by a 301 or a 302, even a POST
        postdata: the body of the request: text, bytes, or a file that is read
        output_path: where the page goes
        encoding: the encoding of the page, which makes text of it
        max_size: the longest page that is read
        """
        super().__init__(**node)
        self.url = url
        self.base_url = base_url
        self.method = method
        self.headers = headers
        self.agent = agent
        self.timeout = timeout
        self.cookies = cookies
        self.follow_redirect = follow_redirect
        self.redirect_limit = redirect_limit
        self.after_found_get = after_found_get
        self.postdata = postdata
        self.output_path = output_path
        self.encoding = encoding
        self.max_size = max_size

    async def process(self, baton: Any) -> Any:
        from piped.processors.http_bodies import text_of

        asked = await self._asked()
        page, response = await self._client.ask(asked, self._read, _ONCE, self._clock)
        encoding = await _now(self.encoding)
        found = page if encoding is None else text_of(page, response, encoding)
        return self.get_resulting_baton(baton, self.output_path, found)

    async def _asked(self) -> Asked:
        from piped.processors.http_client import Asked, Limits

        timeout = await _now(self.timeout)
        follows = await _now(self.follow_redirect)
        return Asked(
            method_of(await _now(self.method)),
            await self._whole_url(),
            await self._all_headers(),
            await self._body(),
            Limits(total=timeout or None),
            redirects=await _now(self.redirect_limit) if follows else 0,
            found_get=bool(await _now(self.after_found_get)),
        )

    async def _whole_url(self) -> Any:
        from piped.processors.http_client import url_of

        url, base = await _now(self.url), await _now(self.base_url)
        if isinstance(url, list | tuple):
            url = "/".join([said(await _now(each)) for each in url])
        return url_of(url if base is None else said(base) + said(url))

    async def _all_headers(self) -> dict[str, str]:
        given = await _now(self.headers) or {}
        headers = headers_of({name: await _now(value) for name, value in given.items()})
        agent, cookies = await _now(self.agent), await _now(self.cookies)
        if agent is not None:
            headers |= headers_of({"User-Agent": agent})
        if cookies:
            pairs = [f"{said(name)}={said(value)}" for name, value in cookies.items()]
            headers |= headers_of({"Cookie": "; ".join(pairs)})
        return headers

    async def _body(self) -> Any:
        body = await _now(self.postdata)
        if hasattr(body, "read"):
            body = await settled(body.read())
        return body.encode() if isinstance(body, str) else body

    async def _read(self, response: ClientResponse) -> tuple[bytes, ClientResponse]:
        from piped.processors.http_bodies import read
        from piped.processors.http_client import error_of

        # A redirect that is not followed is no page.
        if not 200 <= response.status < 300:
            raise await error_of(response)
        return await read(response, self.max_size), response


async def _now(value: Any) -> Any:
    """What an option is: it may be called, and may come later."""
    return await settled(value() if callable(value) else value)
