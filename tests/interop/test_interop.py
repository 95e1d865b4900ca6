"""What the package offers, and what it costs to ask."""

from __future__ import annotations

import pytest

from piped import interop
from piped.interop import deferred_dict, outcome


def test_what_brings_twisted_is_imported_when_it_is_asked_for() -> None:
    assert interop.Outcome is outcome.Outcome
    assert interop.outcome_of is outcome.outcome_of
    assert interop.DeferredDict is deferred_dict.DeferredDict


def test_the_package_has_what_it_names() -> None:
    assert all(callable(getattr(interop, name)) for name in interop.__all__)


def test_other_names_are_missing_as_ever() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        interop.other  # noqa: B018 - looking is what is tried
