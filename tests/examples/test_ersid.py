"""Ersid over HTTP: the same on all storages."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.examples.ersid_running import EXAMPLE, Ersid, running
from tests.providers.database.databases import database
from tests.services import address

DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
]
# As they stand in a URL, and what they mean.
KEYS = {
    "mykey": "mykey",
    "MYKEY": "MYKEY",
    "mykey%20": "mykey ",
    "a%2Fb": "a/b",
    "%00": "\0",
    "%C3%A9%F0%9F%90%8D": "é🐍",
    "%25%3F%23%26": "%?#&",
    "%2E%2E": "..",
    "'%22;--": "'\";--",
    "x" * 255: "x" * 255,
}
ALL_BYTES = bytes(range(256))


@asynccontextmanager
async def storage(kind: str, folder: Path) -> AsyncIterator[str]:
    if kind == "dictionary":
        yield kind
        return
    async with database(kind, folder) as made:
        yield made.url


@pytest.mark.parametrize("kind", ["dictionary", *DATABASES])
async def test_what_is_stored_is_found_under_its_key_and_no_other(
    kind: str, tmp_path: Path
) -> None:
    async with storage(kind, tmp_path) as url, running(tmp_path, url) as ersid:
        await ersid.until(200)
        assert await ersid.ask("GET", "mykey") == (404, b"Not found")
        for written, key in KEYS.items():
            assert await ersid.ask("POST", written, f"of {key}".encode()) == (200, b"")
        for written, key in KEYS.items():
            assert await ersid.ask("GET", written) == (200, f"of {key}".encode())
        assert await ersid.ask("GET", "") == (200, json.dumps(sorted(KEYS.values())).encode())
        await any_bytes_can_be_a_value(ersid)
        await what_is_deleted_is_gone(ersid)
        await who_has_a_value_already_is_told_so(ersid)
        await what_is_too_large_is_refused_in_words(ersid)


async def any_bytes_can_be_a_value(ersid: Ersid) -> None:
    for data in (ALL_BYTES, b"", b"\0", b"{", b"\xff" * 300_000):
        assert await ersid.ask("PUT", "bytes", data) == (200, b"")
        assert await ersid.ask("GET", "bytes") == (200, data)


async def what_is_deleted_is_gone(ersid: Ersid) -> None:
    assert await ersid.ask("DELETE", "mykey") == (200, b"")
    assert await ersid.ask("GET", "mykey") == (404, b"Not found")
    assert await ersid.ask("DELETE", "mykey") == (404, b"Not found")
    assert await ersid.ask("GET", "MYKEY") == (200, b"of MYKEY")


async def who_has_a_value_already_is_told_so(ersid: Ersid) -> None:
    async with ersid.client.head(ersid.at("MYKEY")) as answer:
        assert (answer.status, answer.content_length) == (200, len("of MYKEY"))
        tag = answer.headers["ETag"]
    assert await ersid.ask("GET", "MYKEY", If_None_Match=tag) == (304, b"")
    await ersid.ask("POST", "MYKEY", b"another value")
    assert await ersid.ask("GET", "MYKEY", If_None_Match=tag) == (200, b"another value")


async def what_is_too_large_is_refused_in_words(ersid: Ersid) -> None:
    most = 2**20
    assert await ersid.ask("POST", "large", b"x" * most) == (200, b"")
    told = b"A value has at most 1048576 bytes"
    assert await ersid.ask("POST", "large", b"x" * (most + 1)) == (413, told)
    status, data = await ersid.ask("GET", "large")
    assert (status, len(data)) == (200, most)
    told = b"A key has at most 255 bytes"
    assert await ersid.ask("POST", "x" * 256, b"value") == (414, told)
    assert await ersid.ask("POST", "%C3%A9" * 128, b"value") == (414, told)


@pytest.mark.parametrize("kind", DATABASES)
async def test_many_write_at_once_and_all_of_it_lasts(kind: str, tmp_path: Path) -> None:
    async with storage(kind, tmp_path) as url:
        async with running(tmp_path, url) as ersid:
            await ersid.until(200)

            async def write(number: int) -> bool:
                key, data = f"key-{number % 50}", b"%d" % number
                return await ersid.ask("POST", key, data) == (200, b"")

            assert all(await asyncio.gather(*map(write, range(500))))
        async with running(tmp_path, url) as ersid:
            await ersid.until(200)
            for number in range(50):
                status, data = await ersid.ask("GET", f"key-{number}")
                assert (status, int(data) % 50) == (200, number)


@pytest.mark.service("mariadb")
@pytest.mark.skipif(shutil.which("mysql") is None, reason="there is no mysql")
async def test_the_schema_makes_the_database(tmp_path: Path) -> None:
    async with database("mariadb", tmp_path) as made:
        name = f"{made.url.rpartition('/')[2]}_2"
        schema = (EXAMPLE / "mysql_schema.sql").read_text().replace(" ersid;", f" {name};")
        host, port = address("mariadb")
        client = await asyncio.create_subprocess_exec(
            *("mysql", "-h", host, "-P", str(port), "-u", "root"), stdin=asyncio.subprocess.PIPE
        )
        await client.communicate(schema.encode())
        assert client.returncode == 0
        try:
            async with running(tmp_path, f"{made.url}_2") as ersid:
                await ersid.until(200)
                assert await ersid.ask("POST", "mykey", ALL_BYTES) == (200, b"")
                assert await ersid.ask("GET", "mykey") == (200, ALL_BYTES)
        finally:
            await made.ask(f"DROP DATABASE {name}")


@pytest.mark.service("mariadb")
async def test_the_schema_in_its_file_is_what_is_used(tmp_path: Path) -> None:
    """Its last statement; and the table of 2013, which has texts, does for texts."""
    schema = (EXAMPLE / "mysql_schema.sql").read_text()
    assert schema.startswith("CREATE DATABASE ersid;\n\nUSE ersid;\n\nCREATE TABLE ersid_data (")
    of_2013 = schema.split(";")[2].replace(" CHARACTER SET binary", "")
    async with database("mariadb", tmp_path) as made:
        await made.ask(of_2013)
        async with running(tmp_path, made.url) as ersid:
            await ersid.until(200)
            assert await ersid.ask("POST", "key", "a tëxt".encode()) == (200, b"")
            assert await ersid.ask("GET", "key") == (200, "a tëxt".encode())
            assert await ersid.ask("GET", "") == (200, b'["key"]')
            others = [ersid.ask("POST", f"other-{n}", b"text") for n in range(20)]
            wrong, *right = await asyncio.gather(ersid.ask("POST", "key", b"\xff"), *others)
            assert wrong[0] == 500
            assert right == [(200, b"")] * 20
            assert await ersid.ask("GET", "key") == (200, "a tëxt".encode())
        assert await made.ask("SELECT ersid_value FROM ersid_data WHERE ersid_key = 'key'") == [
            ("a tëxt",)
        ]
