"""Stand-ins by name."""

from __future__ import annotations

import pytest

from piped.testing.fakes import Fake, processors_of, resources_of


def test_a_name_with_a_dot_is_a_resource() -> None:
    fakes = {"context.a": 1, "fetch_it": Fake()}
    assert resources_of(fakes) == {"context.a": 1}
    assert list(processors_of(fakes, ())) == ["fetch-it"]


def test_a_name_that_is_known_stays_as_it_is() -> None:
    assert list(processors_of({"fetch_it": Fake()}, ["fetch_it"])) == ["fetch_it"]


def test_a_fake_remembers_batons_as_they_were() -> None:
    fake, baton = Fake(), {"a": [1]}
    assert fake(baton) is baton
    baton["a"].append(2)
    assert fake.batons == [{"a": [1]}]


def test_a_fake_that_fails_remembers_too() -> None:
    fake = Fake(fails=ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        fake(1)
    assert fake.batons == [1]
