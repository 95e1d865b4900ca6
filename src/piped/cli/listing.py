"""`piped list`: what there is to build with."""

from __future__ import annotations

import click

from piped.catalogue import Catalogue
from piped.catalogue.plugin import KINDS
from piped.cli.printing import print_problems
from piped.conf import Configuration, load

__all__ = ["catalogue_of", "command"]


def catalogue_of(file: str | None) -> Catalogue:
    """The plugins that `file` would find, or those that are there without one."""
    catalogue = Catalogue.load(load(file) if file else Configuration.empty())
    if catalogue.problems:
        print_problems(catalogue.problems)
    return catalogue


@click.command("list")
@click.argument("kind", type=click.Choice([f"{kind}s" for kind in KINDS]), required=False)
@click.option(
    "-c", "--conf", metavar="FILE", type=click.Path(), help="Also what the bundles of FILE have."
)
def command(kind: str | None, conf: str | None) -> None:
    r"""List processors, providers, services and parts of flows, each with what it does.

    \b
    Examples:
      piped list processors
      piped list -c app.yaml
    """
    catalogue = catalogue_of(conf)
    for name, plugins in ((f"{each}s", catalogue.of(each)) for each in KINDS):
        if kind in {None, name} and (plugins or kind):
            click.echo(f"{name}:")
            width = max(map(len, plugins), default=0)
            for each in sorted(plugins):
                click.echo(f"  {each:{width}}  {plugins[each].summary}".rstrip())
            if not plugins:
                click.echo("  (there are none)")
