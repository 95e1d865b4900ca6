"""The `piped` command."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, NoReturn

import click

from piped.exceptions import PipedError
from piped.problems import did_you_mean, nearest

__all__ = ["main", "piped"]

# The commands, and the module of each: only the one that is asked for is imported.
COMMANDS = {
    "check": "piped.cli.check",
    "completion": "piped.cli.completion",
    "config": "piped.cli.config",
    "describe": "piped.cli.describe",
    "graph": "piped.cli.graph",
    "init": "piped.cli.init",
    "list": "piped.cli.listing",
    "run": "piped.cli.run",
    "run-pipeline": "piped.cli.run_pipeline",
    "schema": "piped.cli.schema",
    "test": "piped.cli.test",
    "top": "piped.cli.top",
    "trace": "piped.cli.trace",
}

EXAMPLES = """\b
Examples:
  piped init hello               make a project to begin with
  piped check app.yaml           say all that is wrong with a file
  piped -nc app.yaml             run it here, until Ctrl-C
  piped -c app.yaml              run it as a daemon
  piped -nc app.yaml -O web.site.port:8081   the same with another port
  piped describe set-value       what a processor does, and its options
"""


class _Commands(click.Group):
    """The commands of the table, and `-s FILE ARGUMENT…`, where there is no command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        # Raw docstrings have the mark for examples, which are not to be filled, in two characters.
        command.help = (command.help or "").replace("\\b", "\b")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """What goes wrong in any command is told without a traceback, and by the exit code."""
        try:
            return super().invoke(ctx)
        except (PipedError, OSError) as failure:
            if isinstance(failure, BrokenPipeError):  # whoever reads has read enough: `| head`
                raise
            from piped.daemon.exit_codes import exit_code_of
            from piped.daemon.telling import in_colour, tell, text_of

            tell(text_of(failure, colour=in_colour()))
            raise SystemExit(exit_code_of(failure)) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if ctx.params.get("script") is not None:
            return "-s", _script, args
        name = args[0]
        if name.startswith("-"):
            self._refuse(name, ctx)
        if name not in COMMANDS:
            raise click.UsageError(f"There is no command {name!r}{self._meant(name)}.", ctx)
        return super().resolve_command(ctx, args)

    def _refuse(self, name: str, ctx: click.Context) -> NoReturn:
        known = [option for parameter in self.get_params(ctx) for option in parameter.opts]
        meant = nearest(name, known)
        raise click.NoSuchOption(name, possibilities=[meant] if meant else None, ctx=ctx)

    def _meant(self, name: str) -> str:
        if name.endswith((".yaml", ".yml")):
            return f" (did you mean `piped -nc {name}`?)"
        return did_you_mean(name, COMMANDS)


@click.command("-s", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def _script(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """A configuration run as a script: what follows belongs to the script."""
    assert ctx.parent is not None
    _start(ctx.parent.params, arguments)


def _version(
    ctx: click.Context, _parameter: click.Parameter, wanted: bool
) -> None:  # click calls it
    if wanted and not ctx.resilient_parsing:
        from piped.cli.versions import versions

        click.echo(versions())
        ctx.exit()


def _loops(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # click calls it
    if wanted and not ctx.resilient_parsing:
        from piped.interop.reactor import LOOPS

        click.echo("\n".join(LOOPS))
        ctx.exit()


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "ignore_unknown_options": True,
        "max_content_width": 100,
    },
    epilog=EXAMPLES,
)
@click.option("-c", "--conf", metavar="FILE", help="The configuration to run.")
@click.option(
    "-s",
    "--script",
    metavar="FILE",
    help="The same, and the arguments behind it are the script's own.",
)
@click.option("-n", "--nodaemon", is_flag=True, help="Stay in the foreground.")
@click.option(
    "-O",
    "--override",
    metavar="PATH:VALUE",
    multiple=True,
    help="Replace one value of the configuration; may be given again.",
)
@click.option("-d", "--rundir", metavar="DIR", default=".", help="Go to this folder first.")
@click.option(
    "-p",
    "--pidfile",
    metavar="NAME",
    help="The pid file; %d stands for its usual name, nothing for none.",
)
@click.option(
    "-l",
    "--logging-config",
    "log",
    metavar="FILE",
    help="A file for logging.config.dictConfig, or the name of a log file (*.log).",
)
@click.option(
    "-r", "--reactor", metavar="NAME", default="asyncio", help="The event loop: asyncio or uvloop."
)
@click.option("-D", "--debug", is_flag=True, help="Keep what helps finding faults, and say more.")
@click.option("--repl", is_flag=True, help="Read Python from the terminal while running.")
@click.option(
    "--help-reactors",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_loops,
    help="List the event loops.",
)
@click.option(
    "-v",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the versions of what is installed.",
)
@click.pass_context
def piped(ctx: click.Context, /, **options: Any) -> None:
    """An application server: one YAML file says what comes in, through which processors it goes,
    and what it needs.

    With a command, it does that. Without one, it runs the configuration that -c or -s names.
    """
    if ctx.invoked_subcommand is None:
        _start(options, ())


def _start(options: dict[str, Any], arguments: tuple[str, ...]) -> None:
    files = [file for file in (options["conf"], options["script"]) if file is not None]
    if len(files) != 1:
        raise click.UsageError(
            "Say which configuration to run, by -c FILE or -s FILE; `piped --help` has examples."
            if not files
            else "Either -c or -s names the configuration, not both."
        )
    from piped.daemon.startup import Starting, start
    from piped.interop.reactor import LOOPS

    name = options["reactor"]
    if name not in LOOPS:
        raise click.UsageError(f"There is no event loop {name!r}{did_you_mean(name, LOOPS)}.")

    starting = Starting(
        configuration=files[0],
        foreground=options["nodaemon"],
        overrides=(*(["repl.enabled:true"] if options["repl"] else []), *options["override"]),
        pidfile=options["pidfile"],
        rundir=options["rundir"],
        log=options["log"],
        loop=options["reactor"],
        debug=options["debug"],
        arguments=arguments,
    )
    raise SystemExit(start(starting))


def _keep_standard_files() -> None:
    """Have nobody else get the number of one that is closed, and hear what was meant for it."""
    for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # it has the lowest number that is free, and is of no use


def main() -> None:
    """Run the command with the arguments of the process."""
    _keep_standard_files()
    piped.main(prog_name="piped")
