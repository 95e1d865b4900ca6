"""How long is each service lost, and when is it found again?

Run `python -m benchmarks.found_again [--rounds N]`. It runs those tests that note it, many times,
and prints medians and the longest, in milliseconds. Found after: from the moment in which the
server answers again. All try again after 10 to 50 ms here (ZooKeeper: 50 to 200 ms); as they are
delivered, services wait longer between attempts, and ping less often.

The servers have to be there: `make services`.
"""

from __future__ import annotations

import argparse
import io
from contextlib import redirect_stdout
from typing import Any

import pytest

from tests.losses import table

FILES = "tests/providers"


class Noting:
    """Runs the tests that note losses, and keeps what they noted."""

    def __init__(self) -> None:
        self.properties: list[tuple[str, Any]] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if "losses" in getattr(item, "fixturenames", ())]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.properties += report.user_properties


def main() -> None:
    parser = argparse.ArgumentParser(description="How long is each service lost?")
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    noting = Noting()
    quiet = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    for _ in range(given.rounds):
        with redirect_stdout(io.StringIO()) as said:
            code = pytest.main([FILES, *quiet], plugins=[noting])
        if code:
            raise SystemExit(said.getvalue())
    print(f"{given.rounds} rounds")
    for line in table(noting.properties):
        print(line)


if __name__ == "__main__":
    main()
