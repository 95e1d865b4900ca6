"""The folder of the example `poetry`, copied for a test, in which commands are typed."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.commands import LIMIT, SOURCE, environment, wait_for_end_of

__all__ = [
    "EXAMPLE",
    "Shell",
    "Typed",
    "free_ports",
    "shell",
    "skip_unless_root",
    "typed",
    "wait_for",
    "wait_until",
]

EXAMPLE = Path(__file__).parents[2] / "examples" / "poetry"
PORTS = range(10000, 10004)  # those of the README
FIXED = ("twisted-server-3/*.py", "poetry.yaml")  # where ports stand in files
PORT = re.compile(r"\b1000\d\b")
PID = re.compile(r"\$\(cat (\S+\.pid)\)")


class Typed:
    """A command, and what is shown below it."""

    def __init__(self, command: str, shown: str) -> None:
        self.command = command
        self.shown = shown

    def __repr__(self) -> str:
        return self.command


def typed(talk: str) -> list[Typed]:
    """All that is typed in a block of a document."""
    return [
        Typed(command, shown.rstrip("\n"))
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", talk, re.MULTILINE)
    ]


class Shell:
    """A shell in a copy of the folder, with ports of its own in place of those that are written."""

    def __init__(self, folder: Path, cleanup: ExitStack) -> None:
        self.folder = folder
        self.ports = dict(zip(map(str, PORTS), map(str, free_ports(len(PORTS))), strict=True))
        self.jobs: list[Job] = []
        self._cleanup = cleanup
        scripts = sysconfig.get_path("scripts")
        self._environ = environment(
            PYTHONPATH=f"{folder}{os.pathsep}{SOURCE}",
            PATH=f"{scripts}{os.pathsep}{os.environ['PATH']}",
            LC_ALL="C.UTF-8",
        )
        for path in (path for pattern in FIXED for path in folder.glob(pattern)):
            path.write_text(self.with_ports(path.read_text()))

    def with_ports(self, text: str) -> str:
        """`text` as it is to be with our ports."""
        return PORT.sub(lambda found: self.ports[found[0]], text)

    def pattern_of(self, shown: str) -> str:
        """What is shown, as a regular expression: with our ports, or with those in a default."""
        return PORT.sub(lambda found: f"(?:{found[0]}|{self.ports[found[0]]})", pattern_of(shown))

    def says(self, command: str) -> str:
        """What a command says, to its end."""
        ended = subprocess.run(
            ["bash", "-c", self.with_ports(command)],
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )
        return ended.stdout.decode().rstrip("\n")

    def start(self, command: str) -> Job:
        """Run a command beside the test."""
        said = self.folder.parent / f"job-{len(self.jobs) + 1}"
        with said.open("wb") as stdout:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {self.with_ports(command)}"],
                cwd=self.folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.STDOUT,
            )
        job = Job(process, said)
        self._cleanup.callback(job.kill)
        self.jobs.append(job)
        return job

    def type(self, typed: Typed) -> None:
        """Type a command, and see what is shown."""
        shown = self.pattern_of(typed.shown)
        command, pid_file = typed.command, PID.search(typed.command)
        if command.endswith(" &"):
            self.start(command.removesuffix(" &")).sees(shown)
        elif command.startswith("kill ") and pid_file is not None:
            self.end(pid_file[1])
            if typed.shown:
                self.jobs[-1].sees(shown)
        else:
            said = self.says(command)
            assert re.fullmatch(shown, said), f"{command}\n{said}"

    def end(self, pid_file: str) -> None:
        """End the process of which that is the file, and wait until it has."""
        process = int((self.folder / pid_file).read_text())
        os.kill(process, signal.SIGTERM)
        wait_for_end_of(process)

    def kill_daemons(self) -> None:
        for path in self.folder.rglob("*.pid"):
            try:
                os.kill(int(path.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                continue


class Job:
    """What runs in the background."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self._process = process
        self._said = said

    @property
    def said(self) -> str:
        return self._said.read_text()

    def sees(self, shown: str) -> None:
        """Wait until it has said that, among other things."""
        wait_for(self._said, shown)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(LIMIT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(LIMIT)


def wait_for(file: Path, shown: str) -> None:
    """Wait until a file has what that matches."""
    wait_until(lambda: re.search(shown, file.read_text()) is not None, file.read_text)


def wait_until(holds: Callable[[], bool], or_else: Callable[[], object]) -> None:
    """Wait until that holds; with a limit, after which `or_else` says how it is."""
    until = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < until, or_else()
        time.sleep(0.02)


def pattern_of(shown: str) -> str:
    """What is shown, as a regular expression: … is anything; alone in a line, any lines."""
    lines = "".join(
        r"(?:.*\n)*?" if line == "…" else f"{re.escape(line).replace('…', '.*')}\n"
        for line in shown.split("\n")
    )
    return lines.removesuffix("\n") if not shown.endswith("…") else f"{lines}.*"


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """A shell in a copy of the example in `folder`. All that it has started ends with it."""
    copy = folder / "poetry"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", "twistd.*"))
    with ExitStack() as cleanup:
        shell = Shell(copy, cleanup)
        cleanup.callback(shell.kill_daemons)
        yield shell


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at, each another one."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def skip_unless_root() -> None:
    """Only root can become somebody else: Debian's `nobody`."""
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    try:
        pwd.getpwnam("nobody"), grp.getgrnam("nogroup")
    except KeyError as missing:
        pytest.skip(str(missing))
