"""`piped top`: what a running process does, in the terminal."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import click

from piped.cli.times import seconds_text

__all__ = ["command"]

_CLEAR = "\x1b[H\x1b[J"
_PATIENCE = 5  # seconds, for one answer


@click.command("top")
@click.argument("address", default="http://127.0.0.1:8099/")
@click.option(
    "-n", "--interval", type=click.FloatRange(min=0.1), default=1.0, help="Seconds between looks."
)
@click.option("-1", "--once", is_flag=True, help="Look twice, print once, and end.")
def command(address: str, interval: float, once: bool) -> None:
    r"""Show flows and pipelines of the process whose console page is at ADDRESS.

    How fast items flow, what waits where, and who holds whom back; runs, failures and times of
    pipelines. It reads what the section `admin` offers.

    \b
    Examples:
      piped top
      piped top http://127.0.0.1:8099/ --once
    """
    looks = _looks(address)
    before = next(looks)
    try:
        while True:
            time.sleep(interval)
            now = next(looks)
            page = "\n".join(_lines(before, now))
            click.echo(page if once or not _is_terminal() else f"{_CLEAR}{page}")
            if once:
                return
            before = now
    except KeyboardInterrupt:
        return


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _looks(address: str) -> Iterator[dict[str, Any]]:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise click.UsageError(f"{address!r} is no address like http://127.0.0.1:8099/.")
    while True:
        try:
            with urlopen(f"{address.rstrip('/')}/state", timeout=_PATIENCE) as answer:  # noqa: S310 - http(s) only, see above
                state = json.load(answer)
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise click.ClickException(
                f"No process answers at {address}: {reason}.\n"
                "It needs the section `admin` in its configuration."
            ) from None
        yield {**state, "looked": time.monotonic()}


def _lines(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    seconds = now["looked"] - before["looked"]
    yield f"{now['name']}  process {now['pid']}, up {timedelta(seconds=int(now['uptime']))}"
    old = {flow["name"]: flow["parts"] for flow in before["flows"]}
    for flow in now["flows"]:
        yield ""
        yield f"{click.style(flow['name'], bold=True)}{_told(flow)}"
        yield from _parts(old.get(flow["name"], []), flow["parts"], seconds)
    yield from _pipelines(before["pipelines"], now["pipelines"], seconds)


def _told(flow: dict[str, Any]) -> str:
    """Whether it flows; of a host, how many flows go through it."""
    if not flow["flows"]:
        return "  does not flow"
    return f"  {flow['senders']} through here" if "senders" in flow else ""


def _parts(
    before: list[dict[str, Any]], now: list[dict[str, Any]], seconds: float
) -> Iterator[str]:
    if not now:
        return
    names = [2 * depth * " " + part["name"] for part, depth in zip(now, _depths(now), strict=True)]
    width = max(map(len, names))
    same = [each["name"] for each in before] == [each["name"] for each in now]
    yield f"  {'':{width}}  {'items/s':>9}  {'waiting':>8}  {'refused':>8}  {'dropped':>8}"
    for number, part in enumerate(now):
        passed = part["passed"] - (before[number]["passed"] if same else part["passed"])
        numbers = [max(passed, 0) / seconds, part["waiting"], part["refused"], part["dropped"]]
        cells = "  ".join(f"{each:{w},.0f}" for each, w in zip(numbers, (9, 8, 8, 8), strict=True))
        said = "  holds back" if part["holds_back"] else "  held back" if part["is_paused"] else ""
        line = f"  {names[number]:{width}}  {cells}{said}"
        yield click.style(line, fg="red") if part["holds_back"] else line


def _depths(parts: list[dict[str, Any]]) -> list[int]:
    """In how many branches each part is."""
    depths, into = [0] * len(parts), Counter(to for part in parts for to in part["into"])
    for number, part in enumerate(parts):
        for to in part["into"]:
            # Where branches flow together again, they end.
            change = (len(part["into"]) > 1) - (into[to] > 1)
            depths[to] = max(depths[number] + change, 0)
    return depths


def _pipelines(
    before: list[dict[str, Any]], now: list[dict[str, Any]], seconds: float
) -> Iterator[str]:
    if not now:
        return
    old = {each["name"]: each["runs"] for each in before}
    width = max(len(each["name"]) for each in now)
    yield ""
    yield (
        f"{click.style('pipelines', bold=True):{width + 10}}  {'runs/s':>9}  {'under way':>9}"
        f"  {'waiting':>8}  {'failed':>8}  {'mean':>8}"
    )
    for each in sorted(now, key=lambda each: (-each["runs"], each["name"])):
        rate = (each["runs"] - old.get(each["name"], each["runs"])) / seconds
        mean = seconds_text(each["mean"]) if each["measured"] else "-"
        yield (
            f"  {each['name']:{width}}  {rate:9,.0f}  {each['under_way']:9,}"
            f"  {each['waiting']:8,}  {each['failures']:8,}  {mean:>8}"
        )
