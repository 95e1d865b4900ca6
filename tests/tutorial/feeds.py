"""The processes of the tutorial's last step: the feed, the application, and the line between."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.commands import SOURCE, environment

__all__ = ["EXAMPLE", "SECRET", "Feeds", "Line", "feeds", "until"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "tutorial" / "9_integration"
LIMIT = 80  # seconds; never reached when all is well
SECRET = "nobody-knows"
_PROOF = "a-proof-that-is-long-enough-to-be-one-in-this-place"
_DELAYS = {"initial_delay": "50ms", "max_delay": "5s"}


async def until(holds: Callable[[], Any]) -> None:
    """Ask until it holds; the time that all has is the limit."""
    while not holds():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)


class Line:
    """The way to the feed, which breaks when we say so."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def break_off(self) -> int:
        """Break all connections; gives how many there were."""
        ends = list(self._ends)
        for each in ends:
            each.transport.abort()
        return len(ends) // 2

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.break_off()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            feed_reader, feed_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except ConnectionError:
            writer.transport.abort()
            return
        ends = {writer, feed_writer}
        self._ends |= ends
        try:
            await asyncio.gather(_carry(reader, feed_writer), _carry(feed_reader, writer))
        finally:
            self._ends -= ends
            for each in ends:
                each.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


class Feeds:
    """The feed, the application, and one who publishes at the feed."""

    def __init__(self, folder: Path, client: aiohttp.ClientSession) -> None:
        self.folder = folder
        self.client = client
        self.feed_port, self._page_port = _free_port(), _free_port()
        self.line = Line(self.feed_port)
        self.page = f"http://localhost:{self._page_port}"
        self._back = f"{self.page}/login/back"
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._token = ""

    async def start_feed(self, *overrides: str, lifetime: str = "1m") -> None:
        limit = "web.feed.routing.api.statuses.__config__.rate_limit"
        await self._start(
            "feed-server",
            self.feed_port,
            f"web.feed.listen:tcp:{self.feed_port}:interface=127.0.0.1",
            *(overrides or [f"{limit}:false"]),
            FEED_REDIRECT=self._back,
            FEED_LIFETIME=lifetime,
        )

    async def start_application(self, *, url: str | None = None) -> None:
        await self._start(
            "feed",
            self._page_port,
            f"web.tutorial.listen:tcp:{self._page_port}:interface=127.0.0.1",
            f"feeds.news.url:{url or f'http://127.0.0.1:{self.line.port}'}",
            f"feeds.news.redirect:{self._back}",
            *(f"feeds.news.{name}:{value}" for name, value in _DELAYS.items()),
        )

    def log(self, name: str = "feed") -> str:
        return (self.folder / f"{name}.log").read_text()

    async def says(self, text: str, *, times: int = 1) -> None:
        """Wait until the application's log has it."""
        await until(lambda: self.log().count(text) >= times)

    async def end(self, name: str, *, kill: bool = False) -> None:
        process = self._running.pop(name)
        process.kill() if kill else process.terminate()
        await process.wait()

    async def log_in(self) -> None:
        """Do what a user does in a browser."""
        connected = self.log().count("is connected")
        async with self.client.get(f"{self.page}/login", allow_redirects=False) as answer:
            where = urlsplit(answer.headers["Location"])
        back = await self.allowed({name: each[0] for name, each in parse_qs(where.query).items()})
        async with self.client.get(back, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
        await self.says("is connected", times=connected + 1)

    async def get_token(self) -> None:
        """Log in beside the application."""
        back = await self.allowed(self.asked_by_us())
        code = parse_qs(urlsplit(back).query)["code"][0]
        status, given = await self.tokens("authorization_code", code=code)
        assert status == 200, given
        self._token = given["access_token"]

    def asked_by_us(self) -> dict[str, str]:
        """What an application sends a user with."""
        digest = hashlib.sha256(_PROOF.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        asked = {"client_id": "reader", "redirect_uri": self._back, "state": "s"}
        return {**asked, "code_challenge": challenge}

    async def tokens(self, kind: str, **asked: str) -> tuple[int, Any]:
        data = {"grant_type": kind, "redirect_uri": self._back, "code_verifier": _PROOF, **asked}
        us = base64.b64encode(f"reader:{SECRET}".encode()).decode()
        headers = {"Authorization": f"Basic {us}"}
        async with self.client.post(f"{self.feed}/token", data=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def publish(self, number: int) -> None:
        """Publish a status at the feed; the number is a hashtag of its own."""
        headers = {"Authorization": f"Bearer {self._token}"}
        body = {"text": f"#all #n{number}"}
        url = f"{self.feed}/api/statuses"
        async with self.client.post(url, json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()

    async def publish_here(self, text: str) -> int:
        async with self.client.post(f"{self.page}/publish", json={"text": text}) as answer:
            return answer.status

    async def state(self) -> str:
        """How things are with the feed, as a page hears of it."""
        async with self.client.get(f"{self.page}/events") as answer:
            is_next = False
            async for line in answer.content:
                if is_next:
                    return line.decode().removeprefix("data: ").strip()
                is_next = line == b"event: state\n"
        raise AssertionError("the events ended")

    def kept(self) -> Any:
        """What the application has on the disk."""
        file = self.folder / "news.json"
        return json.loads(file.read_text()) if file.exists() else {}

    async def has(self, count: int) -> None:
        """Wait until it has that many, and see that each has come once."""
        await until(lambda: self.kept().get("hashtags", {}).get("all", 0) >= count)
        hashtags = self.kept()["hashtags"]
        assert hashtags == {"all": count, **{f"n{number}": 1 for number in range(count)}}

    async def close(self) -> None:
        for name in list(self._running):
            await self.end(name, kill=True)
        await self.line.close()
        assert not list(self._told())

    def _told(self) -> Iterator[str]:
        """What stands in a log that should not."""
        secrets = [SECRET, "signs-all-tokens", "Bearer ey", self.kept().get("refresh_token")]
        for name in ("feed", "feed-server"):
            if (self.folder / f"{name}.log").exists():
                yield from (each for each in secrets if each and each in self.log(name))

    @property
    def feed(self) -> str:
        return f"http://127.0.0.1:{self.feed_port}"

    async def allowed(self, asked: dict[str, str]) -> str:
        """Where the feed sends a user who has allowed it."""
        url = f"{self.feed}/login"
        async with self.client.get(url, params=asked) as answer:
            form = await answer.text()
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        fields["user"] = "bob" if asked["state"] == "s" else "ada"
        async with self.client.post(url, data=fields, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]

    async def _start(self, name: str, port: int, *overrides: str, **variables: str) -> None:
        with (self.folder / f"{name}.log").open("a") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "piped", "-nc", f"{name}.yaml", "-p", ""),
                *(word for each in overrides for word in ("-O", each)),
                cwd=self.folder,
                env=environment(PYTHONPATH=f"{SOURCE}{os.pathsep}.", **variables),
                stdout=log,
                stderr=log,
            )
        process = self._running[name]
        await until(lambda: _is_open(port) or process.returncode is not None)
        assert process.returncode is None, self.log(name)


@asynccontextmanager
async def feeds(folder: Path) -> AsyncIterator[Feeds]:
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    async with asyncio.timeout(LIMIT), aiohttp.ClientSession() as client:
        it = Feeds(folder, client)
        await it.line.open()
        try:
            yield it
        finally:
            await it.close()


def _is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
