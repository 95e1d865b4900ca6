"""The top-level keys of the old configurations: read, or named as not there yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from piped.catalogue import Catalogue
from piped.checking import SECTIONS, check
from piped.conf import Configuration
from piped.problems import Severity

OLD = """
    amqp contexts cyclone database includes manholes metrics pb persisted_contexts pipelines plugins
    processes repl runmodes service_name smtp statsd stdin system-events ticks web zmq zookeeper
"""
DOCUMENT = Path(__file__).parents[2] / "docs" / "differences.md"


def read_now() -> set[str]:
    sections = Catalogue.builtin().providers
    return {each.split(".")[0] for each in [*SECTIONS, *sections]}


def not_there_yet() -> set[str]:
    text = DOCUMENT.read_text(encoding="utf-8").partition("## Not there yet")[2]
    return set(re.findall(r"`([\w-]+)`", text))


def test_all_old_sections_are_read_or_named_as_missing() -> None:
    assert not_there_yet() == set(OLD.split()) - read_now()


@pytest.mark.parametrize(
    ("key", "told"),
    [("my_own_settings", []), ("contextss", ["nothing reads the section 'contextss'"])],
)
def test_other_keys_are_free_unless_one_is_nearly_a_section(key: str, told: list[str]) -> None:
    problems = check(Configuration.of({key: {"a": 1}})).problems
    assert [each.message.partition(" (")[0] for each in problems] == told
    assert {each.severity for each in problems} <= {Severity.WARNING}
