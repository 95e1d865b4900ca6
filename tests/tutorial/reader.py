"""A reader of the tutorial, who does what the pages say, as they say it.

Two things are done for the machine's sake. Ports that may be taken are replaced: by `-O` in
commands, and in the tests of the last step, which name one. And `piped` is a script which runs what
stands in this repository.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from tests.commands import LIMIT, SOURCE, environment
from tests.services import address
from tests.tutorial.pages import NAMES, Deed, deeds

__all__ = [
    "FEED",
    "FEED_SERVER",
    "FRONT",
    "GREETING",
    "PB",
    "TOLD_TIME",
    "TRACING",
    "WEB",
    "WORKERS",
    "Answer",
    "Process",
    "Reader",
    "until",
]

WEB, PB = "piped -nc tutorial.yaml", "piped -nc pb-server.yaml"
TRACING = "piped -nc tracing.yaml"
FEED, FEED_SERVER = "piped -nc feed.yaml", "piped -nc feed-server.yaml"
FRONT = "piped -nc front.yaml"
WORKERS = ["piped -p one.pid -nc worker.yaml", "piped -p two.pid -nc worker.yaml"]
GREETING = "HELLO FROM THE PB SERVER."
# How long a page says that it may take until the connection is there again, and some more.
TOLD_TIME = 40
_WAITED_FOR = {
    WEB: "web.tutorial listens on",
    PB: "pb.server.tutorial listens at",
    TRACING: "web.tracing listens on",
    FEED: "web.tutorial listens on",
    FEED_SERVER: "web.feed listens on",
    FRONT: "web.front listens on",
    **dict.fromkeys(WORKERS, "consumes from piped-tutorial"),
}

T = TypeVar("T")

_WAITS = 0.05
_SCRIPT = f"""#!/bin/sh
PYTHONPATH={SOURCE}${{PYTHONPATH:+:$PYTHONPATH}} exec {sys.executable} -m piped "$@"
"""


def until(what: str, question: Callable[[], T | None], *, seconds: float = LIMIT) -> T:
    """Ask until the answer is true."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"it never came to pass: {what}"
        time.sleep(_WAITS)
    return answer


@dataclass(frozen=True)
class Answer:
    """What a site has answered."""

    status: int
    headers: dict[str, str]
    text: str


