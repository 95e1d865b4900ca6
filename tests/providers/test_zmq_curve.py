"""Who may come in to a queue that is encrypted, and whom we believe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zmq
import zmq.auth
from zmq.utils import z85

from piped.providers.zmq_settings import Curve, QueueSettings
from piped.providers.zmq_zap import verdict
from piped.secret import Secret, redact

from .conftest import Start
from .zmq_peers import Peers, queue, section, socket_of, soon, threads, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")


class Keys(NamedTuple):
    public: str
    secret: str


def keys() -> Keys:
    public, secret = zmq.curve_keypair()
    return Keys(public.decode(), secret.decode())


OURS, ADA, BOB = keys(), keys(), keys()
RAW = z85.decode(ADA.public)
QUESTION = [b"1.0", b"7", b"it", b"10.0.0.1", b"", b"CURVE", RAW]


@pytest.fixture(autouse=True)
def _no_context_is_left() -> Iterator[None]:
    yield
    assert threads() == []


@pytest.fixture
def peers() -> Iterator[Peers]:
    peers = Peers()
    yield peers
    peers.close()


def taking(**curve: Any) -> QueueSettings:
    if "certificate" not in curve:
        curve["secret_key"] = Secret(OURS.secret)
    return queue("PULL", processor="take", curve=Curve(**curve))


def shown(who: Keys, server: Keys = OURS) -> dict[str, bytes]:
    """How a peer shows who it is, and whom it believes."""
    return {
        "CURVE_SERVERKEY": server.public.encode(),
        "CURVE_PUBLICKEY": who.public.encode(),
        "CURVE_SECRETKEY": who.secret.encode(),
    }


async def test_only_those_come_in_whose_keys_are_allowed(
    start: Start, peers: Peers, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[bytes] = []
    environment = await start(section(it=taking(allowed=[ADA.public])), take=heard.append)
    endpoint = socket_of(environment).endpoints[0]
    for options in (shown(BOB), {}):
        await peers.connected("PUSH", endpoint, **options).send(b"from somebody")
    await until(lambda: "may not come in" in caplog.text)
    await peers.connected("PUSH", endpoint, **shown(ADA)).send(b"from ada")
    await until(lambda: heard)
    assert heard == [b"from ada"]
    assert f"127.0.0.1 may not come in, its public key is {BOB.public}" in caplog.text
    assert OURS.secret not in caplog.text
    assert redact(f"there is {OURS.secret}") == "there is «secret»"


async def test_who_tries_again_and_again_is_told_of_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    environment = await start(section(it=taking(allowed=[])), take=print)
    needed = {"provider": "zmq.context"}
    context = environment.dependency_manager.add_dependency(object(), needed).get_resource()
    with context.socket(zmq.REQ) as asking:
        asking.connect("inproc://zeromq.zap.01")
        for _ in range(3):
            asking.send_multipart(QUESTION)
            await until(lambda: asking.get(zmq.EVENTS) & zmq.POLLIN)
            assert asking.recv_multipart()[2] == b"400"
    assert caplog.text.count("may not come in") == 1


async def test_whoever_knows_our_key_comes_in_if_we_say_so(start: Start, peers: Peers) -> None:
    heard: list[bytes] = []
    environment = await start(section(it=taking(allowed="any")), take=heard.append)
    endpoint = socket_of(environment).endpoints[0]
    await peers.connected("PUSH", endpoint, **shown(keys(), server=BOB)).send(b"wrong")
    await peers.connected("PUSH", endpoint, **shown(keys())).send(b"right")
    await until(lambda: heard)
    assert heard == [b"right"]


async def test_each_queue_has_its_own_who_may_come_in(start: Start, peers: Peers) -> None:
    heard: list[bytes] = []
    environment = await start(
        section(
            one=taking(allowed=[ADA.public]),
            two=taking(allowed=[BOB.public]),
            open=queue("PULL", processor="take"),
        ),
        take=heard.append,
    )
    at = {each: socket_of(environment, each).endpoints[0] for each in ("one", "two", "open")}
    for name, who in (("one", BOB), ("two", ADA), ("one", ADA), ("two", BOB)):
        text = f"{name} {'ada' if who is ADA else 'bob'}"
        await peers.connected("PUSH", at[name], **shown(who)).send(text.encode())
    await peers.connected("PUSH", at["open"]).send(b"open")
    await until(lambda: len(heard) == 3)
    assert sorted(heard) == [b"one ada", b"open", b"two bob"]


async def test_we_send_to_nobody_but_whom_we_know(start: Start, peers: Peers) -> None:
    options: Any = {"CURVE_SERVER": 1, "CURVE_SECRETKEY": BOB.secret.encode()}
    _, false = peers.bound("PULL", **options)
    good, true = peers.bound("PULL", **options | {"CURVE_SECRETKEY": ADA.secret.encode()})
    curve = Curve(secret_key=Secret(OURS.secret), server_key=ADA.public)
    settings = queue("PUSH", connects=[false, true], curve=curve, high_water_mark=1)
    environment = await start(section(it=settings))
    ours = socket_of(environment)
    sending = [ours.send_soon(str(each)) for each in range(5)]
    # Each of the two has room for some; those for the false one wait for a true one there.
    assert await soon(good.recv()) in {b"0", b"1"}
    for each in sending:
        if each is not None:
            each.cancel()


async def test_a_key_may_be_in_a_certificate(start: Start, peers: Peers, tmp_path: Path) -> None:
    public_file, secret_file = zmq.auth.create_certificates(tmp_path, "it")
    public, _ = zmq.auth.load_certificate(public_file)
    heard: list[bytes] = []
    settings = taking(certificate=Path(secret_file), allowed="any")
    environment = await start(section(it=settings), take=heard.append)
    server = Keys(public.decode(), "")
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0], **shown(ADA, server))
    await peer.send(b"hello")
    await until(lambda: heard)
    with pytest.raises(ValueError, match="has no secret key"):
        Curve(certificate=Path(public_file), allowed="any")
    with pytest.raises(ValueError, match="the `certificate` cannot be read"):
        Curve(certificate=tmp_path / "none", allowed="any")


@pytest.mark.parametrize(
    ("question", "is_let_in"),
    [
        (QUESTION, True),
        ([*QUESTION[:2], b"any", *QUESTION[3:]], True),
        ([*QUESTION[:2], b"other", *QUESTION[3:]], False),
        ([*QUESTION[:2], b"\xff", *QUESTION[3:]], False),
        ([*QUESTION[:5], b"NULL"], False),
        ([*QUESTION[:5], b"PLAIN", b"ada", b"password"], False),
        ([*QUESTION[:6], RAW[:-1]], False),
        ([*QUESTION[:6], b""], False),
        ([*QUESTION, b""], False),
        (QUESTION[:1], False),
        ([], False),
    ],
)
def test_who_is_not_known_is_not_let_in(question: list[bytes], is_let_in: bool) -> None:
    answer = verdict(question, {"it": frozenset({ADA.public}), "any": "any"})
    assert (answer[2] == b"200") is is_let_in
    assert len(answer) == 6
