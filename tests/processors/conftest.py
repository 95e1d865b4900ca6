"""Fixtures of the processors' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processors import web


@pytest.fixture(params=web.ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Have the test serve requests by each engine of HTTP."""
    with web.engine(request.param):
        yield request.param
