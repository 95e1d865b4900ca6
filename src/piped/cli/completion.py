"""`piped completion`: let the shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    r"""Print what makes SHELL complete the commands and options of piped.

    \b
    Examples:
      eval "$(piped completion bash)"                    in ~/.bashrc
      piped completion fish > ~/.config/fish/completions/piped.fish
    """
    root = ctx.find_root().command
    completion = get_completion_class(shell)
    assert completion is not None, "click has all three"
    click.echo(completion(root, {}, "piped", "_PIPED_COMPLETE").source())
