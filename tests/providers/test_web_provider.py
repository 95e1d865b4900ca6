"""The section `web`: which sites there are, and where."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import ssl
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trustme

from piped.catalogue import Catalogue
from piped.checking import check, schema_of_everything
from piped.conf import Configuration
from piped.options import json_schema_of
from piped.providers.web_section import SiteSettings
from tests.web.serving import serving


def hello(baton: dict[str, Any]) -> None:
    request = baton["request"]
    request.write(b"secure" if request.isSecure() else b"plain")
    request.finish()


ROUTING = "__config__: {processor: hello}"


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.rpartition(b"\r\n\r\n")[2]


async def test_a_site_listens_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "it.sock"
    site = f"listen: [tcp:0:interface=127.0.0.1, 'unix:{path}', 'tcp:0:interface=127.0.0.1']"
    async with several(site) as it:
        assert len({str(each) for each in it.site.addresses}) == 3
        for address in it.site.addresses:
            if isinstance(address, tuple):
                opened = await asyncio.open_connection(*address[:2])
            else:
                opened = await asyncio.open_unix_connection(str(path))
            assert b"plain" in await ask(*opened)
    assert not path.exists()


@pytest.mark.parametrize(
    ("listen", "where"),
    [
        ("tcp:0:interface=127.0.0.1", r", http://127\.0\.0\.1:[1-9]\d*/"),
        ("tcp:0", r", http://localhost:[1-9]\d*/"),
        ("tcp6:0:interface=\\:\\:1", r", http://\[::1\]:[1-9]\d*/"),
        ("unix:{}/it.sock", ""),
    ],
)
async def test_the_log_says_what_to_open_in_a_browser(
    listen: str, where: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "piped.providers.web_site")
    endpoint = listen.format(tmp_path)
    async with several(f"listen: '{endpoint}'"):
        [line] = [each for each in caplog.messages if "listens on" in each]
    assert re.fullmatch(f"web\\.[a-z]+ listens on {re.escape(endpoint)}{where}", line)


async def test_a_site_speaks_tls(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "piped.providers.web_site")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    certificate.private_key_pem.write_to_path(key)
    for each in certificate.cert_chain_pems:
        each.write_to_path(chain, append=True)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    site = f"listen: 'ssl:0:interface=127.0.0.1:privateKey={key}:certKey={chain}'"
    async with several(site) as it:
        opened = await asyncio.open_connection(
            "127.0.0.1", it.port, ssl=context, server_hostname="localhost"
        )
        assert b"secure" in await ask(*opened)
        assert f", https://127.0.0.1:{it.port}/" in caplog.text


def several(site: str) -> Any:
    return serving(ROUTING, site=site, listen=None, hello=hello)


async def test_a_port_that_is_taken_fails_the_start() -> None:
    async with serving(ROUTING, hello=hello) as it:
        site = f"listen: tcp:{it.port}:interface=127.0.0.1"
        with pytest.raises(OSError, match=r"in use|taken"):
            async with several(site):
                pass


async def test_an_access_log_that_cannot_be_written_keeps_nobody_from_an_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "access.log"
    async with serving(ROUTING, site=f"access_log: {{file: '{file}'}}", hello=hello) as it:
        file.unlink()
        file.mkdir()
        server: Any = it.site._server
        for _ in range(2):
            assert (await it.fetch("/")).code == 200
            server._server.access_log.flush()
        file.rmdir()
        assert (await it.fetch("/")).code == 200
    assert caplog.text.count("cannot be written") == 1
    assert file.read_text().count("GET /") == 1


async def test_an_access_log_that_cannot_be_opened_fails_the_start(tmp_path: Path) -> None:
    site = f"access_log: {{file: '{tmp_path / 'nowhere' / 'access.log'}'}}"
    with pytest.raises(FileNotFoundError):
        async with serving(ROUTING, site=site, hello=hello):
            pass


def test_a_site_that_is_not_enabled_is_not_there() -> None:
    text = "web: {it: {enabled: false, routing: {}}, other: {routing: {}}}"
    checked = check(Configuration.from_text(text, "app.yaml"))
    assert checked.problems == []


@pytest.mark.parametrize("name", ["WebResourceProvider", "WebSite", "WebResource"])
def test_the_old_names_are_there(name: str) -> None:
    assert getattr(importlib.import_module("piped.providers.web_provider"), name).__name__ == name


VALID: list[dict[str, Any]] = [
    {"routing": {}},
    {"routing": {"__config__": {"static": "."}}},
    {"routing": {"a": {"b": {"__config__": {"processor": "pipeline.hello"}}}}},
    {"routing": {"__config__": {"methods": {"get": "pipeline.hello"}, "auth": False}}},
]
INVALID: list[dict[str, Any]] = [
    {},
    {"routing": {"a": {"__config__": {"procesor": "pipeline.hello"}}}},
    {"routing": {"a": "pipeline.hello"}},
]


def test_editors_know_the_routing_at_every_depth() -> None:
    schema = json_schema_of(SiteSettings)
    for each in VALID:
        jsonschema.validate(each, schema)
    for each in INVALID:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(each, schema)
    assert "__config__" in json.dumps(schema_of_everything(Catalogue.builtin()))
