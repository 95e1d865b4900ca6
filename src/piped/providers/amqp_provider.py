"""AMQP: connections to brokers such as RabbitMQ, and what is consumed over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.problems import Kind, Severity
from piped.provider import Provider
from piped.providers.amqp_rpc_settings import RPCClientSettings, RPCServerSettings
from piped.providers.amqp_settings import ConnectionSettings

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check

__all__ = ["AMQPConnectionProvider", "RPCClientProvider", "RPCServerProvider"]


class AMQPConnectionProvider(Provider):
    """Stay connected to a broker, and hand a baton to a processor for each message.

    The baton has `body` (bytes), `properties` (`headers`, `content_type`, `correlation_id` …),
    `method` (`routing_key`, `exchange`, `redelivered`, `delivery_tag`) and `channel`. A message is
    acknowledged when its pipeline has succeeded, and comes again if it failed::

        amqp:
            connections:
                main:                       # the resource amqp.connection.main
                    servers: [tcp:rabbit1:5672, tcp:rabbit2:5672]
                    queues:
                        orders:
                            type: quorum
                            dead_letter_exchange: ""
                            dead_letter_routing_key: lost-orders
                        lost-orders: {type: quorum}
                    basic_consumers:
                        orders:
                            queue: orders
                            processor: pipeline.order
                            max_deliveries: 5
    """

    section: ClassVar[str] = "amqp.connections"
    settings: ClassVar[Any] = dict[str, ConnectionSettings]
    requires: ClassVar[tuple[str, ...]] = ("aio_pika",)
    extra: ClassVar[str] = "amqp"

    def offers(self, settings: dict[str, ConnectionSettings]) -> Iterable[str]:
        return [f"amqp.connection.{name}" for name in settings]

    def check(
        self, settings: dict[str, ConnectionSettings], catalogue: Catalogue, check: Check
    ) -> None:
        del catalogue
        from piped.providers.amqp_checks import faults_of

        for name, connection in settings.items():
            for consumer, fault, hint in faults_of(connection):
                message = f"amqp.connections.{name}.basic_consumers.{consumer}: {fault}"
                check.problem(
                    Kind.CONFLICTING_OPTIONS, None, message, hint, severity=Severity.WARNING
                )

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.amqp_client import AMQPClient
        from piped.providers.amqp_consumer import AMQPConsumer

        connections: dict[str, ConnectionSettings] = runtime_environment.settings(self.section, {})
        for name, settings in connections.items():
            offer = runtime_environment.offer(f"amqp.connection.{name}")
            client = AMQPClient(name, settings, runtime_environment.clock, offer)
            client.setServiceParent(runtime_environment.application)
            consumers = settings.basic_consumers if runtime_environment.feeding else {}
            for consumer, each in consumers.items():
                service = AMQPConsumer(f"amqp.consumer.{name}.{consumer}", name, each)
                service.configure(runtime_environment)
                service.setServiceParent(runtime_environment.application)


class RPCServerProvider(Provider):
    """Hand a baton to a processor for each call that comes by a queue, and send the answer.

    The baton has `message` (the name of what is called), `args`, `kwargs`, and `deferred`, by which
    the pipeline answers; so the same pipeline may serve Perspective Broker. A request is
    acknowledged when its answer is on the way: if the server dies before, another one gets it::

        amqp:
            rpc_servers:
                sums:
                    connection: main
                    queue: {queue: sums}
                    processor: pipeline.sum
    """

    section: ClassVar[str] = "amqp.rpc_servers"
    settings: ClassVar[Any] = dict[str, RPCServerSettings]
    requires: ClassVar[tuple[str, ...]] = ("aio_pika",)
    extra: ClassVar[str] = "amqp"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.amqp_rpc_server import AMQPServer

        servers: dict[str, RPCServerSettings] = runtime_environment.settings(self.section, {})
        for name, settings in servers.items():
            server = AMQPServer(f"amqp.rpc_server.{name}", settings)
            server.configure(runtime_environment)
            server.setServiceParent(runtime_environment.application)


class RPCClientProvider(Provider):
    """Call servers that take their requests from queues.

    `amqp-call` calls them::

        amqp:
            rpc_clients:
                workers:                # the resource amqp.rpc_client.workers
                    connection: main
                    timeout: 10s
    """

    section: ClassVar[str] = "amqp.rpc_clients"
    settings: ClassVar[Any] = dict[str, RPCClientSettings]
    requires: ClassVar[tuple[str, ...]] = ("aio_pika",)
    extra: ClassVar[str] = "amqp"

    def offers(self, settings: dict[str, RPCClientSettings]) -> Iterable[str]:
        return [f"amqp.rpc_client.{name}" for name in settings]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.amqp_rpc_client import AMQPCaller

        clients: dict[str, RPCClientSettings] = runtime_environment.settings(self.section, {})
        for name, settings in clients.items():
            offer = runtime_environment.offer(f"amqp.rpc_client.{name}")
            client = AMQPCaller(f"amqp.rpc_client.{name}", settings, offer)
            client.configure(runtime_environment)
            client.setServiceParent(runtime_environment.application)
