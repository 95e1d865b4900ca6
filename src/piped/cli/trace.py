"""`piped trace`: follow one baton from step to step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from piped.cli.alone import BATON, alone, tell_failure

if TYPE_CHECKING:
    from piped.daemon.single import Single
    from piped.observe.trace import Entry, Traced

__all__ = ["command"]

_LONGEST = 200  # characters of one value


@click.command("trace")
@click.argument("file", type=click.Path())
@click.argument("pipeline")
@click.option(
    "--baton", type=BATON, default="{}", metavar="JSON", show_default=True, help="What goes in."
)
@click.option("--json", "as_json", is_flag=True, help="Print the trace as JSON.")
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
def command(file: str, pipeline: str, baton: Any, as_json: bool, override: tuple[str, ...]) -> None:
    r"""Run one baton through PIPELINE of FILE, and print each step and what it changed.

    Nested pipelines are followed, too. Only what the pipeline depends on is started. The exit
    code is 1 if the baton failed.

    \b
    Examples:
      piped trace app.yaml double --baton '{"n": 21}'
      piped trace app.yaml double --json | jq '.trace[].changes'
    """

    async def main(single: Single) -> int:
        from piped.observe.tracing import traced

        async with single.running(pipeline) as found:
            trace = await traced(found, baton)
        if as_json:
            click.echo(json.dumps(_data(trace), indent=2, ensure_ascii=False))
        else:
            for line in _lines(trace.entries, trace.left_out):
                click.echo(line)
        if trace.failure is not None:
            tell_failure(trace.failure)
        return int(trace.failure is not None)

    raise SystemExit(alone(file, pipeline, main, overrides=override))


def _data(trace: Traced) -> dict[str, Any]:
    from piped.observe.failures import failure_text
    from piped.observe.snapshot import snapshot

    failure = trace.failure
    return {
        "results": snapshot(trace.results),
        "failure": None if failure is None else failure_text(failure).as_data(),
        "trace": [entry.as_data() for entry in trace.entries],
        "left_out": trace.left_out,
    }


def _lines(entries: Sequence[Entry], left_out: int) -> Iterator[str]:
    width = len(str(len(entries)))
    for number, entry in enumerate(entries, 1):
        took = "" if entry.time is None else click.style(f"  {_time(entry.time)}", dim=True)
        yield f"{number:{width}}  {_way(entry)}{took}"
        for line in _about(entry):
            yield f"{'':{width}}    {line}"
    if left_out:
        yield f"… and {left_out} more"


def _way(entry: Entry) -> str:
    source = str(entry.source) if entry.source else "in"
    destination = str(entry.destination) if entry.destination else "out"
    if entry.failure is None:
        return f"{source} → {click.style(destination, bold=True)}"
    arrow, colour = ("⇒", "yellow") if entry.is_error_consumer else ("⇠", "red")
    return f"{source} {click.style(arrow, fg=colour)} {click.style(destination, bold=True)}"


def _about(entry: Entry) -> Iterator[str]:
    """What there is to say of an entry: its failure, what was changed, the baton at the ends."""
    from piped.observe.changes import value_at

    if entry.failure is not None:
        what = ": ".join(filter(None, (entry.failure.type, entry.failure.message)))
        yield click.style(f"! {_cut(what)}", fg="red")
    signs = {"+": ("green", entry.changes.added), "~": ("yellow", entry.changes.changed)}
    for sign, (colour, paths) in signs.items():
        for path in paths:
            yield click.style(f"{sign} {path}: {_shown(value_at(entry.baton, path))}", fg=colour)
    for path in entry.changes.removed:
        yield click.style(f"- {path}", fg="red")
    if entry.source is None or entry.is_result:
        yield _shown(entry.baton)


def _shown(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _time(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
