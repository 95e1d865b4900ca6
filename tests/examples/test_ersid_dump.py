"""The dump of Ersid: written again and again, and read back."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.examples.ersid_running import Ersid, part, running

dump: Any = part("dump")
storage: Any = part("storage")

KEYS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(KEYS, st.binary() | KEYS.map(str.encode)))
def test_what_is_dumped_is_what_is_read_back(values: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dump"
        size = dump._write(file, values)
        assert file.stat().st_size == size
        assert dump._read(file) == values


def test_texts_are_texts_in_a_dump(tmp_path: Path) -> None:
    dump._write(tmp_path / "dump", {"mykey": b"myvalue", "bytes": b"\xff"})
    assert json.loads((tmp_path / "dump").read_text()) == {
        "mykey": "myvalue",
        "bytes": {"base64": "/w=="},
    }


async def test_a_dump_is_read_into_what_is_empty_only(tmp_path: Path) -> None:
    file = tmp_path / "dump"
    for given_, expected in (({}, {"a": b"dumped"}), ({"b": b"newer"}, {"b": b"newer"})):
        file.write_text('{"a": "dumped"}')
        there = storage.DictStorage(given_)
        await dump.restore(there, file)
        assert await there.getAll() == expected
    await dump.restore(storage.DictStorage(), tmp_path / "none")  # the first start


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"a": 1}', '{"a": {"base64": "*"}}'])
async def test_what_is_no_dump_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "dump").write_text(text)
    with pytest.raises(dump.UnfitDump, match="cannot be read back"):
        await dump.restore(storage.DictStorage(), tmp_path / "dump")


async def said(ersid: Ersid, text: str) -> None:
    """Wait for a line in the log."""
    while text not in (ersid.folder / "log").read_text():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)


async def test_a_service_dumps_all_the_time_and_reads_it_back_if_asked(tmp_path: Path) -> None:
    often = "ticks.interval.dump.interval:20ms"
    file = tmp_path / "dump"
    async with running(tmp_path, "dictionary", often) as ersid:
        await said(ersid, f"Dumping 0 keys in 2 bytes to {file}")
        await ersid.ask("POST", "mykey", b"myvalue")
        await said(ersid, f"Dumping 1 keys in 20 bytes to {file}")
        assert json.loads(file.read_text()) == {"mykey": "myvalue"}
    async with running(tmp_path, "dictionary", often, ERSID_RESTORE="true") as ersid:
        await ersid.until(200)
        assert await ersid.ask("GET", "mykey") == (200, b"myvalue")
        await ersid.ask("POST", "another", b"\xff")
    # The last dump is made before it stops.
    assert json.loads(file.read_text())["another"] == {"base64": "/w=="}
    async with running(tmp_path, "dictionary", often) as ersid:
        await ersid.until(200)
        assert await ersid.ask("GET", "mykey") == (404, b"Not found")


async def test_a_dump_leads_from_one_storage_to_another(tmp_path: Path) -> None:
    values = {f"key-{number}": "x" * number for number in range(250)}
    (tmp_path / "dump").write_text(json.dumps(values))
    url = f"sqlite:///{tmp_path / 'it.sqlite'}"
    async with running(tmp_path, url, ERSID_RESTORE="true") as ersid:
        await ersid.until(200)
        assert await ersid.ask("GET", "") == (200, json.dumps(sorted(values)).encode())
        assert await ersid.ask("GET", "key-249") == (200, b"x" * 249)
        assert await ersid.ask("DELETE", "key-249") == (200, b"")
    assert len(json.loads((tmp_path / "dump").read_text())) == 249


async def test_what_cannot_be_written_is_one_line_and_the_service_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "none" / "dump"
    often = ("ticks.interval.dump.interval:20ms", f"ersid.dump_file:{file}")
    async with running(tmp_path, "dictionary", *often) as ersid:
        await said(ersid, f"Error opening {file} for write: [Errno 2] No such file or directory")
        assert await ersid.ask("POST", "mykey", b"myvalue") == (200, b"")
        file.parent.mkdir()
        await said(ersid, f"Dumping 1 keys in 20 bytes to {file}")
    assert "Traceback" not in (tmp_path / "log").read_text()


async def test_a_dump_that_cannot_be_read_back_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "dump"
    file.write_text('{"mykey": "myva')
    async with running(tmp_path, ERSID_RESTORE="true", exit_code=1) as ersid:
        await ersid.process.wait()
    assert f"{file} cannot be read back: " in (tmp_path / "log").read_text()
    assert file.read_text() == '{"mykey": "myva'
