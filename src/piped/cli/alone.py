"""What commands share that run single batons: reading the file, the log, and the way out."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import click

from piped.daemon.telling import in_colour, tell
from piped.problems import did_you_mean

if TYPE_CHECKING:
    from piped.checking import Checked
    from piped.daemon.single import Single

__all__ = ["BATON", "alone", "tell_failure"]


class _Baton(click.ParamType[Any]):
    """A baton as JSON has it."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            self.fail(f"it is no JSON: {error}", param, ctx)


BATON = _Baton()


def alone(
    file: str,
    pipeline: str,
    main: Callable[[Single], Coroutine[Any, Any, int]],
    *,
    overrides: Sequence[str] = (),
    saves: bool = False,
) -> int:
    """Run `main`, which wants `pipeline` of `file`. Returns the exit code."""
    from piped.checking import check_file
    from piped.conf import report
    from piped.daemon.single import Single, run_alone
    from piped.logs import Logging, Logs

    checked: Checked = check_file(file, overrides)
    checked.raise_errors()
    if checked.problems:
        tell(report.text(checked.problems, colour=in_colour()))
    _refuse_unknown(checked, pipeline)
    logs = Logs(console=sys.stderr)
    logs.apply(checked.settings.get("logging", Logging()))

    async def whole() -> int:
        single = Single(checked, saves=saves)
        exit_code = await main(single)
        return exit_code or single.exit_code or 0

    try:
        return run_alone(whole)
    finally:
        logs.close()


def _refuse_unknown(checked: Checked, pipeline: str) -> None:
    if f"pipeline.{pipeline}" not in checked.offers:
        names = [each.removeprefix("pipeline.") for each in checked.offers]
        raise click.UsageError(f"There is no pipeline {pipeline!r}{did_you_mean(pipeline, names)}.")


def tell_failure(failure: BaseException, where: str = "") -> None:
    """The exception and its notes, and those of its group, on standard error."""
    parts = traceback.format_exception_only(failure)
    if isinstance(failure, BaseExceptionGroup):
        parts = traceback.format_exception(failure)
    tell(where + "".join(parts).rstrip())
