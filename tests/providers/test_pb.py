"""Perspective Broker over real connections, beside peers that know nothing of piped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from twisted.cred.credentials import Anonymous, UsernamePassword
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import clientFromString
from twisted.spread import pb

from piped.checkers import Checker
from piped.environment import RuntimeEnvironment
from piped.interop import outcome_of, settled
from piped.interop.reactor import prepare, shut_down
from piped.options import DottedName, ResourceName
from piped.providers.pb_settings import PBClientSettings, PBServerSettings
from piped.providers.spread_provider import PBClientProvider, PBServerProvider
from piped.secret import Secret
from piped.testing.clock import ManualClock

from .conftest import Start

IN_MEMORY = "twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse"
UNAUTHORIZED = "twisted.cred.error.UnauthorizedLogin"
UNHANDLED = "twisted.cred.error.UnhandledCredentials"
HERE = "tcp:0:interface=127.0.0.1"


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


def server_of(**settings: Any) -> dict[Any, Any]:
    given = {"listen": HERE, "processor": ResourceName("answer"), **settings}
    return {PBServerProvider: {"it": PBServerSettings(**given)}}


def service_of(environment: RuntimeEnvironment, path: str = "pb.server.it") -> Any:
    return environment.resource_manager.get_registered_resources()[path].resource


def port_of(environment: RuntimeEnvironment) -> int:
    port: int = service_of(environment).ports[0].getHost().port
    return port


async def until(holds: Callable[[], Any], clock: ManualClock | None = None) -> None:
    """Wait for what only the other end of a connection can bring about."""
    async with asyncio.timeout(10):
        while not holds():
            await (clock.advance(30) if clock is not None else asyncio.sleep(0))
            await asyncio.sleep(0.001)


class Caller:
    """A client of Twisted's own."""

    def __init__(self) -> None:
        self.factory: Any = pb.PBClientFactory()
        self.broker: Any = None

    async def connect(self, port: int) -> Caller:
        from twisted.internet import reactor

        endpoint = clientFromString(reactor, f"tcp:127.0.0.1:{port}")
        self.broker = await settled(endpoint.connect(self.factory))
        return self

    async def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        root = await settled(self.factory.getRootObject())
        return await settled(root.callRemote(method, *args, **kwargs))

    def leave(self) -> None:
        self.broker.transport.abortConnection()


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    caller = Caller()
    yield caller
    if caller.broker is not None:
        caller.leave()
        await asyncio.sleep(0)


def answering(value: Any) -> Any:
    def answer(baton: Any) -> None:
        baton["deferred"].callback(value)

    return answer


async def test_a_call_is_a_baton_with_all_that_was_said(start: Start, caller: Caller) -> None:
    heard: list[Any] = []

    def answer(baton: Any) -> None:
        heard.append({key: each for key, each in baton.items() if key != "deferred"})
        baton["deferred"].callback({"ok": [1, "två", b"bytes", None]})

    environment = await start(server_of(), answer=answer)
    await caller.connect(port_of(environment))
    assert await caller.call("any_method", 1, "two", three=3.5) == {
        "ok": [1, "två", b"bytes", None]
    }
    assert heard == [{"message": "any_method", "args": (1, "two"), "kwargs": {"three": 3.5}}]


async def test_an_answer_may_come_later(start: Start, caller: Caller) -> None:
    async def answer(baton: Any) -> None:
        await asyncio.sleep(0)
        baton["deferred"].callback("later")

    environment = await start(server_of(), answer=answer)
    await caller.connect(port_of(environment))
    assert await caller.call("it") == "later"


async def test_a_pipeline_that_fails_is_the_failure_of_the_call(
    start: Start, caller: Caller
) -> None:
    def answer(baton: Any) -> None:
        raise LookupError("no such engine")

    environment = await start(server_of(), answer=answer)
    await caller.connect(port_of(environment))
    with pytest.raises(pb.RemoteError, match="no such engine") as raised:
        await caller.call("it")
    assert raised.value.remoteType in {"builtins.LookupError", b"builtins.LookupError"}


