"""Which loop runs; and how Twisted's reactor gets on it.

A process has one reactor: each test that imports it has a process of its own.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from piped.exceptions import ConfigurationError
from piped.interop import reactor as reactor_module
from piped.interop.reactor import choose_loop, prepare, shut_down

SOURCE = Path(__file__).parents[2] / "src"

each_loop = pytest.mark.parametrize("loop_name", ["asyncio", "uvloop"])


def run(script: str, loop_name: str = "asyncio") -> list[str]:
    """The lines that `script` prints. Before it, `loop` is made and `prepare`d."""
    program = f"""
import asyncio, sys
from piped.interop.reactor import choose_loop, prepare, shut_down
loop = choose_loop({loop_name!r})
stop = asyncio.Event()
prepare(loop, on_stop=stop.set)
{textwrap.dedent(script)}
loop.close()
"""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


# Loops


@pytest.mark.parametrize(("name", "module"), [("asyncio", "asyncio"), ("uvloop", "uvloop")])
def test_a_loop_is_chosen_by_name(name: str, module: str) -> None:
    loop = choose_loop(name)
    assert type(loop).__module__.startswith(module)
    loop.close()


def test_an_unknown_loop_is_a_mistake_of_whoever_wrote_its_name() -> None:
    with pytest.raises(ConfigurationError) as caught:
        choose_loop("uvlop")
    assert caught.value.msg == "there is no event loop 'uvlop' (did you mean 'uvloop'?)"
    assert caught.value.hint == "It is one of asyncio, uvloop."


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with pytest.raises(ConfigurationError, match="'uvloop' is not installed") as caught:
        choose_loop("uvloop")
    assert "piped[fast]" in (caught.value.hint or "")


# The hook


def test_who_needs_no_reactor_has_no_twisted() -> None:
    lines = run("""
        loop.run_until_complete(shut_down())
        print([name for name in sys.modules if name.partition('.')[0] == 'twisted'])
    """)
    assert lines == ["[]"]


@each_loop
def test_imported_before_the_loop_runs_it_starts_when_that_does(loop_name: str) -> None:
    lines = run(
        """
        from twisted.internet import reactor
        reactor.callWhenRunning(print, 'started')
        print(type(reactor).__name__, reactor.loop is loop, reactor.running)
        loop.run_until_complete(asyncio.sleep(0))
        print(reactor.running)
        """,
        loop_name,
    )
    assert lines == ["GuestReactor True False", "started", "True"]


def test_imported_while_the_loop_runs_it_runs_at_once() -> None:
    lines = run("""
        async def main():
            import twisted.internet.reactor as one
            from twisted.internet import reactor as two
            from twisted.internet.reactor import callLater
            import twisted.internet.task
            print(one is two is callLater.__self__, one.running)
            await shut_down()
        loop.run_until_complete(main())
    """)
    assert lines == ["True True"]


@each_loop
def test_imported_in_a_thread_it_belongs_to_the_loop(loop_name: str) -> None:
    lines = run(
        """
        import threading
        def importing():
            from twisted.internet import reactor
            reactor.callFromThread(arrived)
        def arrived():
            from twisted.internet import reactor
            from twisted.python.threadable import isInIOThread
            print(reactor.running, isInIOThread(), threading.current_thread().name)
            reactor.stop()
        async def main():
            await asyncio.to_thread(importing)
            await stop.wait()
            await shut_down()
        loop.run_until_complete(main())
        """,
        loop_name,
    )
    assert lines == ["True True MainThread"]


@each_loop
def test_stopping_it_leads_to_the_ordered_stop_of_the_process(loop_name: str) -> None:
    lines = run(
        """
        from twisted.internet import reactor
        from twisted.internet.defer import Deferred
        def slowly():
            later = Deferred()
            later.addCallback(lambda _: print('before'))
            reactor.callLater(0, later.callback, None)
            return later
        reactor.addSystemEventTrigger('before', 'shutdown', slowly)
        reactor.addSystemEventTrigger('during', 'shutdown', print, 'during')
        reactor.addSystemEventTrigger('after', 'shutdown', print, 'after')
        async def main():
            reactor.callLater(0, reactor.stop)
            await stop.wait()
            print('asked to stop')
            await shut_down()
            print('the loop goes on')
        loop.run_until_complete(main())
        """,
        loop_name,
    )
    assert lines == ["asked to stop", "before", "during", "after", "the loop goes on"]


def test_another_loop_of_the_process_gets_another_reactor() -> None:
    lines = run("""
        async def main():
            from twisted.internet import reactor
            await shut_down()
            return reactor
        first = loop.run_until_complete(main())
        other = choose_loop('asyncio')
        prepare(other)
        second = other.run_until_complete(main())
        print(first is not second, first.loop is loop, second.loop is other)
        print('twisted.internet.reactor' in sys.modules, len(sys.meta_path))
        other.close()
    """)
    assert lines[0] == "True True True"
    assert lines[1].startswith("False ")


def test_a_reactor_that_is_there_already_is_named() -> None:
    lines = run("""
        loop.run_until_complete(shut_down())
        from twisted.internet import reactor
        try:
            prepare(loop)
        except Exception as error:
            print(type(error).__name__, error.msg)
    """)
    assert lines[0].startswith("PipedError Twisted has a reactor already: ")
    assert "Reactor" in lines[0].partition("already: ")[2]


def test_a_reactor_of_which_only_the_package_knows_is_named_too() -> None:
    lines = run("""
        from twisted.internet import reactor as first
        del sys.modules['twisted.internet.reactor']
        try:
            prepare(loop)
        except Exception as failure:
            print(type(failure).__name__)
        from piped.interop.reactor import forget
        forget()
        prepare(loop)
        from twisted.internet import reactor as second
        print(first is second)
    """)
    assert lines == ["PipedError", "False"]


async def test_preparing_again_forgets_the_loop_before() -> None:
    finders = len(sys.meta_path)
    prepare(asyncio.get_running_loop())
    prepare(asyncio.get_running_loop())
    assert len(sys.meta_path) == finders + 1
    await shut_down()
    assert len(sys.meta_path) == finders


def test_the_module_of_the_hook_is_no_part_of_twisted() -> None:
    assert not any(name.startswith("twisted") for name in vars(reactor_module))


# Twisted on it


@each_loop
def test_perspective_broker_works_on_it(loop_name: str) -> None:
    lines = run(
        """
        from twisted.internet import reactor
        from twisted.spread import pb
        from piped.interop import settled
        class Root(pb.Root):
            def remote_double(self, number):
                return 2 * number
        async def main():
            port = reactor.listenTCP(0, pb.PBServerFactory(Root()), interface='127.0.0.1')
            client = pb.PBClientFactory()
            reactor.connectTCP('127.0.0.1', port.getHost().port, client)
            root = await settled(client.getRootObject())
            print(await settled(root.callRemote('double', 21)))
            await shut_down()
        loop.run_until_complete(main())
        """,
        loop_name,
    )
    assert lines == ["42"]


@each_loop
def test_a_web_server_works_on_it(loop_name: str) -> None:
    lines = run(
        """
        from twisted.internet import reactor
        from twisted.web.resource import Resource
        from twisted.web.server import Site
        class Hello(Resource):
            isLeaf = True
            def render_GET(self, request):
                return b'hello'
        async def main():
            port = reactor.listenTCP(0, Site(Hello()), interface='127.0.0.1')
            reader, writer = await asyncio.open_connection('127.0.0.1', port.getHost().port)
            writer.write(b'GET / HTTP/1.0\\r\\n\\r\\n')
            print((await reader.read()).rpartition(b'\\r\\n')[2].decode())
            writer.close()
            await writer.wait_closed()
            await shut_down()
        loop.run_until_complete(main())
        """,
        loop_name,
    )
    assert lines == ["hello"]
