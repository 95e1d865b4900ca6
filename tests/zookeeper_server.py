"""A ZooKeeper of a test's own: it may be killed, stalled, and started again; its time is short."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from scripts.services import SERVICES, answers

__all__ = ["JAR", "Server", "server"]

JAR = Path("/usr/share/java/zookeeper.jar")  # of the Debian package `zookeeperd`
LIMIT = 60  # seconds; never reached when all is well
TICK = 200  # milliseconds; a session lives for two ticks at least

_CONFIGURATION = """\
tickTime={tick}
maxSessionTimeout=60000
dataDir={data}
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=*
maxClientCnxns=0
"""


class Server:
    """A process of Java, which keeps its data from one start to the next."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        file = self._folder / "zoo.cfg"
        file.write_text(_CONFIGURATION.format(tick=TICK, data=data, port=self.port))
        java = shutil.which("java")
        assert java is not None, "it needs Java"
        assert JAR.exists(), "it needs Debian's package `zookeeperd`"
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"),
                    *("-cp", str(JAR), "-Dzookeeper.fsync.warningthresholdms=60000"),
                    *("org.apache.zookeeper.server.ZooKeeperServerMain", str(file)),
                ],
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        begin = time.monotonic()
        while not self.answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()[-2000:]
            assert time.monotonic() - begin < LIMIT
            time.sleep(0.05)

    def answers(self) -> bool:
        return answers(replace(SERVICES["zookeeper"], port=self.port))

    def kill(self) -> None:
        """End it as a machine ends that loses its power."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def stall(self) -> None:
        """Its connections stay open, and it says nothing any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def server() -> Iterator[Server]:
    """One that is started, and ended with all that it kept."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="piped-zookeeper-") as folder:
        one = Server(Path(folder), port)
        try:
            one.start()
            yield one
        finally:
            one.kill()
