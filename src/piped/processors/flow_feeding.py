"""Put things into flows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, Literal

from piped.exceptions import UnfitBaton
from piped.flows.receipt import Answer, Receipt, refused
from piped.options import KeyPath
from piped.paths import MISSING, get_path
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import FlowName, fixed

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["FeedFlow"]


class FeedFlow(DependencyProcessor):
    """Put what is at a path into a flow that comes `from: batons`, and wait until it is stored.

    With `each`, these are the items of an iterable, or of an asynchronous one, or of what a method
    gives, such as `request.pieces`: the next is asked for when there is room. If one of them is not
    stored, the step fails when all have been answered.

    Example::

        pipeline: [feed-flow: {flow: orders, input_path: order}]
        resources: {flow.orders: a flow}
        given: {order: {n: 1}}
        gives: {order: {n: 1}}
    """

    name = "feed-flow"

    def __init__(
        self,
        *,
        flow: FlowName,
        input_path: KeyPath = "",
        each: bool = False,
        confirm: Literal["stored", "taken"] = "stored",
        output_path: KeyPath | None = None,
        **node: Any,
    ) -> None:
        """
        flow: the name of the flow
        input_path: where it is what to put in
        each: whether it is something whose items are put in
        confirm: whether to wait until all is `stored`, or only `taken` in
        output_path: where the number of items goes
        """
        super().__init__(**node)
        self.flow = fixed("flow", flow)
        self.input_path = input_path
        self.each = each
        self.confirm = confirm
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"flow.{self.flow}"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        found = get_path(baton, self.input_path, MISSING)
        if found is MISSING:
            raise UnfitBaton(f"there is nothing at {self.input_path!r}")
        feed, answers = resource.feed, _Answers()
        count = 0
        try:
            async for item in _items(found, each=self.each):
                receipt = answers.one() if self.confirm == "stored" else None
                try:
                    await feed.put(item, receipt)
                except BaseException as failure:
                    answers.left(receipt, failure)
                    raise
                count += 1
        finally:
            answers.no_more()
        await answers.wait()
        return self.get_resulting_baton(baton, self.output_path, count)


class _Answers:
    """One answer to many items, in the room of one receipt."""

    def __init__(self) -> None:
        self._answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._receipt = Receipt(self._told)  # it holds one for us until there are no more

    def one(self) -> Receipt:
        self._receipt.hold()
        return self._receipt

    def left(self, receipt: Receipt | None, failure: BaseException) -> None:
        if receipt is not None:
            receipt.settle(refused(failure))

    def no_more(self) -> None:
        self._receipt.settle()

    async def wait(self) -> None:
        """Until all are stored. Raises what kept the first from being."""
        (await self._answered).check()

    def _told(self, answer: Answer) -> None:
        if not self._answered.done():
            self._answered.set_result(answer)


async def _items(found: Any, *, each: bool) -> AsyncIterator[Any]:
    if not each:
        yield found
        return
    if callable(found) and not isinstance(found, Iterable | AsyncIterable):
        found = found()
    if isinstance(found, AsyncIterable):
        async for item in found:
            yield item
    elif isinstance(found, Iterable) and not isinstance(found, str | bytes):
        for item in found:
            yield item
    else:
        raise UnfitBaton(f"{found!r:.60} has no items to put in one by one")
