"""Connections under TLS, where no side can be closed alone."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from piped import flows
from piped.flows import END, Collector, Flow, endpoints, transports
from piped.flows.connection import Connection
from piped.interop import reactor

from .parts import Source
from .wires import until


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
async def _twisted() -> AsyncIterator[None]:
    reactor.prepare(asyncio.get_running_loop())
    yield
    await reactor.shut_down()


def shouting(connection: Connection) -> Flow:
    return Flow(connection.fount, flows.lines(), bytes.upper, flows.to_lines(), connection.drain)


async def by_asyncio(authority: trustme.CA, folder: Path) -> tuple[Any, Connection]:
    ours, theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(ours)
    authority.configure_trust(theirs)
    server = await transports.serve(shouting, "localhost", ssl=ours, family=2)
    return server, await transports.connect("localhost", server.port, ssl=theirs, family=2)


async def by_twisted(authority: trustme.CA, folder: Path) -> tuple[Any, Connection]:
    from twisted.internet import reactor as twisted
    from twisted.internet.endpoints import clientFromString, serverFromString

    authority.cert_pem.write_to_path(folder / "authority.pem")
    issued = authority.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    place = f"ssl:0:interface=127.0.0.1:privateKey={folder}/server.pem:certKey={folder}/server.pem"
    server = await endpoints.listen(serverFromString(twisted, place), shouting)
    place = f"tls:localhost:{server.address.port}:bindAddress=127.0.0.1:trustRoots={folder}"
    return server, await endpoints.connection(clientFromString(twisted, place))


@pytest.mark.filterwarnings("ignore:Passing pyOpenSSL")  # by Twisted's endpoints
@pytest.mark.parametrize("way", [by_asyncio, by_twisted])
async def test_lines_flow_both_ways_and_both_ends_hear_of_the_end(
    way: Any, authority: trustme.CA, tmp_path: Path
) -> None:
    server, client = await way(authority, tmp_path)
    answers, source = Collector(), Source()
    client.fount.flow_to(flows.lines().make()).flow_to(answers)
    source.flow_to(client.drain)
    source.push(*[b"%d one\n" % number for number in range(5_000)])
    source.end(END)
    await until(lambda: len(answers.items) == 5_000)
    assert answers.items[-1] == b"4999 ONE"
    assert await client.drain.done() is END
    assert answers.reason is None, "the connection stays open for the answers"
    [served] = server.connections
    client.fount.stop()
    await until(lambda: served.fount.is_over)
    assert served.fount.reason is END
    await server.close()
    await until(lambda: client.is_lost and served.is_lost)
