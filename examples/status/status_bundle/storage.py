"""Tests of the folder that the stock is kept in, run by the process that works with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from piped.environment import RuntimeEnvironment
from piped.plugins.status_testing.processors import StatusTestProcessor
from piped.plugins.status_testing.statustest import StatusTestCase


class TestStorage(StatusTestProcessor):
    """Try the folder."""

    name = "test-storage"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.dependencies = runtime_environment.create_dependency_map(
            self, storage={"provider": "context.storage"}
        )

    def get_namespace(self, baton: Any) -> Mapping[str, Any]:
        """What setUp gets, by name."""
        del baton
        return self.dependencies

    class Storage(StatusTestCase):
        """The folder, and the stock in it."""

        timeout = 5.0  # seconds; what hangs fails then

        def setUp(self, storage: Mapping[str, str]) -> None:
            self.folder = Path(storage["folder"])

        async def statustest_what_is_written_can_be_read(self) -> None:
            """In a thread: a disk that is slow holds up nobody else."""
            probe = self.folder / "probe"
            self.addCleanup(probe.unlink, missing_ok=True)
            await asyncio.to_thread(probe.write_text, "hello")
            assert await asyncio.to_thread(probe.read_text) == "hello"

        async def statustest_no_stock_is_negative(self) -> None:
            """A part with its number, for each that is wrong."""
            stock = json.loads(await asyncio.to_thread((self.folder / "stock.json").read_text))
            for part, number in stock.items():
                with self.subTest(part=part):
                    assert number >= 0, f"there are {number}"
