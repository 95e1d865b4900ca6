"""The manual of `twistd`: what stands there is run, and says what stands below it."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.commands import environment
from tests.manuals import NEEDS_CURL, answers
from tests.sites import LIMIT, free_port, opened
from tests.test_documents import BLOCK

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "twistd.md").read_text(encoding="utf-8")
(_, CONFIGURATION), (_, PROGRAM), (_, TALK) = BLOCK.findall(MANUAL)

pytestmark = NEEDS_CURL


async def test_it_answers_what_the_manual_says(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "app.yaml").write_text(CONFIGURATION.replace("8080", str(port)))
    (tmp_path / "app.tac").write_text(PROGRAM)
    start, *rest = TALK.splitlines(keepends=True)
    assert start == "$ twistd -ny app.tac &\n"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from twisted.scripts.twistd import run; run()", "-ny", "app.tac"),
        cwd=tmp_path,
        env=environment(),
    )
    try:
        async with asyncio.timeout(LIMIT):
            await opened(port)
            await answers("".join(rest), port)
    finally:
        process.terminate()
        # It ends by the signal itself, when all is stopped.
        assert await process.wait() == -signal.SIGTERM
