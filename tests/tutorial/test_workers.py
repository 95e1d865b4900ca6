"""What the tutorial's eighth page tells: workers come and go, and no request is lost."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator

import aiormq
import pytest

from tests.services import address
from tests.tutorial.reader import FRONT, WORKERS, Reader

pytestmark = [pytest.mark.timeout(180), pytest.mark.service("rabbitmq")]

ASKED = "curl -s 'localhost:8080/?n=3&n=4'"
MANY = (
    "(sleep 1; kill -9 $(cat one.pid)) & seq 400 | xargs -P 20 -I{} curl -s -o /dev/null "
    "-w '%{http_code}\\n' 'localhost:8080/?n={}' | sort | uniq -c"
)


@pytest.fixture(autouse=True)
async def _no_queue() -> AsyncIterator[None]:
    await delete_queue()
    yield
    await delete_queue()


async def delete_queue() -> None:
    broker = await aiormq.connect("amqp://guest:guest@{}:{}/".format(*address("rabbitmq")))
    await (await broker.channel()).queue_delete("piped-tutorial")
    await broker.close()


def test_8_workers_come_and_go(reader: Reader) -> None:
    reader.turn_to("8_distributed")
    reader.save("worker.yaml")
    reader.save("front.yaml")
    front = reader.serves(FRONT)
    asking = reader.start(ASKED)
    worker = reader.serves(WORKERS[0])
    assert asking.ends() == 0
    reader.sees(asking.said)

    other = reader.serves(WORKERS[1])
    asked = reader.run(MANY)
    reader.sees(asked.stdout)
    assert worker.ends() == -signal.SIGKILL
    reader.ends_the_page()
    assert other.interrupt() == 0
    assert front.interrupt() == 0