class Process:
    """A command that goes on in a terminal of its own."""

    def __init__(
        self, command: list[str], folder: Path, variables: dict[str, str], log: Path
    ) -> None:
        self._log = log
        with log.open("w") as file:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All that it has printed: of lines of JSON, what they say."""
        return "\n".join(map(_message, self._log.read_text().splitlines()))

    def wait_until_it_says(self, text: str) -> None:
        until(
            f"{text!r} in:\n{self.said}",
            lambda: text in self.said or self._process.poll() is not None,
        )
        assert text in self.said, self.said

    def ends(self) -> int:
        """Wait for the end that it comes to by itself."""
        return self._process.wait(LIMIT)

    def interrupt(self) -> int:
        """Press Ctrl-C."""
        os.killpg(self._process.pid, signal.SIGINT)
        return self.ends()

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Reader:
    """Reads one page at a time. Whatever it does has to be the next thing on that page."""

    def __init__(self, folder: Path, *, has_graphviz: bool = True) -> None:
        self.folder = folder / "tutorial"
        self._logs = folder / "logs"
        self.variables = environment(PATH=_path(folder / "bin", has_graphviz=has_graphviz))
        del self.variables["PYTHONPATH"]
        self.web, self._pb, self.feed = _free_port(), _free_port(), _free_port()
        self.variables["FEED_REDIRECT"] = self._redirect
        self._left: list[Deed] = []
        self._stack = ExitStack()
        self.folder.mkdir()
        self._logs.mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        self._stack.close()

    def turn_to(self, page: str) -> None:
        """Begin a page; of those before it, only the files are made."""
        for name in NAMES[: NAMES.index(page)]:
            for deed in deeds(name):
                if deed.kind == "save":
                    self._save(deed)
                elif deed.kind == "run" and not _is_a_program(deed.text):
                    self._run(deed.text)
        self._left = deeds(page)

    def save(self, name: str) -> None:
        """Save the file which is shown there."""
        deed = self._next("save")
        assert deed.name == name
        self._save(deed)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Type a command, and wait for its end."""
        assert self._next("run").text == command
        return self._run(command)

    def start(self, command: str) -> Process:
        """Type a command which goes on until it is interrupted."""
        assert self._next("run").text == command
        return self.start_again(command)

    def start_again(self, command: str) -> Process:
        """Type a command from before."""
        log = self._logs / f"{len(list(self._logs.iterdir()))}"
        process = Process(self._typed(command), self.folder, self.variables, log)
        self._stack.callback(process.kill)
        return process

    def serves(self, command: str) -> Process:
        """Start a server, and wait until it can be used."""
        return self._when_it_serves(self.start(command), command)

    def serves_again(self, command: str) -> Process:
        """Start one from before, and wait until it can be used."""
        return self._when_it_serves(self.start_again(command), command)

    def types(self) -> str:
        """What is to be typed into the debugger's console."""
        return self._next("type").text

    def sees(self, seen: str) -> None:
        """What is shown there has been seen: its lines, in that order."""
        for line in self._next("see").text.splitlines():
            expected = re.escape(line.strip())
            found = re.search(re.sub(r"\d+\\\.\d+s", r"\\d+\\.\\d+s", expected), seen)
            assert found, f"{line!r} is not in:\n{seen}"
            seen = seen[found.end() :]

    def ends_the_page(self) -> None:
        assert self._left == []

    def gets(self, path: str = "/", method: str = "GET", body: Any = None, **more: str) -> Answer:
        """What the site answers, asked as a browser does."""
        connection = http.client.HTTPConnection("localhost", self.web, timeout=LIMIT)
        with closing(connection):
            headers = {name.replace("_", "-"): value for name, value in more.items()}
            connection.request(method, path, body and json.dumps(body), headers)
            answer = connection.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, kept, answer.read().decode())

    def _when_it_serves(self, process: Process, command: str) -> Process:
        process.wait_until_it_says(_WAITED_FOR[command.removeprefix("PYTHONPATH=. ")])
        return process

    def _next(self, kind: str) -> Deed:
        assert self._left, f"there is nothing more to {kind}"
        deed = self._left.pop(0)
        assert deed.kind == kind, f"it is not to {kind} now: {deed}"
        return deed

    def _save(self, deed: Deed) -> None:
        is_python = deed.name.endswith(".py")
        text = deed.text.replace(":8080", f":{self.web}") if is_python else deed.text
        (self.folder / deed.name).write_text(text)

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        name, _, value = command.removeprefix("export ").partition("=")
        if command.startswith("export "):
            self.variables[name] = value
            command = ":"
        return subprocess.run(
            self._typed(command),
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def _typed(self, command: str) -> list[str]:
        file = self.folder / command.rpartition(" ")[2]
        overrides = self._overrides(file) if _is_a_server(command) else []
        command = command.replace("localhost:8080", f"localhost:{self.web}")
        return ["bash", "-c", " ".join([command, *(f"-O {each}" for each in overrides)])]

    @property
    def _redirect(self) -> str:
        return f"http://localhost:{self.web}/login/back"

    @property
    def _overrides_by_name(self) -> dict[str, list[str]]:
        here = f"tcp:{self.web}:interface=127.0.0.1"
        broker = "amqp.connections.main.servers:tcp:{}:{}".format(*address("rabbitmq"))
        return {
            "front.yaml": [f"web.front.listen:{here}", broker],
            "worker.yaml": [broker],
            "tracing.yaml": [f"web.tracing.listen:{here}"],
            "feed-server.yaml": [f"web.feed.listen:tcp:{self.feed}:interface=127.0.0.1"],
            "feed.yaml": [
                f"web.tutorial.listen:{here}",
                f"feeds.news.url:http://localhost:{self.feed}",
                f"feeds.news.redirect:{self._redirect}",
            ],
        }

    def _overrides(self, file: Path) -> list[str]:
        """Other ports for what listens and connects by this file."""
        if file.name in (known := self._overrides_by_name):
            return known[file.name]
        here = file.read_text()
        text = here + "".join(each.read_text() for each in _included(file))
        found = []
        if "web:\n" in text:
            found.append(f"web.tutorial.port:{self.web}")
        if "servers:\n" in text:
            found.append(f"pb.servers.tutorial.listen:tcp:{self._pb}")
        if "clients:\n" in text:
            found.append(f"pb.clients.tutorial.endpoint:tcp:host=localhost:port={self._pb}")
        return found


def _included(file: Path) -> list[Path]:
    names = re.findall(r"^ +- (\S+\.yaml)$", file.read_text(), re.MULTILINE)
    return [file.parent / name for name in names]


def _is_a_server(command: str) -> bool:
    return re.search(r"piped (-p \S+ )?-nc ", command) is not None


def _is_a_program(command: str) -> bool:
    return _is_a_server(command) or command.startswith("dot ") or "curl " in command


def _message(line: str) -> str:
    if not line.startswith("{"):
        return line
    entry = json.loads(line)
    if "message" not in entry:
        return line
    failure = entry.get("exception", {}).get("traceback", "")
    return f"{entry['message']}\n{failure}".rstrip()


def _path(folder: Path, *, has_graphviz: bool) -> str:
    """A PATH with our `piped`, and with `dot` or without it."""
    folder.mkdir()
    script = folder / "piped"
    script.write_text(_SCRIPT)
    script.chmod(0o755)
    if has_graphviz:
        return f"{folder}:{os.environ['PATH']}"
    for name in ("bash", "sh", "mkdir", "touch"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return str(folder)


def _free_port() -> int:
    with socket.create_server(("", 0)) as free:
        port: int = free.getsockname()[1]
        return port
