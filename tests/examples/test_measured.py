"""The example of metrics, as a process that is asked over HTTP, and that sends packets."""

from __future__ import annotations

import asyncio
import socket

from prometheus_client.parser import text_string_to_metric_families

from tests.test_web_examples import running


async def test_what_was_thrown_is_counted_shown_and_sent() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        port = str(server.getsockname()[1])
        async with running("measured", MEASURED_STATSD=port, MEASURED_INTERVAL="200ms") as it:
            site, client = it
            eyes = int(await (await client.get(f"{site}/dice")).text())
            page = await (await client.get(f"{site}/metrics")).text()
            found = {each.name: each.samples for each in text_string_to_metric_families(page)}
            assert [one.value for one in found["last"]] == [eyes]
            assert [one.labels for one in found["thrown"]] == [{"eyes": str(eyes)}]
            lines: set[str] = set()
            while not {f"dice.thrown.{eyes}:1|c", "dice.pipelines.runs.throw:1|c"} <= lines:
                lines |= set((await loop.sock_recv(server, 70_000)).decode().split("\n"))
