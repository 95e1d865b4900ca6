"""`piped test`: run the tests of a configuration."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import click

from piped.daemon.telling import in_colour, tell
from piped.problems import did_you_mean

if TYPE_CHECKING:
    from piped.checking import Checked
    from piped.testing.edges import Taken
    from piped.testing.yaml_tests import Follow, YamlTest

__all__ = ["command"]


@click.command("test")
@click.argument("file", type=click.Path())
@click.argument("names", metavar="[NAME...]", nargs=-1)
@click.option(
    "-k", "pattern", metavar="PATTERN", help="Those only with this in their name; * is anything."
)
@click.option("-x", "--first", is_flag=True, help="Stop at the first that fails.")
@click.option("--list", "only_list", is_flag=True, help="Say which there are, and run none.")
@click.option("--trace", is_flag=True, help="Show the way of the baton in those that fail.")
@click.option("--junit", type=click.Path(), metavar="FILE", help="Write the results there, too.")
@click.option("--status/--no-status", default=True, help="Run the status tests, if there are any.")
@click.option("--coverage", is_flag=True, help="Say what of the pipelines no test came to.")
@click.option(
    "--coverage-min",
    "least",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail if the tests came to less.",
)
@click.option("--coverage-svg", "svg", type=click.Path(), metavar="FILE", help="Draw that.")
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
def command(file: str, names: tuple[str, ...], override: tuple[str, ...], **options: Any) -> None:
    r"""Run the tests of FILE, or those called NAME.

    First those of the section `tests`: each by itself, on a clock of its own, and nothing listens.
    Then the status tests of its bundles, in a process that is up as ever; not if a NAME or a
    pattern is given. The exit code is 0 if all is well, 1 if a test failed, and 78 if the
    configuration is wrong.

    \b
    Examples:
      piped test app.yaml
      piped test app.yaml -k price -x --trace
      piped test app.yaml --no-status --coverage --coverage-min 90 --junit tests.xml
    """
    from piped.checking import check_file
    from piped.conf import report
    from piped.testing.yaml_tests import yaml_tests_of

    checked = check_file(file, override, runmode="unittest")
    checked.raise_errors()
    if checked.problems:
        tell(report.text(checked.problems, colour=in_colour()))
    tests = _chosen(list(yaml_tests_of(checked)), names, options["pattern"])
    if options["only_list"]:
        for test in tests:
            click.echo(f"{test.place.file}:{test.place.line}: {test.name}")
        return
    if names or options["pattern"] is not None:
        options["status"] = False
    raise SystemExit(_Session(file, override, checked, options).run(tests))


def _chosen(tests: list[YamlTest], names: Sequence[str], pattern: str | None) -> list[YamlTest]:
    known = {name for test in tests for name in (test.name, test.written)}
    for name in names:
        if name not in known:
            raise click.UsageError(f"There is no test {name!r}{did_you_mean(name, known)}.")
    if names:
        tests = [test for test in tests if {test.name, test.written} & set(names)]
    if pattern is not None:
        wanted = f"*{pattern.casefold()}*"
        tests = [test for test in tests if fnmatchcase(test.name.casefold(), wanted)]
    return tests


class _Session:
    """One run of the command."""

    def __init__(
        self, file: str, override: tuple[str, ...], checked: Checked, options: dict[str, Any]
    ) -> None:
        from piped.status_testing.junit import JUnitReporter
        from piped.status_testing.reporter import StatusReporter

        self._file = file
        self._override = override
        self._checked = checked
        self._options = options
        self._reporter = StatusReporter(sys.stdout)
        if options["junit"] is not None:
            self._reporter = JUnitReporter(options["junit"], stream=sys.stdout)
        self._taken = self._wants_coverage()

    def run(self, tests: list[YamlTest]) -> int:
        """Run the tests, and say what became of them. Returns the exit code."""
        from piped.daemon.single import run_alone

        exit_code = run_alone(lambda: self._all(tests))
        self._reporter.done()
        failed = not self._reporter.wasSuccessful()
        return int(self._is_too_little() or failed) or exit_code

    async def _all(self, tests: list[YamlTest]) -> int:
        with self._logged():
            await self._yaml_tests(tests)
        return await self._status_tests() if self._options["status"] else 0

    async def _yaml_tests(self, tests: list[YamlTest]) -> None:
        from piped.status_testing.running import run_test
        from piped.testing.yaml_tests import status_tests_of

        for test in status_tests_of(tests, self._follow()):
            if self._has_enough():
                return
            await run_test(test, {}, self._reporter)

    async def _status_tests(self) -> int:
        from piped.daemon.startup import Process, Starting
        from piped.testing.in_process import InProcess, has_status_tests

        if self._has_enough() or not has_status_tests(self._checked.catalogue):
            return 0
        tests = InProcess(self._reporter, first=self._options["first"])
        starting = Starting(
            configuration=self._file,
            foreground=True,
            overrides=self._override,
            pidfile="",
            beside=(tests,),
        )
        exit_code = await Process(starting).live()
        return exit_code or int(not tests.done)

    @contextmanager
    def _logged(self) -> Iterator[None]:
        """The log as the configuration has it. A process has its own."""
        from piped.logs import Logging, Logs

        logs = Logs(console=sys.stderr)
        logs.apply(self._checked.settings.get("logging", Logging()))
        try:
            yield
        finally:
            logs.close()

    def _has_enough(self) -> bool:
        return bool(self._options["first"]) and not self._reporter.wasSuccessful()

    def _follow(self) -> Follow | None:
        from piped.testing.following import following

        return following(self._taken, _trace_text if self._options["trace"] else None)

    def _wants_coverage(self) -> Taken | None:
        options = self._options
        if not options["coverage"] and options["least"] is None and options["svg"] is None:
            return None
        from piped.processing.section import Pipelines
        from piped.testing.edges import Taken

        return Taken(self._checked.settings.get("pipelines", Pipelines()).graphs.values())

    def _is_too_little(self) -> bool:
        """Say what was taken. Whether that is less than was asked for."""
        if self._taken is None:
            return False
        from piped.cli.coverage import drawn, table

        if self._options["coverage"]:
            click.echo("\n" + table(self._taken))
        if self._options["svg"] is not None:
            drawn(self._taken, self._options["svg"])
        least, percent = self._options["least"], self._taken.percent()
        if least is None or percent >= least:
            return False
        tell(f"the tests came to {percent:.1f} % of the pipelines, and not to {least:g} %")
        return True


def _trace_text(trace: Any) -> str:
    from piped.cli.trace import trace_lines

    return click.unstyle("\n".join(trace_lines(trace)))
