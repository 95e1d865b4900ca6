"""The benchmark of Ersid: what it asks, and what it says of the answers."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import statistics
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.examples.ersid_running import part
from tests.processors.web_servers import answering

benchmark: Any = part("benchmark")
latencies: Any = part("latencies")
connection: Any = part("connection")

SECONDS = st.lists(st.floats(min_value=1e-6, max_value=100), min_size=1, max_size=200)


@given(SECONDS)
def test_percentiles_grow_and_are_among_the_times(seconds: list[float]) -> None:
    told = latencies.Latencies.of(seconds)
    found = [told.percentile(percent) for percent in (0, 50, 75, 90, 99, 99.9, 100)]
    assert found == sorted(found)
    assert set(found) <= set(seconds)
    assert (found[0], found[-1]) == (min(seconds), max(seconds))
    assert found[1] == statistics.median_low(seconds)


@given(SECONDS)
def test_each_time_is_in_one_bar(seconds: list[float]) -> None:
    bars = latencies.buckets(seconds)
    assert sum(count for _, count in bars) == len(seconds)
    begins = [begin for begin, _ in bars]
    assert begins == sorted(begins)
    assert begins[0] <= min(seconds) * 1.000001
    assert bars[0][1] > 0 < bars[-1][1]


def test_a_histogram_is_drawn_with_the_longest_bar_where_most_are() -> None:
    seconds = [0.0012] * 4 + [0.002] * 8 + [0.012]
    assert list(latencies.histogram(seconds, width=8)) == [
        "    1 ms ████     4",
        " 1.58 ms ████████ 8",
        " 2.51 ms          0",
        " 3.98 ms          0",
        " 6.31 ms          0",
        "   10 ms █        1",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(2, "2 s"), (0.0123, "12.3 ms"), (0.00045, "450 µs")]
)
def test_times_are_told_in_fitting_units(seconds: float, text: str) -> None:
    assert latencies.told(seconds) == text


@given(st.floats(min_value=0, max_value=100), st.integers())
def test_the_same_seed_asks_the_same(reads: float, seed: int) -> None:
    load = benchmark.Load(count=200, reads=reads, keys=10, seed=seed)
    questions = list(load.questions())
    assert questions == list(load.questions())
    kinds = [kind for kind, _ in questions]
    if reads in {0, 100}:
        assert set(kinds) == {"read" if reads else "write"}
    assert {path for _, path in questions} <= {f"/benchmark-{n}" for n in range(10)}


class Site:
    """Keeps what it is sent, and answers how it is told."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.status = 200
        self.most = self._now = 0

    async def __call__(self, request: Any) -> Any:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        if request.method == "POST":
            self.kept[request.path] = await request.read()
            return 200, {}, b""
        return self.status, {}, self.kept.get(request.path, b"")


@pytest.fixture
async def site() -> AsyncIterator[tuple[Site, str]]:
    made = Site()
    async with answering(made) as url:
        yield made, url


async def test_it_asks_as_often_and_as_many_at_once_as_it_is_told(site: tuple[Site, str]) -> None:
    made, url = site
    load = benchmark.Load(url=url, concurrency=5, count=200, reads=50, keys=7, size=33)
    report = await benchmark.measure(load)
    assert len(report.answers) == 200
    assert report.errors == {}
    assert made.most <= 5
    assert {key: len(data) for key, data in made.kept.items()} == {
        f"/benchmark-{n}": 33 for n in range(7)
    }
    told = report.summary()
    assert told["requests"] == 200
    assert set(told["latencies"]) == {"read", "write"}
    lines = "\n".join(report.lines())
    assert "reads: " in lines
    assert "writes: " in lines
    assert "█" in lines


async def test_what_goes_wrong_is_counted_and_not_measured(site: tuple[Site, str]) -> None:
    made, url = site
    made.status = 503
    load = benchmark.Load(url=url, concurrency=2, count=50, reads=100, keys=1)
    report = await benchmark.measure(load)
    assert report.errors == {503: 50}
    assert list(report.lines())[1:] == ["50 went wrong: 503"]


async def test_no_answer_is_counted_too(site: tuple[Site, str]) -> None:
    _, url = site
    load = benchmark.Load(url=url, concurrency=1, count=5, reads=100, keys=1)
    connections = connection.Connections

    class Cut(connections):  # type: ignore[misc, valid-type]
        async def ask(self, method: str, path: str, body: bytes = b"") -> Any:
            if method == "GET":
                raise ConnectionResetError
            return await super().ask(method, path, body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "Connections", Cut)
        report = await benchmark.measure(load)
    assert list(report.lines())[1] == "5 went wrong: no answer"


async def test_progress_is_told_while_it_goes_on(site: tuple[Site, str]) -> None:
    _, url = site
    stream = io.StringIO()
    load = benchmark.Load(url=url, concurrency=1, count=200, keys=1)
    await benchmark.measure(load, benchmark.Progress(stream, every=0.001))
    assert "\r\x1b[K0.001 s: " in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


async def test_a_connection_that_is_closed_is_not_used_again() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        writer.write(b"2\r\nhi\r\n0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        connections = connection.Connections(f"http://127.0.0.1:{port}")
        for _ in range(3):
            status, seconds = await connections.ask("GET", "/")
            assert status == 200
            assert seconds > 0
        connections.close()


def test_what_is_no_url_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    for url in ("localhost:8080", "ftp://localhost"):
        with pytest.raises(SystemExit, match="is no URL like http://localhost:8080"):
            benchmark.main([url])
    with pytest.raises(SystemExit, match=r"benchmark: .*Connect call failed"):
        benchmark.main(["http://127.0.0.1:1", "--count", "1"])
    assert capsys.readouterr().out == ""


async def test_all_answers_are_written(site: tuple[Site, str], tmp_path: Path) -> None:
    _, url = site
    files = ["--csv", str(tmp_path / "all.csv"), "--json", str(tmp_path / "all.json")]
    asked = [url, "--count", "30", "--keys", "2", "--concurrency", "2", *files]
    assert await asyncio.to_thread(benchmark.main, asked) == 0
    with (tmp_path / "all.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert {row["status"] for row in rows} == {"200"}
    assert json.loads((tmp_path / "all.json").read_text())["requests"] == 30
