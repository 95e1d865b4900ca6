"""Drawings laid out by Graphviz, where it is installed; by ourselves, where it is not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping

from piped.exceptions import PipedError
from piped.observe.dot import dot
from piped.observe.drawing import Drawing
from piped.observe.svg import svg
from piped.observe.theme import GRAPHVIZ

__all__ = ["picture", "program", "rendered"]

_LIMIT = 60.0  # seconds
_MOST_COMPLAINTS = 10_000  # bytes of them
_CHUNK = 1 << 16


def program() -> str | None:
    """The `dot` of the PATH."""
    return shutil.which("dot")


def picture(drawing: Drawing) -> str:
    """The drawing as SVG, by the best there is."""
    found = program()
    return svg(drawing) if found is None else _by(found, drawing)


async def rendered(file: str, text: str, kind: str, *, seconds: float, most: int) -> bytes:
    """What the program `file` makes of `text`, within `seconds` and `most` bytes."""
    process = await asyncio.create_subprocess_exec(
        file,
        f"-T{kind}",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
    )
    try:
        async with asyncio.timeout(seconds):
            output, said = await _conversation(process, text.encode(), most)
            code = await process.wait()
    except TimeoutError as late:
        raise PipedError(f"{file} did not end within {seconds:g} seconds") from late
    finally:
        if process.returncode is None:
            process.kill()
            # Its end is heard of behind the end of what it wrote, however much that is.
            await process.communicate()
    if code:
        raise PipedError(f"{file} did not draw it", detail=said.decode(errors="replace").strip())
    return themed(output.decode()).encode() if kind == "svg" else output


async def _conversation(
    process: asyncio.subprocess.Process, text: bytes, most: int
) -> tuple[bytes, bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_told(process.stdin, text))
            output = group.create_task(_read(process.stdout, most))
            said = group.create_task(_first(process.stderr))
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return output.result(), said.result()


async def _told(stream: asyncio.StreamWriter, text: bytes) -> None:
    # One that ends before it has read everything says why.
    with contextlib.suppress(ConnectionError):
        stream.write(text)
        await stream.drain()
        stream.close()
        await stream.wait_closed()


async def _read(stream: asyncio.StreamReader, most: int) -> bytes:
    kept = bytearray()
    while chunk := await stream.read(_CHUNK):
        kept += chunk
        if len(kept) > most:
            raise PipedError(f"what dot has drawn is larger than {most} bytes")
    return bytes(kept)


async def _first(stream: asyncio.StreamReader) -> bytes:
    """The beginning of all that comes."""
    kept = b""
    while chunk := await stream.read(_CHUNK):
        kept = (kept + chunk)[:_MOST_COMPLAINTS]
    return kept


def _environment() -> Mapping[str, str]:
    # A graph may name files as images. Graphviz reads none where it believes itself to be a part
    # of a web server.
    return {**os.environ, "SERVER_NAME": "piped"}


def _by(file: str, drawing: Drawing) -> str:
    try:
        made = subprocess.run(  # noqa: S603 - the program is the one on the PATH
            [file, "-Tsvg"],
            input=dot(drawing),
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=True,
            env=_environment(),
        )
    except subprocess.TimeoutExpired as late:
        raise PipedError(f"{file} did not end within {_LIMIT:g} seconds") from late
    except (OSError, subprocess.CalledProcessError) as failure:
        said = (getattr(failure, "stderr", "") or str(failure)).strip()
        raise PipedError(f"{file} did not draw it", detail=said) from failure
    return themed(made.stdout)


def themed(text: str) -> str:
    """One of our own drawings in our own colours; any other as it is."""
    head, bracket, rest = text.partition("<g ")
    if 'class="graph piped"' not in rest[:200]:
        return text
    head = head.replace("<svg ", '<svg class="piped" ', 1)
    return f"{head}<style>{GRAPHVIZ}</style>{bracket}{rest}"
