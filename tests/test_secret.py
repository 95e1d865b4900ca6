"""Secrets, which nothing shows."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped import secret as secret_module
from piped.secret import HIDDEN, Secret, redact


@pytest.fixture(autouse=True)
def nothing_revealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_module, "_revealed", set())
    monkeypatch.setattr(secret_module, "_pattern", None)


@pytest.fixture
def secret() -> Secret:
    return Secret("correct horse")


SHOWN: dict[str, Any] = {
    "str": str,
    "repr": repr,
    "format": "{}".format,
    "format with a width": "{:>30}".format,
    "an f-string": lambda secret: f"{secret} {secret!r} {secret!s} {secret!a}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - as logging does it
    "inside a list": lambda secret: str([secret, {"password": secret}]),
    "an exception": lambda secret: repr(ValueError(secret)),
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_no_text_shows_it(show: Any, secret: Secret) -> None:
    assert "horse" not in show(secret)


WRITTEN: dict[str, Any] = {
    "JSON": json.dumps,
    "pickle": pickle.dumps,
    "the oldest pickle": lambda secret: pickle.dumps(secret, protocol=0),
    "its dictionary": vars,
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_it_is_written_nowhere(write: Any, secret: Secret) -> None:
    with pytest.raises(TypeError):
        write(secret)


def test_it_is_revealed_by_name(secret: Secret) -> None:
    assert secret.reveal() == "correct horse"


def test_a_copy_of_what_has_it_has_it_too(secret: Secret) -> None:
    settings = {"password": secret}
    assert copy.copy(settings) == copy.deepcopy(settings) == settings


def test_secrets_of_the_same_text_are_equal_but_not_to_the_text(secret: Secret) -> None:
    assert {secret, Secret("correct horse")} == {secret}
    assert secret != Secret("other")
    assert secret != "correct horse"


def test_an_empty_secret_is_false(secret: Secret) -> None:
    assert secret
    assert not Secret("")


def test_what_was_never_revealed_is_left_alone(secret: Secret) -> None:
    assert redact("the correct horse") == "the correct horse"


def test_what_was_revealed_is_taken_out_wherever_it_occurs(secret: Secret) -> None:
    secret.reveal()
    assert redact("a correct horse, correct horse") == f"a {HIDDEN}, {HIDDEN}"


def test_a_secret_with_another_inside_is_taken_out_whole() -> None:
    for text in ("horse", "correct horse", "rect"):
        Secret(text).reveal()
    assert redact("correct horse") == HIDDEN


def test_signs_of_patterns_are_nothing_special() -> None:
    Secret(".*(a)+").reveal()
    assert redact("x .*(a)+ y aaa") == f"x {HIDDEN} y aaa"


def test_what_is_hidden_is_not_hidden_again() -> None:
    Secret("secret").reveal()
    assert redact(f"{HIDDEN} and secret") == f"{HIDDEN} and {HIDDEN}"


def test_what_is_very_short_is_not_looked_for() -> None:
    Secret("cat").reveal()
    assert redact("concatenate") == "concatenate"


@given(st.lists(st.text(min_size=4, max_size=8), max_size=4), st.text(max_size=8))
def test_no_revealed_secret_is_left_in_any_text(texts: list[str], between: str) -> None:
    for text in texts:
        Secret(text).reveal()
    shown = redact(between.join([*texts, between]))
    assert not any(text in shown.replace(HIDDEN, "\0") for text in texts if "\0" not in text)


@pytest.mark.parametrize("escaped", [repr, json.dumps])
def test_a_secret_that_was_escaped_is_taken_out_as_well(escaped: Callable[[str], str]) -> None:
    text = Secret('pass"word\nof\tÅse').reveal()
    assert redact(f"it is {escaped(text)}") in {f'it is "{HIDDEN}"', f"it is '{HIDDEN}'"}
