"""Flows that go over connections under TLS, with certificates that were made for the test."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from piped.exceptions import ResourceLost
from piped.flows import Collector, Flow, Items
from piped.flows.elsewhere.client import remote, through
from piped.flows.elsewhere.host import Host
from piped.flows.elsewhere.server import RemoteFount
from piped.interop.reactor import prepare, shut_down
from tests.proxy import proxy

from .wires import until

pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL")  # by Twisted's endpoints


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def folder(authority: trustme.CA, tmp_path: Path) -> Path:
    """Whom to trust, in `ours` and `others`, and certificates."""
    other = trustme.CA()
    for name, each in (("ours", authority), ("others", other)):
        each.cert_pem.write_to_path(tmp_path / name / "authority.pem")
    for name, issued in {
        "server": authority.issue_cert("localhost"),
        "elsewhere": authority.issue_cert("example.com"),
        "client": authority.issue_cert("client.example.com"),
        "stranger": other.issue_cert("client.example.com"),
    }.items():
        issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / f"{name}.pem")
    return tmp_path


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path) -> None:
    for name in ("ours", "others"):
        (tmp_path / name).mkdir()


def listening(folder: Path, certificate: str = "server") -> str:
    return f"ssl:0:interface=127.0.0.1:privateKey={folder / certificate}.pem"


def calling(folder: Path, port: int, trusted: str = "ours", more: str = "") -> str:
    return f"tls:localhost:{port}:bindAddress=127.0.0.1:trustRoots={folder / trusted}{more}"


def doubled(number: int) -> int:
    return 2 * number


async def test_items_arrive_and_are_confirmed_and_the_end_crosses_over(folder: Path) -> None:
    fount, items = RemoteFount(listening(folder), ends="together"), Collector()
    there = Flow(fount, items)
    there.start()
    endpoint = calling(folder, await fount.listening())
    confirmed: list[int] = []
    told = lambda answer, items: confirmed.extend(items)  # noqa: E731
    flow = Flow(Items(range(2_000), size=10, told=told), remote(endpoint))
    await flow.run()
    await there.wait()
    assert items.items == confirmed == list(range(2_000))


async def test_items_go_through_a_stage_elsewhere_though_the_connection_is_cut(
    folder: Path,
) -> None:
    host, items = Host(listening(folder), doubled), Collector()
    async with proxy(await host.start()) as network:
        endpoint = calling(folder, network.port)
        way = through(endpoint, initial_delay=0.01, window=20)
        flow = Flow(Items(range(2_000), size=10), way, items)
        flow.start()
        for number in (200, 700, 1_200):
            await until(lambda: len(items.items) > number)  # noqa: B023 - it is awaited
            network.cut()
        await flow.wait()
    assert items.items == list(range(0, 4_000, 2))
    await host.stop()


WRONG = {
    "its certificate is signed by nobody whom we trust": ("server", "others"),
    "its certificate is for another name than the one that we connect to": ("elsewhere", "ours"),
    "No such file or directory": ("server", "nowhere"),
}


@pytest.mark.parametrize(("said", "names"), WRONG.items(), ids=WRONG.keys())
async def test_a_server_whose_certificate_is_wrong_gets_nothing_and_is_told_of_in_one_line(
    folder: Path, caplog: pytest.LogCaptureFixture, said: str, names: tuple[str, str]
) -> None:
    certificate, trusted = names
    seen: list[int] = []
    host = Host(listening(folder, certificate), seen.append)
    endpoint = calling(folder, await host.start(), trusted)
    way = through(endpoint, patience=0.3, initial_delay=0.2)
    with pytest.raises(ResourceLost, match=said):
        await Flow(Items([1]), way, Collector()).run()
    assert seen == []
    lines = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    ours = [each for each in lines if "connecting again" in each]
    assert all(said in each and "\n" not in each for each in ours)
    assert ours
    await host.stop()


async def test_whoever_does_not_trust_a_server_is_told_of_there(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host(listening(folder), doubled)
    endpoint = calling(folder, await host.start(), "others")
    flow = Flow(Items([1]), through(endpoint, initial_delay=0.2), Collector())
    flow.start()
    await until(lambda: "is refused: it does not trust who has signed our" in caplog.text)
    flow.abort()
    await flow.wait()
    await host.stop()


def knowing(folder: Path) -> Any:
    """An endpoint that lets those in whose certificates are signed by whom we trust."""
    from twisted.internet import reactor, ssl
    from twisted.internet.endpoints import SSL4ServerEndpoint

    own = ssl.PrivateCertificate.loadPEM((folder / "server.pem").read_bytes())
    trusted = ssl.Certificate.loadPEM((folder / "ours" / "authority.pem").read_bytes())
    return SSL4ServerEndpoint(reactor, 0, own.options(trusted), interface="127.0.0.1")


async def test_clients_may_have_to_have_certificates(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host(knowing(folder), doubled)
    port = await host.start()
    for name in ("client", "stranger", ""):
        pem = folder / f"{name}.pem"
        certificate = f":certificate={pem}:privateKey={pem}" if name else ""
        items = Collector()
        way = through(calling(folder, port, more=certificate), patience=0.3, initial_delay=0.2)
        flow = Flow(Items([1, 2]), way, items)
        if name == "client":
            await flow.run()
            assert items.items == [2, 4]
        else:
            with pytest.raises(ResourceLost, match="has no connection"):
                await flow.run()
            assert items.items == []
    assert "is refused: its certificate is signed by nobody whom we trust" in caplog.text
    assert "is refused: it has no certificate" in caplog.text
    await host.stop()


async def test_who_does_not_speak_tls_is_refused_in_one_line(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host, items = Host(listening(folder), doubled), Collector()
    port = await host.start()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    await until(lambda: "is refused" in caplog.text)
    writer.close()
    [line] = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert "is refused: " in line
    assert "\n" not in line
    await Flow(Items([1]), through(calling(folder, port)), items).run()
    assert items.items == [2]
    await host.stop()
