"""Manholes, entered with the client of OpenSSH."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import pty
import re
import stat
import subprocess
import termios
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from piped.checkers import Checker
from piped.environment import RuntimeEnvironment
from piped.exceptions import ConfigurationError
from piped.interop.reactor import prepare, shut_down
from piped.options import DottedName, ResourceName
from piped.providers.manhole_provider import ManholeProvider
from piped.providers.manhole_settings import ManholeSettings
from piped.secret import Secret
from tests.services import program

from .conftest import Start

pytestmark = pytest.mark.service("ssh")

LIMIT = 30  # seconds; never reached when all is well
IN_MEMORY = DottedName("twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse")
PASSWORD = "difference engine no 2"
PASSWORDS = Checker(name=IN_MEMORY, arguments={"grace": Secret(PASSWORD)})
OTHERS = Checker(name=IN_MEMORY, arguments={"ada": "notes"})
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x1bE")

Enter = Callable[..., Awaitable["Person"]]


class Person:
    """Somebody with a terminal, and `ssh` in it."""

    def __init__(self, terminal: int, client: asyncio.subprocess.Process) -> None:
        self.client = client
        self.raw = ""
        self._seen = ""
        self._terminal = terminal
        self._more = asyncio.Event()
        asyncio.get_running_loop().add_reader(terminal, self._read)

    def _read(self) -> None:
        try:
            text = os.read(self._terminal, 65536).decode(errors="replace")
        except OSError:  # the other side is closed
            asyncio.get_running_loop().remove_reader(self._terminal)
            text = "\n(closed)\n"
        self.raw += text
        # Each key draws the line anew.
        self._seen += CONTROL.sub("", text).replace("\r", "")
        self._more.set()

    async def sees(self, text: str) -> None:
        """Wait until `text` is there, and forget all up to it."""
        try:
            async with asyncio.timeout(LIMIT):
                while text not in self._seen:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"never saw {text!r}, but {self._seen!r}") from None
        self._seen = self._seen.partition(text)[2]

    def types(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    async def says(self, line: str) -> None:
        self.types(f"{line}\r")
        await self.sees(line)

    async def gone(self) -> int:
        async with asyncio.timeout(LIMIT):
            return await self.client.wait()

    async def leave(self) -> None:
        if self.client.returncode is None:
            self.client.kill()
            await self.client.wait()
        asyncio.get_running_loop().remove_reader(self._terminal)
        os.close(self._terminal)


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The private key of ada, beside the public one."""
    path = tmp_path / "id_ed25519"
    make_key(path, "ed25519")
    return path


def make_key(path: Path, kind: str) -> None:
    subprocess.run(["ssh-keygen", "-qt", kind, "-N", "", "-f", str(path)], check=True)


@pytest.fixture
async def enter(tmp_path: Path) -> AsyncIterator[Enter]:
    """Run `ssh` in a terminal."""
    people: list[Person] = []

    async def enter(environment: RuntimeEnvironment, *arguments: str) -> Person:
        ours, theirs = pty.openpty()
        client = await asyncio.create_subprocess_exec(
            *command(environment, tmp_path),
            *arguments,
            *(() if "localhost" in arguments else ("localhost",)),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # `ssh` asks the terminal
        )
        os.close(theirs)
        people.append(Person(ours, client))
        return people[-1]

    yield enter
    for person in people:
        await person.leave()


def command(environment: RuntimeEnvironment, folder: Path) -> list[str]:
    [service] = environment.application
    options = {
        "UserKnownHostsFile": str(folder / "known_hosts"),
        "StrictHostKeyChecking": "accept-new",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "NumberOfPasswordPrompts": "1",
    }
    port = service.ports[0].getHost().port
    given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    return [program("ssh"), "-F", "none", "-p", str(port), *given]


def manhole(folder: Path, **settings: Any) -> dict[Any, Any]:
    given = {"port": 0, "host_key": folder / "keys" / "host", **settings}
    return {ManholeProvider: {"it": ManholeSettings(**given)}}


