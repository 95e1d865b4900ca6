"""What tests of applications are made of.

::

    def test_prices_are_doubled() -> None:
        text = "- eval-lambda: {input_path: price, lambda: 'p: p * 2'}"
        assert run_yaml(text, {"price": 21}) == [{"price": 42}]

    def test_nothing_is_misspelt() -> None:
        assert check_yaml("- evil-lambda: {lambda: 'p: p'}") == [
            "pipeline.yaml:1:3: processor 'evil-lambda' is unknown (did you mean 'eval-lambda'?)"
        ]

Processors of one's own are given by their names, and resources, real ones or stand-ins, by theirs::

        run_yaml("- greet: {input_path: name}", {"name": "Ada"}, greet=Greeter)
        run_yaml("- fetch-context: {context: a}", {}, **{"context.a": {"n": 1}})

For pytest there are fixtures: `run_yaml`, `check_yaml`, `clock`, a `ManualClock`, and
`piped_environment`, whose pipelines wait by that clock.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piped.testing.clock import ManualClock
    from piped.testing.fakes import Fake
    from piped.testing.yaml_environment import YamlEnvironment, check_yaml, run_yaml

__all__ = ["Fake", "ManualClock", "YamlEnvironment", "check_yaml", "run_yaml"]

_WHERE = {
    "Fake": "piped.testing.fakes",
    "ManualClock": "piped.testing.clock",
    "YamlEnvironment": "piped.testing.yaml_environment",
    "check_yaml": "piped.testing.yaml_environment",
    "run_yaml": "piped.testing.yaml_environment",
}


def __getattr__(name: str) -> Any:
    # A pytest that only happens to find the plugin is not to import all of this.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
