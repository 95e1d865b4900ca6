"""Call what is at the other end of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import UnfitBaton
from piped.interop import settled
from piped.options import KeyPath
from piped.paths import get_path
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import PbClientName, fixed
from piped.processors.named_arguments import arguments_at

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["PBCallRemote"]


class PBCallRemote(DependencyProcessor):
    """Call a method of a Perspective Broker server, and wait for the answer.

    While the client is not connected, the baton waits for it; `timeout` sets a limit to that and to
    the call. What fails at the other end fails here, with the name of the exception there.

    Example::

        pipeline: [pb-call-remote: {client: sums, name: add, args_path: numbers, output_path: sum}]
        resources: {pb.client.sums.root_object: a server that adds}
        given: {numbers: [2, 3]}
        gives: {numbers: [2, 3], sum: 5}
    """

    name = "pb-call-remote"

    def __init__(
        self,
        *,
        client: PbClientName,
        name: str,
        args_path: KeyPath | None = None,
        kwargs_path: KeyPath | None = None,
        output_path: KeyPath | None = "result",
        **node: Any,
    ) -> None:
        """
        client: the name of the client, as in pb.clients
        name: the method
        args_path: where its arguments are, in order; there are none if nothing is there
        kwargs_path: where its arguments by name are
        output_path: where the answer goes; '' replaces the baton, null discards it
        """
        super().__init__(**node)
        self.client = fixed("client", client)
        self.method = name
        self.args_path = args_path
        self.kwargs_path = kwargs_path
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"pb.client.{self.client}.root_object"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        args, kwargs = self._args(baton), arguments_at(baton, self.kwargs_path)
        answer = await self._answer(resource, args, kwargs)
        return self.get_resulting_baton(baton, self.output_path, answer)

    async def _answer(self, root: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        # Whoever has a client has imported this.
        from twisted.spread.pb import RemoteError

        try:
            return await settled(root.callRemote(self.method, *args, **kwargs))
        except RemoteError as error:
            error.args = (f"{_text(error.remoteType)}: {error.args[0]}",)
            error.add_note(f"raised by the method {self.method!r} of pb.client.{self.client}")
            raise

    def _args(self, baton: Any) -> list[Any]:
        args = None if self.args_path is None else get_path(baton, self.args_path, None)
        if args is None:
            return []
        if not isinstance(args, list | tuple):
            raise UnfitBaton(f"there is {args!r} at {self.args_path!r}, and no list of arguments")
        return list(args)


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
