"""Telling of changes: in order, and all of them."""

from __future__ import annotations

import pytest

from piped.dependencies.notices import Notices
from piped.event import Failures


def test_what_happens_while_something_is_told_waits_for_its_turn() -> None:
    notices, heard = Notices(Failures("several")), list[str]()

    def first(name: str) -> None:
        heard.append(name)
        notices.add([(heard.append, ("nested",))])
        notices.tell()
        assert notices.under_way

    notices.add([(first, ("first",)), (heard.append, ("second",))])
    notices.tell()
    assert heard == ["first", "second", "nested"]
    assert not notices.under_way


def test_one_who_fails_does_not_keep_the_others_from_hearing() -> None:
    failures, heard = Failures("several"), list[str]()
    notices = Notices(failures)
    notices.add([(int, ("one",)), (heard.append, ("second",))])
    notices.add([(heard.append, ("third",))])
    notices.tell()
    assert heard == ["second", "third"]
    with pytest.raises(ValueError, match="invalid literal"):
        failures.check()
    failures.check()


def test_an_interruption_leaves_the_rest_for_the_next_time() -> None:
    notices, heard = Notices(Failures("several")), list[str]()

    def interrupt() -> None:
        raise KeyboardInterrupt

    notices.add([(interrupt, ())])
    notices.add([(heard.append, ("rest",))])
    with pytest.raises(KeyboardInterrupt):
        notices.tell()
    notices.tell()
    assert heard == ["rest"]
