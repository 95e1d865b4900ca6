"""Send messages to a broker, and call what takes its requests from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import MISSING, BatonPath, get_path
from piped.problems import did_you_mean
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import AmqpClientName, AmqpConnectionName, fixed
from piped.processors.named_arguments import arguments_at

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["AMQPCall", "AMQPPublish"]

# What a message may have, as AMQP calls it.
_PROPERTIES = (
    *("content_type", "content_encoding", "headers", "delivery_mode", "priority"),
    *("correlation_id", "reply_to", "expiration", "message_id", "timestamp"),
    *("message_type", "user_id", "app_id"),
)


class AMQPPublish(DependencyProcessor):
    """Publish a message, and wait until the broker has it.

    Bytes are sent as they are, a text in UTF-8, anything else in JSON; the `content_type` says so,
    if `properties` do not. The message is kept on disk, in a queue that is. While there is no
    connection the baton waits for it; `timeout` sets a limit to that and to the broker's answer.

    Example::

        pipeline: [amqp-publish: {connection: main, routing_key: orders, body_path: order}]
        resources: {amqp.connection.main: a broker}
        given: {order: {id: 7}}
        gives: {order: {id: 7}}
    """

    name = "amqp-publish"

    def __init__(
        self,
        *,
        connection: AmqpConnectionName,
        exchange: str = "",
        routing_key: str = "",
        body_path: KeyPath = "body",
        properties: dict[str, Any] | None = None,
        mandatory: bool = True,
        **node: Any,
    ) -> None:
        """
        connection: the name of the connection, as in amqp.connections
        exchange: the exchange; '' takes a message to the queue that the routing key names
        routing_key: what the exchange looks at
        body_path: where the content is; '' is the whole baton
        properties: content_type, headers, priority, expiration, correlation_id and the like
        mandatory: fail if the message comes to no queue
        """
        super().__init__(**node)
        self.connection = fixed("connection", connection)
        self.exchange = exchange
        self.routing_key = routing_key
        self.body_path = body_path
        given: Any = properties or {}
        self.properties = given
        self.mandatory = mandatory
        for name in [] if isinstance(given, BatonPath) else given:
            if name not in _PROPERTIES:
                near = did_you_mean(name, _PROPERTIES)
                raise ConfigurationError(f"a message has no property {name!r}{near}")
        if exchange == "" and routing_key == "":
            raise ConfigurationError("it needs an exchange, or the name of a queue as routing_key")

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"amqp.connection.{self.connection}"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        body = get_path(baton, self.body_path, MISSING)
        if body is MISSING:
            raise UnfitBaton(f"there is nothing at {self.body_path!r} to publish")
        await resource.publish(
            body,
            exchange=self.exchange,
            routing_key=self.routing_key,
            mandatory=self.mandatory,
            **self.properties,
        )
        return baton


class AMQPCall(DependencyProcessor):
    """Call whoever takes requests from a queue, and wait for the answer.

    What fails at the other end fails here, with the name of the exception there. A request that
    nobody takes waits in its queue, as long as the `timeout` of the client says.

    Example::

        pipeline: [amqp-call: {client: workers, queue: sums, name: add, args_path: numbers}]
        resources: {amqp.rpc_client.workers: a worker that adds}
        given: {numbers: [2, 3]}
        gives: {numbers: [2, 3], result: 5}
    """

    name = "amqp-call"

    def __init__(
        self,
        *,
        client: AmqpClientName,
        queue: str,
        name: str = "",
        exchange: str = "",
        args_path: KeyPath | None = None,
        kwargs_path: KeyPath | None = None,
        output_path: KeyPath | None = "result",
        **node: Any,
    ) -> None:
        """
        client: the name of the client, as in amqp.rpc_clients
        queue: the queue from which requests are taken; with an exchange, the routing key
        name: what is called there; the queue says enough, if it is not given
        exchange: the exchange that takes the request to a queue
        args_path: where the arguments are, in order; there are none if nothing is there
        kwargs_path: where the arguments by name are, instead
        output_path: where the answer goes; '' replaces the baton, null discards it
        """
        super().__init__(**node)
        self.client = fixed("client", client)
        self.queue = queue
        self.called = name
        self.exchange = exchange
        self.args_path = args_path
        self.kwargs_path = kwargs_path
        self.output_path = output_path
        if args_path is not None and kwargs_path is not None:
            raise ConfigurationError("it takes args_path or kwargs_path, not both")

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"amqp.rpc_client.{self.client}"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        args = None if self.args_path is None else get_path(baton, self.args_path, None)
        if not isinstance(args, list | tuple | None):
            raise UnfitBaton(f"there is {args!r} at {self.args_path!r}, and no list of arguments")
        kwargs = arguments_at(baton, self.kwargs_path)
        answer = await resource.call(
            self.queue, self.called, list(args or []), kwargs, exchange=self.exchange
        )
        return self.get_resulting_baton(baton, self.output_path, answer)