async def test_a_pipeline_that_fails_after_it_has_answered_is_logged(
    start: Start, caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(baton: Any) -> None:
        baton["deferred"].callback("well")
        raise LookupError("and yet")

    environment = await start(server_of(), answer=answer)
    await caller.connect(port_of(environment))
    assert await caller.call("it") == "well"
    assert "pb.server.it: answer failed after it had answered 'it'" in caplog.text


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_pipeline_that_ends_without_an_answer_fails_the_call_and_is_named(
    start: Start, caller: Caller, is_async: bool
) -> None:
    kept: list[Any] = []

    async def answer_later(baton: Any) -> None:
        await asyncio.sleep(0)
        kept.append(baton)

    answer = answer_later if is_async else kept.append
    environment = await start(server_of(), answer=answer)
    await caller.connect(port_of(environment))
    with pytest.raises(pb.RemoteError, match="answer ended without an answer to 'it'"):
        await caller.call("it")


async def test_the_default_answer_is_given_where_there_is_none(
    start: Start, caller: Caller
) -> None:
    environment = await start(server_of(default_callback=None), answer=lambda baton: None)
    await caller.connect(port_of(environment))
    assert await caller.call("it") is None


async def test_a_call_that_is_kept_open_is_answered_by_somebody_else(
    start: Start, caller: Caller
) -> None:
    kept: asyncio.Queue[Any] = asyncio.Queue()
    environment = await start(server_of(keep_open=True), answer=kept.put_nowait)
    await caller.connect(port_of(environment))
    call = asyncio.ensure_future(caller.call("it"))
    baton = await kept.get()
    baton["deferred"].callback("at last")
    assert await call == "at last"


async def test_an_answer_that_cannot_be_sent_is_a_failure_of_the_call(
    start: Start, caller: Caller
) -> None:
    environment = await start(server_of(), answer=answering(object()))
    await caller.connect(port_of(environment))
    with pytest.raises(
        pb.RemoteError, match="the answer to 'it' has something that cannot be sent"
    ):
        await caller.call("it")


async def test_instances_are_not_taken_from_a_caller(start: Start, caller: Caller) -> None:
    class Intruder(pb.Copyable):
        pass

    heard: list[Any] = []
    environment = await start(server_of(), answer=heard.append)
    await caller.connect(port_of(environment))
    with pytest.raises(pb.RemoteError, match=r"(?i)not allowed|insecure"):
        await caller.call("it", Intruder())
    assert heard == []


async def test_calls_fail_at_once_while_the_processor_is_not_available(
    start: Start, caller: Caller
) -> None:
    environment = await start(server_of(), answer=answering("here"))
    offers = environment.resource_manager.get_registered_resources()
    await caller.connect(port_of(environment))
    offers["answer"].lost("gone")
    with pytest.raises(pb.RemoteError, match="answer is not available now"):
        await caller.call("it")


async def test_calls_may_wait_for_the_processor_in_order_as_long_as_there_is_room(
    start: Start, caller: Caller
) -> None:
    heard: list[Any] = []

    def answer(baton: Any) -> None:
        heard.append(baton["message"])
        baton["deferred"].callback("here")

    environment = await start(server_of(wait_for_processor=True, queue=2), answer=answer)
    offer = environment.resource_manager.get_registered_resources()["answer"]
    await caller.connect(port_of(environment))
    offer.lost("gone")
    calls = [asyncio.ensure_future(caller.call(each)) for each in ("first", "second")]
    await until(lambda: len(service_of(environment).calls.waiting) == 2)
    with pytest.raises(pb.RemoteError, match="no room for more calls: 2 wait"):
        await caller.call("third")
    offer.ready(answer)
    assert await asyncio.gather(*calls) == ["here", "here"]
    assert heard == ["first", "second"]


async def test_calls_that_wait_fail_when_the_server_stops(start: Start, caller: Caller) -> None:
    environment = await start(server_of(wait_for_processor=True), answer=answering("here"))
    environment.resource_manager.get_registered_resources()["answer"].lost("gone")
    await caller.connect(port_of(environment))
    call = asyncio.ensure_future(caller.call("it"))
    service = service_of(environment)
    await until(lambda: service.calls.waiting)
    await settled(service.stopService())
    with pytest.raises((pb.RemoteError, pb.PBConnectionLost)):
        await call


async def test_who_has_logged_in_is_in_the_baton(start: Start, caller: Caller) -> None:
    def answer(baton: Any) -> None:
        baton["deferred"].callback(baton["avatar_id"])

    checker = Checker(name=DottedName(IN_MEMORY), arguments={"ada": Secret("lovelace")})
    environment = await start(server_of(checker=checker), answer=answer)
    await caller.connect(port_of(environment))
    perspective = await settled(caller.factory.login(UsernamePassword(b"ada", b"lovelace")))
    assert await settled(perspective.callRemote("whoami")) == "ada"


@pytest.mark.parametrize(
    "credentials", [UsernamePassword(b"ada", b"byron"), UsernamePassword(b"eve", b""), Anonymous()]
)
async def test_who_may_not_log_in_cannot_call(
    start: Start, caller: Caller, credentials: Any
) -> None:
    checker = Checker(name=DottedName(IN_MEMORY), arguments={"ada": "lovelace"})
    environment = await start(server_of(checker=checker), answer=answering("never"))
    await caller.connect(port_of(environment))
    with pytest.raises(pb.RemoteError) as refused:
        await settled(caller.factory.login(credentials))
    assert refused.value.remoteType.decode() in {UNAUTHORIZED, UNHANDLED}
    with pytest.raises(pb.RemoteError):
        await caller.call("it")


async def test_a_server_can_be_stopped_and_started_again(start: Start) -> None:
    environment = await start(server_of(listen=[HERE, HERE]), answer=answering("here"))
    service = service_of(environment)
    assert len(service.ports) == 2
    for _ in range(2):
        caller = await Caller().connect(port_of(environment))
        assert await caller.call("it") == "here"
        gone = asyncio.Event()
        caller.broker.notifyOnDisconnect(gone.set)
        await settled(service.stopService())
        await gone.wait()
        await settled(service.startService())


async def test_ten_thousand_calls_in_flight_are_all_answered(start: Start, caller: Caller) -> None:
    waiting: list[Deferred[Any]] = []
    everybody = asyncio.Event()

    def answer(baton: Any) -> None:
        waiting.append(baton["deferred"])
        if len(waiting) == 10_000:
            everybody.set()

    environment = await start(server_of(keep_open=True), answer=answer)
    await caller.connect(port_of(environment))
    root = await settled(caller.factory.getRootObject())
    calls = [outcome_of(root.callRemote("it", number)) for number in range(10_000)]
    await everybody.wait()
    for number, each in enumerate(waiting):
        each.callback(number)
    assert [await call for call in calls] == list(range(10_000))


# The client


class Adding(pb.Root):
    """A server of Twisted's own."""

    def remote_add(self, *numbers: int, more: int = 0) -> int:
        return sum(numbers) + more

    def remote_fail(self) -> None:
        raise LookupError("no such engine")

    def remote_hang(self) -> Deferred[None]:
        return Deferred()


class Server:
    """Listens on one port, whenever it is started."""

    def __init__(self, factory: Any) -> None:
        self.factory = factory
        self.number = 0
        self.port: Any = None
        self.protocols: list[Any] = []
        build = factory.buildProtocol

        def remembering(address: Any) -> Any:
            self.protocols.append(build(address))
            return self.protocols[-1]

        factory.buildProtocol = remembering

    def start(self) -> None:
        from twisted.internet import reactor

        self.port = reactor.listenTCP(self.number, self.factory, interface="127.0.0.1")
        self.number = self.port.getHost().port

    async def stop(self) -> None:
        await settled(self.port.stopListening())
        for protocol in self.protocols:
            protocol.transport.abortConnection()
        self.protocols.clear()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server(pb.PBServerFactory(Adding()))
    server.start()
    yield server
    await server.stop()


def client_of(port: int, **settings: Any) -> dict[Any, Any]:
    endpoint = f"tcp:host=127.0.0.1:port={port}"
    return {PBClientProvider: {"it": PBClientSettings(endpoint=endpoint, **settings)}}


class Need:
    """Somebody who needs the root object."""

    def __init__(self, environment: RuntimeEnvironment, path: str) -> None:
        manager = environment.dependency_manager
        self.dependency = manager.add_dependency(self, {"provider": path})

    async def ready(self) -> Any:
        return await settled(self.dependency.wait_for_resource())

    async def lost(self) -> None:
        await until(lambda: not self.dependency.is_ready)


@pytest.fixture
def root_path() -> str:
    return "pb.client.it.root_object"


async def test_a_client_offers_itself_and_the_root_object(
    start: Start, server: Server, root_path: str
) -> None:
    environment = await start(client_of(server.number))
    root = await Need(environment, root_path).ready()
    assert await settled(root.callRemote("add", 1, 2, more=3)) == 6
    factory = await Need(environment, "pb.client.it").ready()
    again = await settled(factory.getRootObject())
    assert await settled(again.callRemote("add", 1)) == 1


async def test_a_remote_failure_under_inline_callbacks_is_a_remote_error(
    start: Start, server: Server, root_path: str
) -> None:
    root = await Need(await start(client_of(server.number)), root_path).ready()

    @inlineCallbacks
    def calling() -> Any:
        try:
            yield root.callRemote("fail")
        except pb.RemoteError as error:
            return error.args
        return "nothing was raised"

    assert await settled(calling()) == ("no such engine",)


async def test_the_resources_are_lost_with_the_connection_and_found_again(
    start: Start, clock: ManualClock, server: Server, root_path: str
) -> None:
    environment = await start(client_of(server.number))
    need = Need(environment, root_path)
    root = await need.ready()
    hanging = root.callRemote("hang")
    await server.stop()
    with pytest.raises(pb.PBConnectionLost):
        await settled(hanging)
    await need.lost()
    server.start()
    await until(lambda: need.dependency.is_ready, clock)
    assert await settled(need.dependency.get_resource().callRemote("add", 1, 1)) == 2


async def test_a_server_that_is_not_there_yet_is_found_when_it_comes(
    start: Start, clock: ManualClock, root_path: str
) -> None:
    server = Server(pb.PBServerFactory(Adding()))
    server.start()
    await server.stop()
    environment = await start(client_of(server.number))
    need = Need(environment, root_path)
    assert not need.dependency.is_ready
    server.start()
    await until(lambda: need.dependency.is_ready, clock)
    await server.stop()


async def test_a_client_gives_up_when_it_was_told_to(
    start: Start, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(pb.PBServerFactory(Adding()))
    server.start()
    await server.stop()
    await start(client_of(server.number, max_retries=2))
    await until(lambda: "given up" in caplog.text, clock)
    assert "pb.client.it: given up after 3 attempts" in caplog.text


async def test_a_client_logs_in(start: Start, root_path: str) -> None:
    checker = Checker(name=DottedName(IN_MEMORY), arguments={"ada": "lovelace"})

    def answer(baton: Any) -> None:
        baton["deferred"].callback(baton["avatar_id"])

    serving = await start(server_of(checker=checker), answer=answer)
    settings = {"username": "ada", "password": Secret("lovelace")}
    environment = await start(client_of(port_of(serving), **settings))
    root = await Need(environment, root_path).ready()
    assert await settled(root.callRemote("whoami")) == "ada"


async def test_a_client_that_is_refused_tries_again_and_says_so(
    start: Start, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    checker = Checker(name=DottedName(IN_MEMORY), arguments={"ada": "lovelace"})
    serving = await start(server_of(checker=checker), answer=answering("never"))
    settings = {"username": "ada", "password": Secret("byron")}
    environment = await start(client_of(port_of(serving), **settings))
    await until(lambda: caplog.text.count("trying again") > 1, clock)
    assert not Need(environment, "pb.client.it.root_object").dependency.is_ready
    assert "twisted.cred.error.UnauthorizedLogin" in caplog.text
    assert "byron" not in caplog.text


async def test_events_tell_of_the_connection(
    start: Start, clock: ManualClock, server: Server, root_path: str
) -> None:
    environment = await start(client_of(server.number))
    factory = await Need(environment, "pb.client.it").ready()
    need = Need(environment, root_path)
    await need.ready()
    told: list[str] = []
    for name in ("on_connected", "on_got_root_object", "on_disconnected"):
        getattr(factory, name).handle(lambda *args, name=name: told.append(name))
    await server.stop()
    await need.lost()
    server.start()
    await until(lambda: need.dependency.is_ready, clock)
    assert told == ["on_disconnected", "on_connected", "on_got_root_object"]
