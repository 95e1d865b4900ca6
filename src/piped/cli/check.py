"""`piped check`: say all that is wrong with a configuration."""

from __future__ import annotations

import click

from piped.cli.printing import print_problems
from piped.problems import Problem, Severity

__all__ = ["command"]


@click.command("check")
@click.argument("files", metavar="FILE...", type=click.Path(), nargs=-1, required=True)
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(files: tuple[str, ...], override: tuple[str, ...], as_json: bool) -> None:
    r"""Say all that is wrong with each FILE, without running any of it.

    The exit code is 0 when all of them can be run, and 78 when not.

    \b
    Examples:
      piped check app.yaml
      piped check examples/*/app.yaml
      piped check app.yaml --json | jq '.[].message'
    """
    from piped.checking import check_file

    problems: list[Problem] = []
    wrong: list[str] = []
    for file in files:
        checked = check_file(file, override)
        found = checked.problems
        problems += found
        if any(problem.severity is Severity.ERROR for problem in found):
            wrong.append(file)
        if not as_json:
            if found:
                print_problems(found)
            if file not in wrong:
                click.echo(f"{file}: nothing is wrong ({checked.summary()})")
    if as_json:
        print_problems(dict.fromkeys(problems), as_json=True)
    elif len(files) > 1:
        _summarise(files, wrong)
    raise SystemExit(78 if wrong else 0)


def _summarise(files: tuple[str, ...], wrong: list[str]) -> None:
    if wrong:
        click.echo(f"{len(wrong)} of {len(files)} files cannot be run: {', '.join(wrong)}")
    else:
        click.echo(f"all {len(files)} files can be run")
