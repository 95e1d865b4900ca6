"""Sockets of every kind, with real clients."""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from piped.exceptions import ConfigurationError
from piped.web.engine.listening import Listening, listen
from piped.web.engine.server import Server
from tests.web.memory import Calls, answers

GET = b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def tell(request: Any) -> None:
    client = request.getClientAddress()
    request.write(repr((request.isSecure(), type(client).__name__)).encode())
    request.finish()


@asynccontextmanager
async def open_server(endpoint: str, **protocols: Any) -> AsyncIterator[Listening]:
    server = Server(Calls(tell))
    server.protocols.update(protocols)
    listening = await listen(endpoint, server)
    try:
        yield listening
    finally:
        await listening.close()
        await server.stop()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(GET)
    data = await reader.read()
    writer.close()
    return answers(data)[0].body


async def test_tcp() -> None:
    async with open_server("tcp:0:interface=127.0.0.1") as listening:
        answer = await ask(*await asyncio.open_connection(*listening.names[0]))
        assert answer == b"(False, 'IPv4Address')"


@pytest.mark.parametrize("endpoint", [r"tcp:0:interface=\:\:1", r"tcp6:0:interface=\:\:1"])
async def test_tcp_over_ipv6(endpoint: str) -> None:
    async with open_server(endpoint) as listening:
        answer = await ask(*await asyncio.open_connection(*listening.names[0][:2]))
        assert answer == b"(False, 'IPv6Address')"


async def test_unix(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    async with open_server(f"unix:{path}:mode=600"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert await ask(*await asyncio.open_unix_connection(path)) == b"(False, 'UNIXAddress')"
        with pytest.raises(OSError, match="in use"):
            await listen(f"unix:{path}", Server(Calls(tell)))
    assert not path.exists()


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    issued = authority.create_child_ca().issue_cert("localhost")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    own, *chain = issued.cert_chain_pems
    own.write_to_path(tmp_path / "own.pem")
    for each in chain:
        each.write_to_path(tmp_path / "chain.pem", append=True)
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "all.pem")
    return authority


@pytest.mark.parametrize(
    "files",
    [
        "privateKey={0}/key.pem:certKey={0}/own.pem:extraCertChain={0}/chain.pem",
        "privateKey={0}/all.pem",
    ],
)
async def test_ssl(files: str, tmp_path: Path, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.configure_trust(context)
    endpoint = f"ssl:0:interface=127.0.0.1:{files.format(tmp_path)}"
    async with open_server(endpoint) as listening:
        reader, writer = await asyncio.open_connection(
            *listening.names[0], ssl=context, server_hostname="localhost"
        )
        tls = writer.get_extra_info("ssl_object")
        assert tls.selected_alpn_protocol() == "http/1.1"
        assert await ask(reader, writer) == b"(True, 'IPv4Address')"


async def test_another_protocol_may_be_agreed_on(tmp_path: Path, authority: trustme.CA) -> None:
    class Other(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(b"other")
            transport.close()

    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.configure_trust(context)
    endpoint = f"ssl:0:interface=127.0.0.1:privateKey={tmp_path}/all.pem"
    async with open_server(endpoint, h2=lambda server: Other()) as listening:
        reader, writer = await asyncio.open_connection(
            *listening.names[0], ssl=context, server_hostname="localhost"
        )
        assert await reader.read() == b"other"
        writer.close()


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("tcp", "has no port"),
        ("tcp:http", "not a number"),
        ("tcp:0:interfce=::1", "too much"),
        ("tcp:0:x", "too much"),
        ("ssl:0:privateKey=/nowhere.pem", "cannot be opened"),
        ("systemd:domain=INET:name=web", "no socket"),
    ],
)
async def test_a_wrong_endpoint_is_said(endpoint: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        await listen(endpoint, Server(Calls(tell)))


SCRIPT = """
import asyncio, os, socket
from piped.interop import reactor
from piped.web.engine.listening import listen
from piped.web.engine.server import Server
from tests.web.memory import Calls
from tests.web.engine.test_listening import tell, ask

async def main():
    reactor.prepare(asyncio.get_running_loop())
    server = Server(Calls(tell))
    listening = await listen("{endpoint}", server)
    reader, writer = await asyncio.open_connection(*listening.names[0][:2])
    writer.write(b"{first}")
    print((await ask(reader, writer)).decode())
    await listening.close()
    await server.stop()
    await reactor.shut_down()

{before}
asyncio.run(main())
"""
INHERIT = """
inherited = socket.create_server(("127.0.0.1", 0))
os.dup2(inherited.fileno(), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"}
"""


async def run(endpoint: str, before: str = "", first: str = "") -> str:
    script = SCRIPT.format(endpoint=endpoint, before=before, first=first)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, env=environment, stdout=-1, stderr=-1
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().strip()


async def test_any_other_endpoint_of_twisted() -> None:
    first = r"PROXY TCP4 192.0.2.7 192.0.2.8 11 22\r\n"
    answer = await run("haproxy:tcp:0:interface=127.0.0.1", first=first)
    assert answer == "(False, 'IPv4Address')"


@pytest.mark.parametrize("by", ["index=0", "name=web"])
async def test_systemd(by: str) -> None:
    answer = await run(f"systemd:domain=INET:{by}", before=INHERIT)
    assert answer == "(False, 'IPv4Address')"
