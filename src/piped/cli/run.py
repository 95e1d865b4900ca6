"""`piped run`: the short way to run something here and now."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("run")
@click.argument("file", type=click.Path())
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
def command(file: str, override: tuple[str, ...]) -> None:
    r"""Run FILE in the foreground, without a pid file, until Ctrl-C.

    \b
    Examples:
      piped run app.yaml
      piped run app.yaml -O web.site.port:8081
    """
    from piped.daemon.startup import Starting, start

    starting = Starting(configuration=file, overrides=override, foreground=True, pidfile="")
    raise SystemExit(start(starting))
