"""Send messages by ZeroMQ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import UnfitBaton
from piped.options import KeyPath
from piped.paths import MISSING, get_path
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import ZmqQueueName, fixed

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from piped.environment import RuntimeEnvironment

__all__ = ["SendZMQMessage"]


class SendZMQMessage(DependencyProcessor):
    """Send a message by a queue of ZeroMQ.

    Bytes are sent as they are, a text in UTF-8, anything else in JSON; by a queue with `multipart`
    a list, of which each is a part. It is sent when ZeroMQ has it, which then does what it can:
    that it has come to anybody is nowhere said. While nobody is connected who has room for it, the
    baton waits, up to the `timeout` of the queue, and then fails with a TimeoutError.

    Example::

        pipeline: [send-zmq-message: {queue_name: jobs, message_path: job}]
        resources: {zmq.sender.jobs: a queue}
        given: {job: {id: 7}}
        gives: {job: {id: 7}}
    """

    name = "send-zmq-message"

    def __init__(
        self,
        *,
        queue_name: ZmqQueueName,
        message_path: KeyPath = "",
        **node: Any,
    ) -> None:
        """
        queue_name: the name of the queue, as in zmq.queues
        message_path: where the message is; '' is the whole baton
        """
        super().__init__(**node)
        self.queue_name = fixed("queue_name", queue_name)
        self.message_path = message_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"zmq.sender.{self.queue_name}"})

    def process_resource(self, resource: Any, baton: Any) -> Any:
        message = get_path(baton, self.message_path, MISSING)
        if message is MISSING:
            raise UnfitBaton(f"there is nothing at {self.message_path!r} to send")
        later = resource.send_soon(message)
        return baton if later is None else _after(later, baton)


async def _after(sent: Awaitable[None], baton: Any) -> Any:
    await sent
    return baton
