"""ZeroMQ: queues between processes, without a broker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Problem
from piped.provider import Provider
from piped.providers.zmq_settings import QueueSettings, ZMQSettings

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check

__all__ = ["ZMQProvider"]


class ZMQProvider(Provider):
    """Send messages to other processes, and hand a baton to a processor for each that comes in.

    The baton is the message, bytes; with `multipart` the list of its parts. There is no broker: one
    side binds, the other connects, and ZeroMQ connects again by itself. What was received is not
    kept anywhere: it is lost if its pipeline fails, or the process ends::

        zmq:
            queues:
                jobs:                       # send-zmq-message: {queue_name: jobs}
                    type: PUSH
                    binds: tcp://127.0.0.1:5555
                done:
                    type: PULL
                    binds: tcp://127.0.0.1:5556
                    processor: pipeline.done
                    concurrency: 10
                    curve:
                        secret_key: !secret {file: server.key}
                        allowed: ["rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"]
    """

    section: ClassVar[str] = "zmq"
    settings: ClassVar[Any] = ZMQSettings
    requires: ClassVar[tuple[str, ...]] = ("zmq",)
    extra: ClassVar[str] = "zmq"

    def offers(self, settings: ZMQSettings) -> Iterable[str]:
        paths = [path for name, each in settings.queues.items() for path in _paths(name, each)]
        return ["zmq.context", "zmq.poller", *paths]

    def withheld(self, settings: ZMQSettings) -> Mapping[str, Problem]:
        hint = "Send to the queue at its other end."
        return {
            f"zmq.sender.{name}": Problem(
                Kind.CONFLICTING_OPTIONS,
                None,
                f"nothing can be sent to the queue {name!r}, for a {each.type} only receives",
                hint,
            )
            for name, each in settings.queues.items()
            if not each.can_send
        }

    def check(self, settings: ZMQSettings, catalogue: Catalogue, check: Check) -> None:
        del catalogue
        for name, queue in settings.queues.items():
            if queue.sockopts and (fault := _fault_of_options(name, queue)):
                check.problem(Kind.WRONG_VALUE, None, f"zmq.queues.{name}: {fault}")

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from twisted.application.service import MultiService

        from piped.providers.zmq_feeder import Feeder
        from piped.providers.zmq_queue import ContextService, QueueService

        settings = runtime_environment.settings(self.section, ZMQSettings())
        clock, application = runtime_environment.clock, runtime_environment.application
        offer = runtime_environment.offer("zmq.context")
        context = ContextService(offer, _allowed(settings), clock)
        context.setServiceParent(application)
        poller = MultiService()
        poller.setName("zmq.poller")
        for name, each in settings.queues.items():
            queue = QueueService(name, each, context, clock)
            queue.offer(runtime_environment.resource_manager, _paths(name, each))
            queue.setServiceParent(application)
            if each.processor is not None and runtime_environment.feeding:
                feeder = Feeder(name, each, settings.maximum_batch_size)
                feeder.configure(runtime_environment)
                feeder.setServiceParent(poller)
        poller.setServiceParent(application)
        runtime_environment.offer("zmq.poller", resource=poller)
        runtime_environment.on_stopping.handle(poller.stopService)


def _paths(name: str, queue: QueueSettings) -> list[str]:
    """The resources of a queue. That to send through is another one, so that a check can tell."""
    return [f"zmq.socket.{name}", *([f"zmq.sender.{name}"] if queue.can_send else [])]


def _allowed(settings: ZMQSettings) -> dict[str, Any]:
    curves = {name: each.curve for name, each in settings.queues.items()}
    return {
        name: curve.allowed if curve.allowed == "any" else frozenset(curve.allowed)
        for name, curve in curves.items()
        if curve is not None and curve.allowed is not None
    }


def _fault_of_options(name: str, queue: QueueSettings) -> str:
    """What ZeroMQ says of them."""
    import zmq

    from piped.providers.zmq_queue import set_options

    with zmq.Context() as context, context.socket(getattr(zmq, queue.type)) as socket:
        try:
            set_options(socket, queue, name)
        except ConfigurationError as error:
            return error.msg
        finally:
            socket.linger = 0
    return ""
