"""`piped config`: show the configuration as it is in effect."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("config")
@click.argument("file", type=click.Path())
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
@click.option("--origin", is_flag=True, help="Say behind each value why it is what it is.")
def command(file: str, override: tuple[str, ...], origin: bool) -> None:
    r"""Print FILE as it is in effect: with includes, overrides and variables, without secrets.

    \b
    Examples:
      piped config app.yaml --origin
      piped config app.yaml -O web.site.port:8081
    """
    from piped.conf import load, show

    configuration = load(file, override)
    click.echo(show.effective(configuration, origin=origin), nl=False)
