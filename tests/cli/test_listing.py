"""`piped list`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.commands import written

Invoke = Callable[..., Result]


def test_all_kinds_are_listed_each_with_what_it_does(invoke: Invoke) -> None:
    answer = invoke("list")
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    kinds = ["processors:", "providers:", "founts:", "tubes:", "drains:"]
    assert [line for line in lines if not line.startswith(" ")] == kinds
    assert all(len(line.split()) > 2 for line in lines if line.startswith(" "))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("processors", "set-value"),
        ("providers", "ticks"),
        ("services", "none"),
        ("tubes", "pipeline"),
    ],
)
def test_one_kind_is_listed_alone(invoke: Invoke, kind: str, name: str) -> None:
    answer = invoke("list", kind)
    assert answer.exit_code == 0
    heading, *lines = answer.stdout.splitlines()
    assert heading == f"{kind}:"
    assert any(name in line for line in lines)


def test_plugins_of_a_bundle_are_listed_with_its_configuration(
    invoke: Invoke, tmp_path: Path
) -> None:
    written(
        tmp_path,
        app_yaml="plugins: {path: [.], bundles: {mine: bundle_of_listing}}\n",
        bundle_of_listing_py='''
            from piped.processors.base import Processor

            class Greet(Processor):
                """Say hello."""
                name = "greet-of-listing"
            ''',
    )
    answer = invoke("list", "-c", "app.yaml", "processors")
    assert "greet-of-listing" in answer.stdout
    assert "Say hello." in answer.stdout
    assert "greet-of-listing" not in invoke("list").stdout


def test_a_broken_bundle_is_told_of_and_the_rest_is_listed(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, app_yaml="plugins: {bundles: {mine: no_such_bundle}}\n")
    answer = invoke("list", "-c", "app.yaml")
    assert "No module named 'no_such_bundle'" in answer.stderr
    assert "set-value" in answer.stdout
