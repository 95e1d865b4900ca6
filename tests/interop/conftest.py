"""Every asynchronous test of this folder runs on each loop that there is."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop
from twisted.logger import globalLogPublisher

from tests.interop.reports import Reports


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
def reports() -> Iterator[Reports]:
    gc.collect()  # what others left is none of ours
    reports = Reports()
    globalLogPublisher.addObserver(reports)
    yield reports
    globalLogPublisher.removeObserver(reports)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is thrown away goes at once, or never: only circles need the collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