def with_key(key: Path, **settings: Any) -> dict[Any, Any]:
    return manhole(key.parent, authorized_keys={"ada": key.with_suffix(".pub")}, **settings)


def as_ada(key: Path) -> tuple[str, ...]:
    return ("-l", "ada", "-i", str(key))


async def test_who_has_a_key_has_a_prompt(start: Start, enter: Enter, key: Path) -> None:
    known = {"words": DottedName("textwrap")}
    shared = {"shared": ResourceName("shared")}
    settings = with_key(key, namespace=known, dependencies=shared)
    environment = await start(settings, shared={"number": 41})
    ada = await enter(environment, *as_ada(key))
    await ada.sees("Ctrl-D leaves")
    await ada.sees(">>> ")
    await ada.says("d.shared['number'] + 1")
    await ada.sees("\n42")
    await ada.says("dependencies is d, avatar_id, words.dedent(' a b')")
    await ada.sees("\n(True, 'ada', 'a b')")
    await ada.says("runtime_environment.offer('found', resource=_) is None")
    await ada.sees("\nFalse")
    assert environment.resource_manager.get_registered_resources()["found"].resource[1] == "ada"
    ada.types("\x04")
    assert await ada.gone() == 0
    assert "\x1b[36m42" not in ada.raw  # what is typed has colours, not what comes of it
    assert "\x1b[36m1\x1b[0m" in ada.raw
    assert ada.raw.rindex("\x1b[4l") > ada.raw.rindex("\x1b[4h")  # the terminal is as it was


async def test_a_resource_is_known_by_its_name_while_it_is_there(
    start: Start, enter: Enter, key: Path
) -> None:
    names = ("shared", "exit", "avatar_id")
    settings = {"dependencies": {name: ResourceName("shared") for name in names}}
    environment = await start(with_key(key, **settings), shared={"number": 41})
    offer = environment.resource_manager.get_registered_resources()["shared"]
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    ada.types("shar\t['number'] + 1, avatar_id, callable(exit)\r")
    await ada.sees("\n(42, 'ada', True)")
    offer.lost("it is night")
    await ada.says("shared")
    await ada.sees("NameError: name 'shared' is not defined")
    offer.ready({"number": 1})
    await ada.says("shared['number']")
    await ada.sees("\n1")
    await ada.says("shared = 'mine'")
    offer.lost("it is night")
    await ada.says("shared.upper()")
    await ada.sees("\n'MINE'")
    await ada.says("exit()")
    assert await ada.gone() == 0


class Engine:
    """Something that one looks at."""

    year_of_design = 1822
    year_of_death = 1871

    @property
    def weight(self) -> int:
        raise AssertionError("nobody asked for it")


async def test_tab_completes_what_is_typed(start: Start, enter: Enter, key: Path) -> None:
    environment = await start(
        with_key(key, dependencies={"engine": ResourceName("engine")}), engine=Engine()
    )
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    ada.types("runti\t")
    await ada.sees("runtime_environment")
    ada.types("\x15d.engine.ye\t")
    await ada.sees("d.engine.year_of_de")
    ada.types("\t")
    await ada.sees("year_of_death  year_of_design")
    await ada.sees("d.engine.year_of_de")
    ada.types("s\t + 1\r")
    await ada.sees("\n1823")
    ada.types("known = {'två': 7}\r")
    await ada.sees(">>> ")
    ada.types("known['t\t\r")
    await ada.sees("\n7")
    ada.types("d.engine.wei\t\x15nothing_like_it\t\r")
    await ada.sees("NameError")
    # At the start of a line it indents, as ever.
    ada.types("if True:\r\td.engine.year_of_death\r\r")
    await ada.sees("\n1871")


