"""The README of Ersid: each of its blocks is typed into a shell, and says what stands there."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from pathlib import Path

import pytest

from tests.examples.ersid_running import EXAMPLE, copied, environment
from tests.sites import free_port, opened
from tests.test_documents import BLOCK

README = (EXAMPLE / "README.md").read_text(encoding="utf-8")
TALKS = [body for kind, body in BLOCK.findall(README) if kind == "console"]
# A command, what is typed at the prompt that it opens, and all that comes of both.
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x1bE|\r")
DONE = "that is all"
LIMIT = 55  # seconds; never reached when all is well
# On a terminal, curl shows no progress for answers that it prints.
PROFILE = 'curl() { command curl -sS "$@"; }\n'


class Shell:
    """A shell in a folder with the example, with ports and a dump of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = copied(folder)
        ports = {free_port() for _ in range(10)}
        self._ports = {"8080": str(ports.pop()), "8022": str(ports.pop())}
        self._own = {**self._ports, "/tmp/dump": str(folder / "dump")}
        for path in self._folder.rglob("*"):
            if path.suffix in {".py", ".yaml", ".tac"}:
                path.write_text(self.own(path.read_text()))

    def own(self, text: str) -> str:
        """A text, with what is the shell's own."""
        for shared, own in self._own.items():
            text = text.replace(shared, own)
        return text

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *("bash", "--norc"),
            cwd=self._folder,
            env=self._environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._write(PROFILE)

    def _environment(self) -> dict[str, str]:
        # The names of folders are long here, and are not to be broken.
        given = environment(COLUMNS="1000")
        # What the text exports is there already, with the sources behind it.
        return {**given, "SOURCES": given["PYTHONPATH"]}

    async def type(self, command: str) -> str:
        """What comes of a command."""
        if command.startswith("export PYTHONPATH="):
            command = "export PYTHONPATH=$SOURCES"
        self._write(f"{command}\necho {DONE}\n")
        said = await self._said()
        if command.endswith("&"):
            await opened(int(self._ports["8080"]))
            await self._ready()
        return said

    async def _ready(self) -> None:
        """A storage is there a moment after the site is."""
        ask = f"curl -s -o /dev/null -w '%{{http_code}}\\n' http://localhost:{self._ports['8080']}/"
        while await self.type(ask) == "503\n":  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.02)

    async def prompt(self, command: str, lines: list[str]) -> str:
        """What comes of a command that opens a prompt, and of what is typed there."""
        askpass = self._folder / "askpass"
        askpass.write_text("#!/bin/sh\necho password\n")
        askpass.chmod(stat.S_IRWXU)
        options = "-q -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        ssh = command.replace("ssh ", f"ssh {options} ", 1)
        typed = "".join(f"{line}\n" for line in lines)
        variables = {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        process = await asyncio.create_subprocess_exec(
            *ssh.split(), env={**os.environ, **variables}, stdin=-1, stdout=-1
        )
        out, _ = await process.communicate(typed.encode())
        assert process.returncode == 0
        return CONTROL.sub("", out.decode())

    async def stop(self) -> None:
        """End what runs behind, and wait for it."""
        self._write("kill $(jobs -p); wait; exit\n")
        await self._process.communicate()

    def _write(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())

    async def _said(self) -> str:
        assert self._process.stdout is not None
        end = f"{DONE}\n".encode()
        return (await self._process.stdout.readuntil(end)).removesuffix(end).decode()


@pytest.mark.service("ssh")
@pytest.mark.parametrize("talk", TALKS, ids=[talk.splitlines()[0][2:] for talk in TALKS])
async def test_it_says_what_the_readme_says(talk: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    await shell.start()
    try:
        async with asyncio.timeout(LIMIT):
            if "ERSID_RESTORE" in talk:
                (tmp_path / "dump").write_text('{"mykey": "myvalue"}')
            await shell.type("export PYTHONPATH=.")
            for command, expected in COMMAND.findall(shell.own(talk)):
                await comes_to(shell, command, expected)
    finally:
        await shell.stop()


async def comes_to(shell: Shell, command: str, expected: str) -> None:
    if not expected.startswith(">>> "):
        said = await shell.type(command)
        assert said.split() == expected.split(), command
        return
    typed = re.findall(r"^>>> (.*)\n((?:(?!>>> ).*\n)*)", expected, re.MULTILINE)
    seen = await shell.prompt(command, [line for line, _ in typed])
    for line, answer in typed:
        assert f"{line}\n{answer}".rstrip("\n") in seen


def test_all_of_it_is_typed() -> None:
    assert len(TALKS) >= 13
    assert sum(len(COMMAND.findall(talk)) for talk in TALKS) >= 50
