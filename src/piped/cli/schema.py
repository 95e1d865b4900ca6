"""`piped schema`: the JSON Schema of a configuration, for editors."""

from __future__ import annotations

import json

import click

from piped.cli.listing import catalogue_of

__all__ = ["command"]


@click.command("schema")
@click.option(
    "-c", "--conf", metavar="FILE", type=click.Path(), help="Also know the bundles of FILE."
)
def command(conf: str | None) -> None:
    r"""Print the JSON Schema of a whole configuration, plugins included.

    An editor that knows it completes names and shows help. The first line of a YAML file says
    where it is: `# yaml-language-server: $schema=piped.schema.json`

    \b
    Examples:
      piped schema > piped.schema.json
      piped schema -c app.yaml > app.schema.json
    """
    from piped.checking import schema_of_everything

    click.echo(json.dumps(schema_of_everything(catalogue_of(conf)), indent=2))
