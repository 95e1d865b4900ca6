"""`piped config`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from tests.commands import written

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def files(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_OF_TEST", "8080")
    monkeypatch.setenv("PIPED_CONFIGURATION_OVERRIDES", '["contexts.given: early"]')
    written(
        tmp_path,
        app_yaml="""\
            includes: [below.yaml]
            contexts:
              port: ${PORT_OF_TEST}
              over: mine
              password: !secret hunter2
            """,
        below_yaml="contexts: {over: theirs, under: 1}\n",
    )


def test_what_is_in_effect_is_printed_as_yaml(invoke: Invoke) -> None:
    answer = invoke("config", "app.yaml", "-O", "contexts.more:{a: [1, two]}")
    assert answer.exit_code == 0
    assert yaml.safe_load(answer.stdout.replace("!secret", ""))["contexts"] == {
        "over": "mine",
        "under": 1,
        "port": 8080,
        "password": "«secret»",
        "given": "early",
        "more": {"a": [1, "two"]},
    }


def test_origins_say_why(invoke: Invoke) -> None:
    answer = invoke("config", "app.yaml", "--origin", "-O", "contexts.more:1")
    lines = {line.split(":")[0].strip(): line for line in answer.stdout.splitlines()}
    assert "app.yaml:3:9 (${PORT_OF_TEST})" in lines["port"]
    assert "app.yaml:4:9, instead of below.yaml:1:18" in lines["over"]
    assert "below.yaml:1:33, included at app.yaml:1:12" in lines["under"]
    assert "# PIPED_CONFIGURATION_OVERRIDES" in lines["given"]
    assert "# -O contexts.more:1" in lines["more"]
    assert "hunter2" not in answer.output


def test_a_wrong_file_is_told_of(invoke: Invoke) -> None:
    answer = invoke("config", "app.yaml", "-O", "nonsense")
    assert (answer.exit_code, answer.stdout) == (78, "")
    assert "an override is a key path" in answer.stderr
    assert "hunter2" not in answer.stderr
