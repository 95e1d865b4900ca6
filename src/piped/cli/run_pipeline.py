"""`piped run-pipeline`: run single batons, for the shell."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from piped.cli.alone import BATON, alone, tell_failure
from piped.cli.progress import Progress, size_of

if TYPE_CHECKING:
    from piped.daemon.single import Single
    from piped.processing.pipeline import Pipeline

__all__ = ["command"]

_CHUNK = 1 << 16


@click.command("run-pipeline")
@click.argument("file", type=click.Path())
@click.argument("name")
@click.option(
    "--baton", type=BATON, default="{}", metavar="JSON", show_default=True, help="What goes in."
)
@click.option("--stdin", is_flag=True, help="Take a baton a line from standard input.")
@click.option("--times", is_flag=True, help="Say in the end where the time went, on stderr.")
@click.option("--save", is_flag=True, help="Write persisted contexts, as a process would.")
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
def command(
    file: str,
    name: str,
    *,
    baton: Any,
    stdin: bool,
    times: bool,
    save: bool,
    override: tuple[str, ...],
) -> None:
    r"""Run one baton through the pipeline NAME of FILE, and print each result as a line of JSON.

    Only what the pipeline depends on is started: nothing listens, and nothing ticks. What JSON
    does not have is printed by its repr. The exit code is 1 if a baton failed; the others of
    --stdin have run all the same.

    \b
    Examples:
      piped run-pipeline app.yaml double --baton '{"n": 21}'
      piped run-pipeline app.yaml import --stdin --times < batons.jsonl > results.jsonl
    """

    async def main(single: Single) -> int:
        async with single.running(name) as pipeline:
            with _told() if times else nullcontext():
                return await run(single, pipeline)

    async def run(single: Single, pipeline: Pipeline) -> int:
        if stdin:
            return await _all(pipeline, single)
        return int(not await _one(pipeline, baton))

    raise SystemExit(alone(file, name, main, overrides=override, saves=save))


@contextmanager
def _told() -> Iterator[None]:
    """Measure each run, and say in the end what that came to."""
    from piped.cli.times import table
    from piped.observe.metrics import Metrics

    metrics = Metrics(every=1)
    try:
        with metrics.attached():
            yield
    finally:
        click.echo(table(metrics), err=True)


async def _one(pipeline: Pipeline, baton: Any, where: str = "") -> bool:
    """Whether the baton came through."""
    from piped.interop import settled
    from piped.observe.snapshot import json_value

    try:
        results = await settled(pipeline.run(baton))
    except Exception as failure:  # noqa: BLE001 - it is told, and the exit code says so
        tell_failure(failure, where)
        return False
    for result in results:
        click.echo(json.dumps(json_value(result), ensure_ascii=False))
    return True


async def _all(pipeline: Pipeline, single: Single) -> int:
    """Run each line of standard input. Returns the exit code."""
    source = sys.stdin.buffer
    progress = Progress(sys.stderr, size_of(source))
    number = batons = read = failed = 0
    async for line in _lines(source):
        number += 1
        read += len(line)
        if line.strip():
            batons += 1
            if sys.stdout.isatty():
                progress.clear()
            failed += not await _line(pipeline, line, number, progress)
        progress.update(batons, read)
        if single.exit_code is not None:
            break
    progress.clear()
    return int(failed > 0)


async def _line(pipeline: Pipeline, line: bytes, number: int, progress: Progress) -> bool:
    where = f"line {number}: "
    try:
        baton = json.loads(line)
    except ValueError as error:
        progress.clear()
        click.echo(f"{where}it is no JSON: {error}", err=True)
        return False
    return await _one(pipeline, baton, where)


async def _lines(source: Any) -> AsyncIterator[bytes]:
    """The lines of a file as they come, while everything else goes on."""
    rest = b""
    while chunk := await asyncio.to_thread(source.read1, _CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
    if rest:
        yield rest
