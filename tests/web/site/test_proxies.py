"""What a proxy says of the client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.web.serving import serving

from .test_site import ENGINES


def tell(baton: dict[str, Any]) -> None:
    request = baton["request"]
    host = request.getRequestHostname()
    told = {
        "client": request.getClientAddress().host,
        "secure": bool(request.isSecure()),
        "host": host.decode() if isinstance(host, bytes) else host,
    }
    request.write(json.dumps(told).encode())
    request.finish()


PLAIN = {"client": "127.0.0.1", "secure": False, "host": "127.0.0.1"}


@ENGINES
@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, {}),
        ({"x-forwarded-for": "192.0.2.7"}, {"client": "192.0.2.7"}),
        ({"x-forwarded-for": "1.1.1.1, 192.0.2.7, 10.1.2.3"}, {"client": "192.0.2.7"}),
        ({"x-forwarded-for": "10.1.2.3"}, {"client": "10.1.2.3"}),
        ({"x-forwarded-for": "192.0.2.7, rubbish"}, {}),
        ({"x-forwarded-for": "2001:db8::1"}, {"client": "2001:db8::1"}),
        ({"x-forwarded-proto": "https"}, {"secure": True}),
        ({"x-forwarded-proto": "gopher"}, {}),
        ({"x-forwarded-host": "example.org"}, {"host": "example.org"}),
        ({"x-forwarded-host": "example.org:8443"}, {"host": "example.org"}),
        ({"x-forwarded-host": "evil host"}, {}),
    ],
)
async def test_a_known_proxy_is_believed(
    headers: dict[str, str], told: dict[str, Any], engine: str
) -> None:
    site = "trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]"
    async with serving("__config__: {processor: tell}", site=site, engine=engine, tell=tell) as it:
        assert json.loads((await it.fetch("/", headers=headers)).text) == {**PLAIN, **told}


@pytest.mark.parametrize("site", ["", "trusted_proxies: [10.0.0.0/8, unix]"])
async def test_nobody_else_is(site: str) -> None:
    headers = {
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "example.org",
    }
    async with serving("__config__: {processor: tell}", site=site, tell=tell) as it:
        assert json.loads((await it.fetch("/", headers=headers)).text) == PLAIN


async def test_the_access_log_has_the_client_itself(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    site = f"""
        trusted_proxies: [127.0.0.1]
        access_log: {{format: common, file: '{file}'}}
    """
    async with serving("__config__: {processor: tell}", site=site, tell=tell) as it:
        await it.fetch("/x", headers={"x-forwarded-for": "192.0.2.7"})
        await it.fetch("/?y")
    first, second = file.read_text().splitlines()
    assert first.startswith("192.0.2.7 - - [")
    assert '"GET /x HTTP/1.1" 404 ' in first
    assert second.startswith("127.0.0.1 - - [")
