"""Real daemons, short-lived ones."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.processes import run, started

UP = """
    import json, os, sys
    from piped.daemon.daemonise import daemonise
    print("before")
    handshake = daemonise()
    print("to nobody")
    umask = os.umask(0)
    streams = [os.path.realpath(f"/proc/self/fd/{n}") for n in range(3)]
    state = dict(pid=os.getpid(), session=os.getsid(0), umask=umask, streams=streams)
    with open(sys.argv[1], "w") as file:
        json.dump(state, file)
    handshake.up()
    handshake.failed("too late", 3)
"""


def test_a_daemon_is_detached_and_its_caller_exits_with_0(tmp_path: Path) -> None:
    done = run(UP, tmp_path / "state")
    state = json.loads((tmp_path / "state").read_text())
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\n", "")
    assert state["umask"] == 0o077
    assert state["streams"] == [os.devnull] * 3
    assert state["session"] != os.getsid(0)
    assert state["session"] != state["pid"]  # no leader of its session gets no terminal


FAILING = """
    import sys
    from piped.daemon.daemonise import daemonise
    handshake = daemonise()
    handshake.failed({text}, {code})
    sys.exit(9)
"""


@pytest.mark.parametrize(
    ("text", "printed", "code"),
    [
        ("'no port\\n2 problems'", "no port\n2 problems", 78),
        ("'schlüssel \\udcff'", "schlüssel \\udcff", 1),
        ("'long ' * 100_000", "long " * 100_000, 1),  # more than a pipe holds at a time
    ],
    ids=["several lines", "any characters", "very long"],
)
def test_a_failure_is_repeated_by_the_caller(text: str, printed: str, code: int) -> None:
    done = run(FAILING.format(text=text, code=code))
    assert (done.returncode, done.stderr) == (code, f"{printed}\n")


@pytest.mark.parametrize(
    "death", ["os.kill(os.getpid(), signal.SIGKILL)", "raise ValueError", "os._exit(0)"]
)
def test_a_daemon_that_ends_without_a_word_is_a_failure(death: str) -> None:
    done = run(
        f"""
        import os, signal
        from piped.daemon.daemonise import daemonise
        handshake = daemonise()
        {death}
        """
    )
    assert done.returncode == 1
    assert done.stderr.startswith("process ")
    assert done.stderr.endswith(" ended without a word before it was up\n")


def test_an_interrupted_caller_stops_the_daemon(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = """
        import signal, sys
        from piped.daemon.daemonise import daemonise
        handshake = daemonise()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        open(sys.argv[1], "w").close()
        signal.sigwait({signal.SIGTERM})
        handshake.failed("stopped by SIGTERM", 1)
    """
    with started(code, fifo) as caller:
        assert fifo.read_text() == ""  # which waits for the daemon
        caller.send_signal(signal.SIGINT)
        _, errors = caller.communicate(timeout=30)
        assert (caller.returncode, errors) == (1, "stopped by SIGTERM\n")


def test_a_caller_that_is_gone_is_no_trouble_for_the_daemon(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = """
        import os, signal, sys
        from piped.daemon.daemonise import daemonise
        caller = os.getpid()
        pidfd = os.pidfd_open(caller)
        handshake = daemonise()
        os.kill(caller, signal.SIGKILL)
        import select
        select.select([pidfd], [], [])
        handshake.up()
        open(sys.argv[1], "w").write("still here")
    """
    with started(code, fifo) as caller:
        assert fifo.read_text() == "still here"
        assert caller.wait(timeout=30) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("call", "company"),
    [
        ("threading.Thread(target=threading.Event().wait, daemon=True).start(); main()", "threads"),
        ("asyncio.run(amain())", "a running event loop"),
    ],
)
def test_it_comes_before_threads_and_loops(call: str, company: str) -> None:
    done = run(
        f"""
        import asyncio, threading
        from piped.daemon.daemonise import daemonise as main
        async def amain():
            main()
        try:
            {call}
        except RuntimeError as error:
            print(error)
        """
    )
    assert (done.stdout, done.stderr) == (f"a process with {company} cannot be made a daemon\n", "")
