"""`piped describe`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from piped.catalogue import Catalogue
from tests.commands import written

Invoke = Callable[..., Result]

BUILT_IN = Catalogue.builtin()


@pytest.mark.parametrize("name", sorted({*BUILT_IN.processors, *BUILT_IN.providers}))
def test_everything_built_in_is_described_with_all_its_options(invoke: Invoke, name: str) -> None:
    answer = invoke("describe", name)
    assert answer.exit_code == 0
    assert answer.stdout.startswith(f"{name} (")
    lines = answer.stdout.splitlines()
    options = [
        (len(line) - len(line.lstrip()), number)
        for number, line in enumerate(lines)
        if line.endswith((" (required)", " (optional)")) or " (default: " in line
    ]
    unexplained = [
        lines[number].strip()
        for indent, number in options
        if not lines[number + 1].startswith(" " * (indent + 4))
    ]
    assert unexplained == []


def test_nested_settings_are_described_as_deep_as_they_go(invoke: Invoke) -> None:
    answer = invoke("describe", "ticks").stdout
    assert "\n  interval: mapping of text to options (default: {})\n" in answer
    assert "\n      processor: resource name (required)\n" in answer
    assert "\n      interval: duration or null (optional)\n" in answer
    assert "\n          the time from one tick to the next\n" in answer


def test_the_notation_of_pipelines_is_described_form_by_form(invoke: Invoke) -> None:
    answer = invoke("describe", "pipelines").stdout
    assert "\n  A list is a pipeline: each step gets what" in answer
    assert "\n      pipelines:\n          greet:\n              - set-value: {path:" in answer
    assert "\n      concurrency: whole number from 1 on or null (optional)\n" in answer
    assert "\n          how many more may wait for their turn\n" in answer
    assert max(map(len, answer.splitlines())) <= 100


def test_defaults_are_written_as_in_a_file(invoke: Invoke) -> None:
    assert "rotate: size (default: 1MiB)" in invoke("describe", "logging").stdout
    assert "timeout: duration (default: 30s)" in invoke("describe", "system-events").stdout
    assert "enabled: true or false (default: false)" in invoke("describe", "repl").stdout
    assert "text or null (default: !path callback)" in invoke("describe", "encode-jsonp").stdout
    assert "lambda (default: 'i, baton: i')" in invoke("describe", "print-nth").stdout


@pytest.mark.parametrize("name", ["logging", "plugins"])
def test_sections_that_no_provider_reads_are_described_too(invoke: Invoke, name: str) -> None:
    answer = invoke("describe", name)
    assert answer.exit_code == 0
    assert answer.stdout.startswith(f"{name} (section, read by piped itself)")


def test_a_record_inside_itself_is_described_once(invoke: Invoke, tmp_path: Path) -> None:
    written(
        tmp_path,
        app_yaml="plugins: {path: [.], bundles: {mine: bundle_of_describe}}\n",
        bundle_of_describe_py='''
            from dataclasses import dataclass, field
            from piped.provider import Provider

            @dataclass(frozen=True)
            class Branch:
                """A part of a tree.

                leaves: how many there are
                branches: those that grow out of it
                """
                leaves: int = 0
                branches: "list[Branch]" = field(default_factory=list)

            class Trees(Provider):
                """Grow trees."""
                section = "trees"
                settings = dict[str, Branch]
            ''',
    )
    answer = invoke("describe", "-c", "app.yaml", "trees")
    assert answer.exit_code == 0
    assert answer.stdout.count("leaves:") == 1
    assert "      branches: list of options (default: [])\n" in answer.stdout


def test_the_input_of_a_function_is_no_option(invoke: Invoke, tmp_path: Path) -> None:
    bundle = """
        from typing import IO
        import piped

        @piped.processor("own-words")
        def own_words(file: IO[bytes], *, most: int = 3) -> str:
            '''Count words.

            most: how many
            '''
            return ""
    """
    configuration = "plugins: {path: [.], bundles: {its: [own_words]}}\n"
    written(tmp_path, own_words_py=bundle, app_yaml=configuration)
    file = str(tmp_path / "app.yaml")
    said = invoke("describe", "-c", file, "own-words").stdout
    assert "most: whole number (default: 3)" in said
    assert "file:" not in said
    assert invoke("schema", "-c", file).exit_code == 0
