"""A worker is killed and its connection cut, in turn, under load: no message is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.amqp_kills import Worker, counted
from tests.proxy import Proxy

from .brokers import PORT, Broker

pytestmark = pytest.mark.service("rabbitmq")

MESSAGES = 2_000


async def test_no_message_is_lost(rabbit: Broker, way: Proxy, tmp_path: Path) -> None:
    source, target = await rabbit.queue("source"), await rabbit.queue("target")
    worker = Worker(tmp_path, way.port, source, target)

    async def cut() -> None:
        way.cut()

    try:
        await worker.start()
        disturbances = [cut, worker.again, cut, worker.again]
        arrived = await counted(PORT, (source, target), MESSAGES, disturbances)
    finally:
        await worker.kill()
    assert sorted(arrived) == list(range(MESSAGES))
    assert way.connections >= 5
    assert "Traceback" not in (tmp_path / "worker.log").read_text()
