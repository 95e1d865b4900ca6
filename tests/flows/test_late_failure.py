"""What fails after the last item has come in is the failure of the flow, too."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from piped.flows import Collector, Flow, Items, drain, tube


async def failing(item: Any) -> None:
    await asyncio.sleep(0)
    raise ValueError(item)


@pytest.mark.parametrize("parallel", [1, 2])
async def test_of_a_tube(parallel: int) -> None:
    part = tube(failing, failing="stop", parallel=parallel)
    with pytest.raises(ValueError, match="1"):
        await Flow(Items([1]), part, Collector()).run()


@pytest.mark.parametrize("parallel", [1, 2])
async def test_of_a_drain(parallel: int) -> None:
    with pytest.raises(ValueError, match="1"):
        await Flow(Items([1]), drain(failing, failing="stop", parallel=parallel)).run()
