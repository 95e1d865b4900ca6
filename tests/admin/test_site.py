"""The console page over HTTP: read-only, and only for those who call it by a name it knows."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest
from twisted.internet.error import CannotListenError

from piped.admin.site import ConsolePage
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from tests.observe.test_tracing import made

Answer = tuple[int, bytes, dict[str, str]]


@pytest.fixture
async def page() -> AsyncIterator[ConsolePage]:
    prepare(asyncio.get_running_loop())
    environment = RuntimeEnvironment()
    environment.configure()
    page = ConsolePage("tcp:0:interface=127.0.0.1", ["console.example"], environment)
    await settled(page.startService())
    yield page
    await settled(page.stopService())
    await shut_down()


async def ask(page: ConsolePage, path: str = "/", host: str = "", method: str = "GET") -> Answer:
    port = page._port.getHost().port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{method} {path} HTTP/1.0", f"Host: {host or f'127.0.0.1:{port}'}", "", ""]
    writer.write("\r\n".join(lines).encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *headers = head.decode().split("\r\n")
    named = dict(header.lower().split(": ", 1) for header in headers)
    return int(status.split()[1]), body, named


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")],
)
async def test_it_has_three_files(page: ConsolePage, path: str, kind: str) -> None:
    code, body, headers = await ask(page, path)
    assert code == 200
    assert body
    assert headers["content-type"].startswith(kind)
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_the_page_asks_for_nothing_from_elsewhere(page: ConsolePage) -> None:
    for path in ("/", "/page.css", "/page.js"):
        _, body, _ = await ask(page, path)
        assert b"https://" not in body
        assert b"http://" not in body.replace(b"http://www.w3.org/2000/svg", b"")


async def test_the_state_is_json(page: ConsolePage) -> None:
    code, body, _ = await ask(page, "/state")
    assert code == 200
    assert json.loads(body)["name"] == "piped"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8099", "127.0.0.1.evil.example"])
async def test_who_calls_it_by_another_name_gets_nothing(page: ConsolePage, host: str) -> None:
    code, body, _ = await ask(page, "/state", host)
    assert code == 403
    assert b"dependencies" not in body


@pytest.mark.parametrize("host", ["localhost", "console.example", "Console.Example:80"])
async def test_who_calls_it_by_its_names_is_answered(page: ConsolePage, host: str) -> None:
    assert (await ask(page, "/state", host))[0] == 200


async def test_there_is_nothing_else(page: ConsolePage) -> None:
    assert (await ask(page, "/../state.py"))[0] == 404
    assert (await ask(page, "/", method="POST"))[0] == 405


async def test_pipelines_are_counted_while_it_runs(page: ConsolePage) -> None:
    pipeline = made("seen.on.the.page: [passthrough]", "seen.on.the.page")
    pipeline.run(1)
    found = json.loads((await ask(page, "/state"))[1])["pipelines"]
    assert [each["runs"] for each in found if each["name"] == "seen.on.the.page"] == [1]
    await settled(page.stopService())
    pipeline.run(1)
    assert page._metrics.pipelines["seen.on.the.page"].runs == 1


async def test_it_lets_go_of_the_log_when_it_stops(page: ConsolePage) -> None:
    assert page._log in logging.getLogger().handlers
    await settled(page.stopService())
    assert page._log not in logging.getLogger().handlers
    await settled(page.startService())


async def test_a_port_that_is_taken_is_said(page: ConsolePage) -> None:
    port = page._port.getHost().port
    second = ConsolePage(f"tcp:{port}:interface=127.0.0.1", [], page._environment)
    with pytest.raises(CannotListenError):
        await settled(second.startService())
    await settled(second.stopService())
