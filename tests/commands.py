"""The `piped` command as a process, and files for it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

SOURCE = Path(__file__).parents[1] / "src"
LIMIT = 30  # seconds; never reached when all is well
PIPED = [sys.executable, "-m", "piped"]


def written(folder: Path, **files: str) -> None:
    """Write files: `app_yaml="…"` is the file `app.yaml`."""
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(dedent(text))


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIPED_")}
    # Without bytecode: what a process leaves behind is to be seen.
    quiet = {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    return {**kept, **quiet, **variables}


def piped(
    folder: Path, *arguments: str, stdin: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `piped` to its end, in `folder`."""
    return subprocess.run(
        [*PIPED, *arguments],
        cwd=folder,
        env=environment(**variables),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Run `piped` beside the test; all that it says comes out of its `stdout`."""
    with subprocess.Popen(
        [*PIPED, *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """All that it says, up to the line that has `text` in it."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(f"it never said {text!r}, but:\n{said}")


def wait_for_end_of(process: int) -> None:
    """Wait for a process that is not our child."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([descriptor], [], [], LIMIT)
        assert ready, f"process {process} goes on"
    finally:
        os.close(descriptor)
