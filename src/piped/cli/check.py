"""`piped check`: say all that is wrong with a configuration."""

from __future__ import annotations

import click

from piped.cli.printing import print_problems
from piped.problems import Severity

__all__ = ["command"]


@click.command("check")
@click.argument("file", type=click.Path())
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(file: str, override: tuple[str, ...], as_json: bool) -> None:
    r"""Say all that is wrong with FILE, without running any of it.

    The exit code is 0 when it can be run, and 78 when not.

    \b
    Examples:
      piped check app.yaml
      piped check app.yaml --json | jq '.[].message'
    """
    from piped.checking import check_file

    checked = check_file(file, override)
    wrong = any(problem.severity is Severity.ERROR for problem in checked.problems)
    if checked.problems or as_json:
        print_problems(checked.problems, as_json=as_json)
    if not wrong and not as_json:
        click.echo(f"{file}: nothing is wrong ({checked.summary()})")
    raise SystemExit(78 if wrong else 0)
