"""The example of workers behind queues of ZeroMQ: they come and go, and all is answered."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.sites import free_port

from .workers import ended, service

LIMIT = 100  # seconds; never reached when all is well

pytestmark = pytest.mark.timeout(120)


async def test_workers_take_their_share_and_come_and_go(tmp_path: Path) -> None:
    queues = {name: f"tcp://127.0.0.1:{free_port()}" for name in ("JOBS", "RESULTS")}
    async with (
        service("queues", tmp_path, LIMIT, **queues) as it,
        it.load(lambda *numbers: sum(numbers)) as some_more,
    ):
        # There is none: requests wait.
        one = await it.start()
        await some_more()
        two = await it.start()
        await some_more()
        await ended(one, signal.SIGTERM)
        assert one.returncode == 0
        await some_more()
        await ended(two, signal.SIGKILL)
        await it.start()
        await some_more()
