"""Queues of ZeroMQ, beside peers that come late, go, come back, and are slow."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zmq

from piped import exceptions
from piped.environment import RuntimeEnvironment
from piped.exceptions import BatonDropped, PipedError, PipelineFull, ResourceLost, UnfitBaton
from piped.interop import settled
from piped.providers.zmq_provider import ZMQProvider
from piped.providers.zmq_settings import ZMQSettings
from piped.testing.clock import ManualClock
from tests.processes import line_of, started

from .conftest import Start
from .running import stop
from .zmq_peers import ANYWHERE, LIMIT, Peers, queue, section, socket_of, soon, threads, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")


@pytest.fixture(autouse=True)
def _no_context_is_left() -> Iterator[None]:
    yield
    assert threads() == []


@pytest.fixture
def peers() -> Iterator[Peers]:
    peers = Peers()
    yield peers
    peers.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def test_messages_come_in_order_each_after_the_end_of_the_one_before(
    start: Start, peers: Peers
) -> None:
    heard: list[Any] = []

    async def take(baton: bytes) -> None:
        heard.append(f"begin {baton!r}")
        await asyncio.sleep(0)
        heard.append(f"end {baton!r}")

    environment = await start(section(it=queue("PULL", processor="take")), take=take)
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0])
    for each in range(30):
        await peer.send(b"%d" % each)
    await until(lambda: len(heard) == 60)
    assert heard == [f"{what} b'{each}'" for each in range(30) for what in ("begin", "end")]


async def test_what_is_not_taken_stays_with_the_sender(start: Start, peers: Peers) -> None:
    taken, go_on = [], asyncio.Event()

    async def slow(baton: bytes) -> None:
        taken.append(baton)
        await go_on.wait()

    settings = queue("PULL", processor="slow", concurrency=3, high_water_mark=5)
    environment = await start(section(it=settings), slow=slow)
    endpoint = socket_of(environment).endpoints[0]
    # Small buffers of the kernel, or they would have room for all.
    peer = peers.connected("PUSH", endpoint, SNDHWM=5, SNDBUF=4096)
    message, sent = b"x" * 100_000, 0
    while await peer.poll(200, zmq.POLLOUT):
        await peer.send(message)
        sent += 1
        assert sent < 1000
    await until(lambda: len(taken) == 3)
    go_on.set()
    await until(lambda: len(taken) == sent)


async def test_others_have_their_turn_after_a_batch(start: Start, peers: Peers) -> None:
    heard: list[str] = []
    environment = await start(
        section(batch=7, it=queue("PULL", processor="take")), take=lambda _: heard.append("m")
    )
    offer = environment.resource_manager.get_registered_resources()["take"]
    offer.lost("for a while")
    await asyncio.sleep(0)
    queued = socket_of(environment)
    peer = peers.connected("PUSH", queued.endpoints[0])
    for _ in range(200):
        await peer.send(b"")
    await peer.send(b"")
    await until(lambda: queued.socket.get(zmq.EVENTS) & zmq.POLLIN)
    offer.ready(lambda _: heard.append("m"))
    while heard.count("m") < 201:
        heard.append(" ")
        await asyncio.sleep(0)
    assert max(map(len, "".join(heard).split())) <= 7


async def test_a_message_waits_for_a_peer_that_comes_late(start: Start, peers: Peers) -> None:
    environment = await start(section(it=queue("PUSH")))
    ours = socket_of(environment)
    sending = [ours.send_soon(each) for each in ("one", b"two", {"three": 3})]
    assert None not in sending
    peer = peers.connected("PULL", ours.endpoints[0])
    assert [await soon(peer.recv()) for _ in sending] == [b"one", b"two", b'{"three":3}']
    await asyncio.gather(*sending)
    assert ours.send_soon("four") is None
    assert await soon(peer.recv()) == b"four"


async def test_who_waits_for_room_does_not_ask_again_and_again(
    start: Start, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = await start(section(it=queue("PUSH", timeout=5.0)))
    ours = socket_of(environment)
    tried = []

    def full(parts: list[bytes]) -> bool:
        tried.append(parts)
        return False

    monkeypatch.setattr(ours, "_try", full)
    sending = asyncio.ensure_future(ours.send("it"))
    for _ in range(1000):
        await asyncio.sleep(0)
    assert len(tried) <= 2
    await clock.advance(4.9)
    assert not sending.done()
    await clock.advance(0.1)
    with pytest.raises(exceptions.TimeoutError, match="had no room for a message within 5 s"):
        await sending


async def test_who_gives_up_waiting_sends_nothing(start: Start, peers: Peers) -> None:
    environment = await start(section(it=queue("PUSH")))
    ours = socket_of(environment)
    first, second = (asyncio.ensure_future(ours.send(each)) for each in ("first", "second"))
    await asyncio.sleep(0)
    first.cancel()
    peer = peers.connected("PULL", ours.endpoints[0])
    await soon(second)
    assert await soon(peer.recv()) == b"second"


async def test_a_peer_that_is_killed_takes_nothing_with_it_but_what_it_had(
    start: Start,
) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    environment = await start(section(it=queue("PUSH", binds=endpoint, high_water_mark=1)))
    ours = socket_of(environment)
    with worker(endpoint) as one:
        await soon(ours.send("first"))
        assert await asyncio.to_thread(line_of, one) == "first"
        one.kill()
        one.wait()
    await until(lambda: not ours.socket.get(zmq.EVENTS) & zmq.POLLOUT)
    waiting = ours.send_soon("second")
    assert waiting is not None
    with worker(endpoint) as two:
        await soon(waiting)
        assert await asyncio.to_thread(line_of, two) == "second"
        two.kill()


def worker(endpoint: str) -> Any:
    """A process that prints what it takes."""
    code = """
        import sys, zmq
        with zmq.Context() as context, context.socket(zmq.PULL) as socket:
            socket.set_hwm(1)
            socket.connect(sys.argv[1])
            while True:
                print(socket.recv_string(), flush=True)
    """
    return started(code, endpoint)


def test_it_runs_on_uvloop_as_well() -> None:
    uvloop = pytest.importorskip("uvloop")
    heard: list[bytes] = []

    async def take(baton: bytes) -> None:
        await asyncio.sleep(0)
        heard.append(baton)

    async def main() -> None:
        environment = RuntimeEnvironment(
            settings={
                "zmq": ZMQSettings(
                    queues={
                        "giving": queue("PUSH", binds="inproc://it", high_water_mark=2),
                        "taking": queue("PULL", connects="inproc://it", processor="take"),
                    }
                )
            }
        )
        environment.configure()
        environment.offer("take", resource=take)
        ZMQProvider().configure(environment)
        environment.dependency_manager.resolve_initial_states()
        await settled(environment.application.startService())
        giving = socket_of(environment, "giving")
        await soon(asyncio.gather(*(giving.send(str(each)) for each in range(500))))
        await until(lambda: len(heard) == 500)
        await stop(environment)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    assert heard == [b"%d" % each for each in range(500)]


async def test_a_peer_goes_and_comes_back(start: Start, peers: Peers) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    environment = await start(
        section(it=queue("PUSH", connects=endpoint, high_water_mark=1)),
    )
    ours = socket_of(environment)
    peer, _ = peers.bound("PULL", endpoint)
    await soon(ours.send("before"))
    assert await soon(peer.recv()) == b"before"
    peer.close(linger=0)
    await until(lambda: _is_free(endpoint))
    again, _ = peers.bound("PULL", endpoint)
    got: list[bytes] = []

    async def send() -> None:
        # What is sent before the loss is noticed is lost.
        while not got:
            await ours.send("after")
            await asyncio.sleep(0.01)

    sending = asyncio.ensure_future(send())
    got.append(await soon(again.recv()))
    await soon(sending)
    assert got == [b"after"]


async def test_runs_under_way_come_to_their_end_when_it_stops(start: Start, peers: Peers) -> None:
    taken, ended, go_on = [], [], asyncio.Event()

    async def slow(baton: bytes) -> None:
        taken.append(baton)
        await go_on.wait()
        ended.append(baton)

    environment = await start(section(it=queue("PULL", processor="slow", concurrency=2)), slow=slow)
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0])
    for each in (b"1", b"2", b"3"):
        await peer.send(each)
    await until(lambda: len(taken) == 2)
    stopping = asyncio.ensure_future(stop(environment))
    await asyncio.sleep(0)
    go_on.set()
    await soon(stopping)
    assert taken == ended == [b"1", b"2"]


async def test_runs_that_do_not_end_are_cancelled(
    start: Start, peers: Peers, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    taken, cancelled = [], []

    async def hang(baton: bytes) -> None:
        taken.append(baton)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(baton)
            raise

    environment = await start(
        section(it=queue("PULL", processor="hang", close_time=3.0)), hang=hang
    )
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0])
    await peer.send(b"1")
    await until(lambda: taken)
    stopping = asyncio.ensure_future(stop(environment))
    await clock.advance(2.9)
    assert not cancelled
    await clock.advance(0.2)
    await soon(stopping)
    assert cancelled == [b"1"]
    assert "zmq.feeder.it: what was still under way is cancelled" in caplog.text


async def test_what_nobody_takes_does_not_keep_the_process(start: Start) -> None:
    nowhere = f"tcp://127.0.0.1:{free_port()}"
    environment = await start(section(it=queue("PUSH", connects=nowhere, linger=0.01)))
    ours = socket_of(environment)
    assert ours.send_soon("for nobody") is None
    waiting = [ours.send_soon("x") for _ in range(1001)][-1]
    assert waiting is not None
    await soon(stop(environment))
    with pytest.raises(ResourceLost, match=r"zmq\.queue\.it is closed"):
        await waiting
    with pytest.raises(ResourceLost, match=r"zmq\.queue\.it is closed"):
        ours.send_soon("x")


async def test_a_socket_that_somebody_left_open_does_not_keep_the_process(start: Start) -> None:
    environment = await start(section())
    needed = {"provider": "zmq.context"}
    context = environment.dependency_manager.add_dependency(object(), needed).get_resource()
    left = context.socket(zmq.PUSH)
    left.connect(f"tcp://127.0.0.1:{free_port()}")
    left.send(b"for nobody")
    await soon(stop(environment))
    assert left.closed
    assert context.closed


async def test_what_was_sent_lingers_until_it_is_taken(start: Start, peers: Peers) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    environment = await start(section(it=queue("PUSH", connects=endpoint, linger=20.0)))
    socket_of(environment).send_soon("late")
    stopping = asyncio.ensure_future(stop(environment))
    peer, _ = peers.bound("PULL", endpoint)
    assert await soon(peer.recv()) == b"late"
    await soon(stopping)


async def test_a_question_is_answered_by_the_pipeline(start: Start, peers: Peers) -> None:
    async def answer(baton: bytes) -> None:
        await asyncio.sleep(0)
        await ours.send(baton + b"!")

    environment = await start(section(it=queue("REP", processor="answer")), answer=answer)
    ours = socket_of(environment)
    one, two = (peers.connected("REQ", ours.endpoints[0]) for _ in range(2))
    await one.send(b"one")
    await two.send(b"two")
    assert [await soon(one.recv()), await soon(two.recv())] == [b"one!", b"two!"]
    with pytest.raises(PipedError, match="questions and answers of a REP alternate"):
        ours.send_soon("nobody has asked")


async def test_a_question_without_an_answer_gets_an_empty_one(
    start: Start, peers: Peers, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(baton: bytes) -> None:
        if baton == b"later":
            await asyncio.sleep(0)
        if baton != b"nothing":
            raise ValueError(baton)

    environment = await start(section(it=queue("REP", processor="answer")), answer=answer)
    peer = peers.connected("REQ", socket_of(environment).endpoints[0])
    for each in (b"nothing", b"now", b"later", b"nothing"):
        await peer.send(each)
        assert await soon(peer.recv()) == b""
    assert caplog.text.count("a question had no answer, and gets an empty one") == 4
    assert caplog.text.count("answer failed, and a message is lost") == 2


async def test_an_answer_is_a_baton_and_questions_take_turns(start: Start, peers: Peers) -> None:
    answers: list[bytes] = []
    environment = await start(section(it=queue("REQ", processor="take")), take=answers.append)
    ours = socket_of(environment)
    peer = peers.connected("REP", ours.endpoints[0])
    for each in (b"1", b"2"):
        await soon(ours.send(each))
        with pytest.raises(PipedError, match="questions and answers of a REQ alternate"):
            ours.send_soon("again")
        await peer.send(await soon(peer.recv()) * 2)
        await until(partial(answers.__contains__, each * 2))
    assert answers == [b"11", b"22"]


async def test_parts_of_a_message_say_whose_it_is(start: Start, peers: Peers) -> None:
    def answer(baton: list[bytes]) -> Any:
        name, text = baton
        return ours.send_soon([name, text.upper(), "and", {"more": 1}])

    environment = await start(section(it=queue("ROUTER", processor="answer")), answer=answer)
    ours = socket_of(environment)
    peer = peers.connected("DEALER", ours.endpoints[0], IDENTITY=b"ada")
    await peer.send(b"hello")
    assert await soon(peer.recv_multipart()) == [b"HELLO", b"and", b'{"more":1}']
    with pytest.raises(PipedError, match="nobody is there whose name is b'bob'"):
        ours.send_soon([b"bob", b"hello"])
    wrongs: list[Any] = ["text", [], None]
    for wrong in wrongs:
        with pytest.raises(UnfitBaton, match="a list of the parts of a message is needed"):
            ours.send_soon(wrong)


async def test_one_slow_peer_does_not_hold_up_another(start: Start, peers: Peers) -> None:
    names: list[bytes] = []
    environment = await start(
        section(it=queue("ROUTER", processor="note", high_water_mark=1)),
        note=lambda baton: names.append(baton[0]),
    )
    ours = socket_of(environment)
    slow, quick = (
        peers.connected("DEALER", ours.endpoints[0], IDENTITY=each, RCVHWM=1, RCVBUF=4096)
        for each in (b"slow", b"quick")
    )
    await slow.send(b"")
    await quick.send(b"")
    await until(lambda: len(names) == 2)
    sent, waiting = 0, None
    while waiting is None or waiting.done():
        waiting = ours.send_soon([b"slow", b"x" * 1_000_000])
        sent += 1
        await asyncio.sleep(0.01)
        assert sent < 1000
    assert ours.send_soon([b"quick", b"hello"]) is None
    assert await soon(quick.recv()) == b"hello"
    for _ in range(sent):
        await soon(slow.recv())
    await soon(waiting)


async def test_a_subscriber_gets_what_it_subscribes_to(start: Start, peers: Peers) -> None:
    peer, endpoint = peers.bound("XPUB")
    heard: list[bytes] = []
    settings = queue("SUB", connects=endpoint, subscribe=["a", "b"], processor="take")
    await start(section(it=settings), take=heard.append)
    assert {await soon(peer.recv()) for _ in range(2)} == {b"\1a", b"\1b"}
    for each in (b"a1", b"c1", b"b1"):
        await peer.send(each)
    await until(lambda: len(heard) == 2)
    assert heard == [b"a1", b"b1"]


async def test_a_publisher_never_waits(start: Start) -> None:
    environment = await start(section(it=queue("PUB", high_water_mark=1)))
    ours = socket_of(environment)
    assert [ours.send_soon("for nobody") for _ in range(100)] == [None] * 100


async def test_a_message_of_several_parts_is_no_bytes(
    start: Start, peers: Peers, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[bytes] = []
    environment = await start(section(it=queue("PULL", processor="take")), take=heard.append)
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0])
    await peer.send_multipart([b"a", b"b"])
    await peer.send(b"c")
    await until(lambda: heard)
    assert heard == [b"c"]
    assert "zmq.feeder.it: a message of 2 parts is lost; with `multipart: true`" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_run_that_fails_is_logged_and_ends_nothing(
    start: Start, peers: Peers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    heard: list[bytes] = []

    def take(baton: bytes) -> None:
        heard.append(baton)
        if baton == b"bad":
            raise ValueError("too bad")
        if baton == b"dropped":
            raise BatonDropped("no room")

    environment = await start(section(it=queue("PULL", processor="take")), take=take)
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0])
    for each in (b"bad", b"dropped", b"good"):
        await peer.send(each)
    await until(lambda: len(heard) == 3)
    assert "zmq.feeder.it: take failed, and a message is lost" in caplog.text
    assert "ValueError: too bad" in caplog.text
    assert "zmq.feeder.it: take dropped a message" in caplog.text
    assert "BatonDropped" not in caplog.text


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_message_for_which_there_is_no_room_is_handed_over_again(
    start: Start, peers: Peers, clock: ManualClock, at_once: bool
) -> None:
    refused, taken = Counter[bytes](), list[bytes]()

    def refuse(baton: bytes) -> None:
        if refused[baton] < 3:
            refused[baton] += 1
            raise PipelineFull("no room")
        taken.append(baton)

    async def refuse_later(baton: bytes) -> None:
        await asyncio.sleep(0)
        refuse(baton)

    environment = await start(
        section(it=queue("PULL", processor="take")), take=refuse if at_once else refuse_later
    )
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0])
    for each in (b"1", b"2"):
        await peer.send(each)
    await until(lambda: refused)
    async with asyncio.timeout(LIMIT):
        while len(taken) < 2:
            await clock.advance(1)
            await asyncio.sleep(0.001)
    assert taken == [b"1", b"2"]
    assert refused == {b"1": 3, b"2": 3}


async def test_a_message_for_which_there_is_no_room_goes_with_the_process(
    start: Start, peers: Peers, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    refused: list[bytes] = []

    def refuse(baton: bytes) -> None:
        refused.append(baton)
        raise PipelineFull("no room")

    environment = await start(
        section(it=queue("PULL", processor="take", close_time=3.0)), take=refuse
    )
    peer = peers.connected("PUSH", socket_of(environment).endpoints[0])
    await peer.send(b"1")
    await until(lambda: refused)
    stopping = asyncio.ensure_future(stop(environment))
    while not stopping.done():
        await clock.advance(1)
    await stopping
    assert "zmq.feeder.it: what was still under way is cancelled" in caplog.text


async def test_nothing_is_received_without_a_processor(start: Start, peers: Peers) -> None:
    heard: list[bytes] = []
    environment = await start(section(it=queue("PULL", processor="take")), take=heard.append)
    offer = environment.resource_manager.get_registered_resources()["take"]
    ours = socket_of(environment)
    peer = peers.connected("PUSH", ours.endpoints[0])
    offer.lost("gone")
    await asyncio.sleep(0)
    await peer.send(b"1")
    await until(lambda: ours.socket.get(zmq.EVENTS) & zmq.POLLIN)
    assert heard == []
    offer.ready(heard.append)
    await until(lambda: heard)


async def test_the_poller_is_stopped_and_started(start: Start, peers: Peers) -> None:
    heard: list[bytes] = []
    environment = await start(section(it=queue("PULL", processor="take")), take=heard.append)
    needed = {"provider": "zmq.poller"}
    poller = environment.dependency_manager.add_dependency(object(), needed).get_resource()
    ours = socket_of(environment)
    peer = peers.connected("PUSH", ours.endpoints[0])
    await settled(poller.stopService())
    await peer.send(b"1")
    await until(lambda: ours.socket.get(zmq.EVENTS) & zmq.POLLIN)
    assert heard == []
    poller.startService()
    await until(lambda: heard)


async def test_only_what_is_asked_for_is_opened(start: Start, peers: Peers) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    environment = await start(section(it=queue("PULL", binds=endpoint)))
    theirs, _ = peers.bound("PULL", endpoint)
    theirs.close(linger=0)
    await until(lambda: _is_free(endpoint))
    ours = socket_of(environment)
    assert ours.endpoints == [endpoint]
    peer = peers.connected("PUSH", endpoint)
    await peer.send(b"hello")
    await until(lambda: ours.socket.get(zmq.EVENTS) & zmq.POLLIN)
    assert ours.socket.recv(zmq.NOBLOCK) == b"hello"


def _is_free(endpoint: str) -> bool:
    host, _, port = endpoint.removeprefix("tcp://").partition(":")
    with socket.socket() as each:
        return each.connect_ex((host, int(port))) != 0


async def test_an_endpoint_that_is_taken_fails_the_start_and_leaves_nothing_open(
    start: Start, peers: Peers
) -> None:
    _, endpoint = peers.bound("PULL")
    with pytest.raises(PipedError, match=f"zmq.queue.it cannot bind {endpoint}: Address already"):
        await start(section(it=queue("PULL", binds=endpoint, processor="take")), take=print)
    peers.close()
    assert threads() == []


@pytest.mark.parametrize("endpoint", ["ipc://{}/it", "inproc://it"])
async def test_queues_within_a_machine_and_a_process(
    start: Start, tmp_path: Path, endpoint: str
) -> None:
    endpoint = endpoint.format(tmp_path)
    heard: list[bytes] = []
    environment = await start(
        section(
            taking=queue("PULL", binds=endpoint, processor="take"),
            giving=queue("PUSH", connects=endpoint),
        ),
        take=heard.append,
    )
    await soon(socket_of(environment, "giving").send("hello"))
    await until(lambda: heard)
    assert heard == [b"hello"]


async def test_who_sends_too_much_is_not_heard(start: Start, peers: Peers) -> None:
    heard: list[bytes] = []
    settings = queue("PULL", processor="take", max_message=1000)
    environment = await start(section(it=settings), take=heard.append)
    endpoint = socket_of(environment).endpoints[0]
    await peers.connected("PUSH", endpoint).send(b"x" * 1001)
    other = peers.connected("PUSH", endpoint)
    await other.send(b"x" * 1000)
    await until(lambda: heard)
    assert [len(each) for each in heard] == [1000]


async def test_several_endpoints_of_one_queue(start: Start, peers: Peers) -> None:
    heard: list[bytes] = []
    theirs, endpoint = peers.bound("PUSH")
    settings = queue("PULL", binds=[ANYWHERE, ANYWHERE], connects=endpoint, processor="take")
    environment = await start(section(it=settings), take=heard.append)
    endpoints = socket_of(environment).endpoints
    assert len(set(endpoints)) == 2
    for each in (theirs, *(peers.connected("PUSH", each) for each in endpoints)):
        await each.send(b"")
    await until(lambda: len(heard) == 3)