async def test_who_knows_the_password_has_a_prompt_whichever_checker_knows_it(
    start: Start, enter: Enter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    environment = await start(manhole(tmp_path, checkers={"a": OTHERS, "b": PASSWORDS}))
    grace = await enter(environment, "-l", "grace")
    await grace.sees("password:")
    grace.types(f"{PASSWORD}\r")
    await grace.sees(">>> ")
    await grace.says("exit()")
    assert await grace.gone() == 0
    told = [each.getMessage() for each in caplog.records]
    assert "manholes.it: 'grace' has come in from 127.0.0.1" in told
    assert PASSWORD not in caplog.text


async def test_who_is_not_known_is_not_let_in(
    start: Start, enter: Enter, key: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = await start(with_key(key, checkers={"a": PASSWORDS}))
    for user, password in (("grace", "wrong password"), ("mallory", PASSWORD)):
        other = await enter(environment, "-l", user, "-i", str(key))
        await other.sees("password:")
        other.types(f"{password}\r")
        await other.sees("Permission denied")
        assert await other.gone() == 255
        expected = f"manholes.it: {user!r} was not let in from 127.0.0.1 by password"
        assert expected in caplog.messages
    assert "wrong password" not in caplog.text


async def test_who_is_taken_out_of_the_file_is_out(start: Start, enter: Enter, key: Path) -> None:
    environment = await start(with_key(key))
    key.with_suffix(".pub").write_text("# nobody any more\n")
    other = await enter(environment, *as_ada(key))
    await other.sees("Permission denied")


async def test_a_host_key_is_made_once_and_kept(start: Start, enter: Enter, key: Path) -> None:
    for _ in range(2):  # the second time, the client knows the key
        environment = await start(with_key(key))
        path = key.parent / "keys" / "host"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        ada = await enter(environment, *as_ada(key), "-o", "StrictHostKeyChecking=accept-new")
        await ada.sees(">>> ")
        [service] = environment.application
        await service.stopService()
        assert await ada.gone() == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" not in ada.raw


async def test_a_key_of_ones_own_is_used(start: Start, enter: Enter, key: Path) -> None:
    path = key.parent / "host"
    await asyncio.to_thread(make_key, path, "rsa")
    environment = await start(with_key(key, host_key=path))
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    kind, public, *_ = path.with_suffix(".pub").read_text().split()
    known = (key.parent / "known_hosts").read_text()
    assert f"{kind} {public}" in known


class Later:
    """What comes when a test says so."""

    def __init__(self) -> None:
        self.deferred: Deferred[Any] = Deferred()
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def wait(self) -> Any:
        return await asyncio.shield(self.future)


async def test_what_comes_later_can_be_awaited_or_is_shown(
    start: Start, enter: Enter, key: Path
) -> None:
    later = Later()
    settings = {"dependencies": {"later": ResourceName("later")}}
    environment = await start(with_key(key, **settings), later=later)
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    await ada.says("d.later.deferred")
    await ada.sees("<Deferred at")
    await ada.says("d.later.wait()")
    await ada.sees("<coroutine object")
    await ada.sees(">>> ")
    later.deferred.callback("of Twisted")
    await ada.sees(": 'of Twisted'")
    # What is half typed stays.
    ada.types("'två' + ")
    await ada.sees("'två' + ")
    later.future.set_result("of asyncio")
    await ada.sees(": 'of asyncio'")
    await ada.sees("'två' +")
    ada.types("'tre'\r")
    await ada.sees("\n'tvåtre'")
    await ada.says("print(await d.later.wait(), 'again')")
    await ada.sees("\nof asyncio again")
    await ada.sees(">>> ")


async def test_ctrl_c_ends_what_is_waited_for(start: Start, enter: Enter, key: Path) -> None:
    environment = await start(with_key(key))
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    await ada.says("import asyncio")
    await ada.sees(">>> ")
    await ada.says("await asyncio.Event().wait()")
    ada.types("\x03")
    await ada.sees("KeyboardInterrupt")
    await ada.sees(">>> ")
    await ada.says("'still here'")
    await ada.sees("\n'still here'")


async def test_whatever_fails_is_shown_and_the_process_goes_on(
    start: Start, enter: Enter, key: Path
) -> None:
    environment = await start(with_key(key))
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    for line, told in (
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("return 1", "SyntaxError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import asyncio; raise asyncio.CancelledError", "CancelledError"),
        ("print('printed'); 1 +", "SyntaxError"),
        ("'é' 'ß' + '漢'", "\n'éß漢'"),
    ):
        await ada.says(line)
        await ada.sees(told)
        await ada.sees(">>> ")


async def test_what_others_print_meanwhile_is_not_shown(
    start: Start, enter: Enter, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = Later()
    settings = {"dependencies": {"later": ResourceName("later")}}
    environment = await start(with_key(key, **settings), later=later)
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    await ada.says("print('of ada'); await d.later.wait()")
    await ada.sees("\nof ada")
    print("of others")  # noqa: T201 - that is what is tried
    later.future.set_result("done")
    await ada.sees("'done'")
    assert "of others" not in ada.raw
    assert capsys.readouterr().out == "of others\n"


async def test_lines_are_edited_and_come_back(start: Start, enter: Enter, key: Path) -> None:
    environment = await start(with_key(key))
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    ada.types("nonsense\x15")  # Ctrl-U
    ada.types("6 * nine\x177\r")  # Ctrl-W
    await ada.sees("\n42")
    ada.types("\x1b[A + 1\r")  # the line before it
    await ada.sees("\n43")
    ada.types("2\x01" + "1\x05" + "0x\x08\r")  # Ctrl-A, Ctrl-E, Ctrl-H
    await ada.sees("\n120")
    ada.types("def f():\r    return 'f'\r\rf()\r")
    await ada.sees("\n'f'")


async def test_there_are_terminals_only(start: Start, enter: Enter, key: Path) -> None:
    environment = await start(with_key(key))
    ada = await enter(environment, *as_ada(key), "localhost", "ls")
    await ada.sees("there is a terminal here, and no commands")
    assert await ada.gone() == 1


async def test_without_a_terminal_it_reads_to_the_end(
    start: Start, key: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = await start(with_key(key))
    client = await asyncio.create_subprocess_exec(
        *command(environment, tmp_path), *as_ada(key), "-T", "localhost", stdin=-1, stdout=-1
    )
    async with asyncio.timeout(LIMIT):
        out, _ = await client.communicate(b"6 * 7\n")
    assert b"\n42" in out.replace(b"\r", b"")
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


async def test_there_is_room_for_some(start: Start, enter: Enter, key: Path) -> None:
    environment = await start(with_key(key, max_connections=1))
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    other = await enter(environment, *as_ada(key))
    assert await other.gone() == 255
    await ada.says("exit()")
    await ada.gone()
    again = await enter(environment, *as_ada(key))
    await again.sees(">>> ")


async def test_who_says_nothing_has_to_go(
    start: Start, enter: Enter, key: Path, clock: Any
) -> None:
    environment = await start(with_key(key))
    [service] = environment.application
    port = service.ports[0].getHost().port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    ada = await enter(environment, *as_ada(key))
    await ada.sees(">>> ")
    await clock.advance(61)
    async with asyncio.timeout(LIMIT):
        with suppress(ConnectionError):
            while await reader.read(4096):
                pass
    writer.close()
    await ada.says("'here'")
    await ada.sees("\n'here'")


async def test_a_key_that_cannot_be_kept_fails_the_start(start: Start, key: Path) -> None:
    folder = key.parent / "nothing"
    folder.write_text("this is no folder")
    settings = with_key(key)
    given = settings[ManholeProvider]["it"]
    object.__setattr__(given, "host_key", folder / "host")
    with pytest.raises(ConfigurationError, match=r"manholes\.it: the host key cannot be"):
        await start(settings)
