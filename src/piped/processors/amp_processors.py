"""Send commands over a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.interop import settled
from piped.options import KeyPath
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import AmpClientName, fixed
from piped.processors.named_arguments import arguments_at

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["AMPCallRemote"]


class AMPCallRemote(DependencyProcessor):
    """Send a command to an AMP server, and wait for the answer, a mapping.

    While the client is not connected, the baton waits for it; `timeout` sets a limit to that and to
    the call.

    Example::

        pipeline: [amp-call-remote: {client: sums, name: Sum, kwargs_path: "", output_path: sum}]
        resources: {amp.client.sums: a server that sums}
        given: {a: 2, b: 3}
        gives: {a: 2, b: 3, sum: {total: 5}}
    """

    name = "amp-call-remote"

    def __init__(
        self,
        *,
        client: AmpClientName,
        name: str,
        kwargs_path: KeyPath | None = None,
        output_path: KeyPath | None = "result",
        **node: Any,
    ) -> None:
        """
        client: the name of the client, as in amp.clients
        name: the command
        kwargs_path: where its arguments are; there are none if nothing is there
        output_path: where the answer goes; '' replaces the baton, null discards it
        """
        super().__init__(**node)
        self.client = fixed("client", client)
        self.command = name
        self.kwargs_path = kwargs_path
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"amp.client.{self.client}"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        arguments = arguments_at(baton, self.kwargs_path)
        try:
            answer = await settled(resource.call(self.command, **arguments))
        except Exception as error:
            error.add_note(f"for the command {self.command!r} of amp.client.{self.client}")
            raise
        return self.get_resulting_baton(baton, self.output_path, answer)
