"""`piped trace`: follow one baton from step to step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from piped.cli.alone import BATON, alone, tell_failure
from piped.cli.times import seconds_text

if TYPE_CHECKING:
    from piped.daemon.single import Single
    from piped.observe.trace import Entry, Traced

__all__ = ["command", "trace_lines"]

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
            for line in trace_lines(trace):
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


def trace_lines(trace: Traced) -> Iterator[str]:
    """The way of the baton for people to read, in colours."""
    entries, left_out = trace.entries, trace.left_out
    width = len(str(len(entries)))
    for number, entry in enumerate(entries, 1):
        took = "" if entry.time is None else click.style(f"  {seconds_text(entry.time)}", dim=True)
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
    is_shown = entry.is_result or _enters(entry)
    signs = {"+": ("green", entry.changes.added), "~": ("yellow", entry.changes.changed)}
    for sign, (colour, paths) in signs.items():
        # The empty path is the baton itself.
        for path in paths if not is_shown else filter(None, paths):
            value = _shown(value_at(entry.baton, path))
            yield click.style(f"{sign} {path or 'the baton'}: {value}", fg=colour)
    for path in entry.changes.removed:
        yield click.style(f"- {path}", fg="red")
    if is_shown:
        yield _shown(entry.baton)


def _enters(entry: Entry) -> bool:
    """Whether it comes into a pipeline."""
    source, destination = entry.source, entry.destination
    if source is None:
        return True
    if destination is None or entry.failure is not None:
        return False
    return source.pipeline != destination.pipeline


def _shown(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
