"""Something that goes on happening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from piped.processors.base import Processor


class CountSeconds(Processor):
    """Put events into the baton, one a second, which begin when somebody asks for them."""

    name = "count-seconds"

    def __init__(self, *, output_path: str = "events", times: int = 10, **node: Any) -> None:
        """
        output_path: where the events go
        times: how many there are
        """
        super().__init__(**node)
        self.output_path = output_path
        self.times = times

    def process(self, baton: Any) -> Any:
        return self.get_resulting_baton(baton, self.output_path, self._seconds())

    async def _seconds(self) -> AsyncIterator[dict[str, Any]]:
        for number in range(1, self.times + 1):
            yield {"event": "second", "id": number, "data": {"number": number}}
            await asyncio.sleep(1)
