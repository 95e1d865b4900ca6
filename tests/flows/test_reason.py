"""Why a flow has ended."""

from __future__ import annotations

import pytest

from piped.exceptions import FlowStopped
from piped.flows import END, STOPPED
from piped.flows.reason import cancelled, failed, worst


def test_a_failure_is_a_reason_that_raises_it() -> None:
    failure = ValueError("bad")
    reason = failed(failure)
    assert str(reason) == "ValueError: bad"
    assert reason.as_failure() is failure
    with pytest.raises(ValueError, match="bad"):
        reason.check()


def test_an_end_that_is_no_failure_raises_nothing_but_refuses_what_is_left() -> None:
    assert END.check() is END
    assert isinstance(STOPPED.as_failure(), FlowStopped)
    assert STOPPED.as_failure() is not STOPPED.as_failure(), "each has a traceback of its own"


def test_of_several_reasons_all_are_kept_and_a_failure_counts_most() -> None:
    broken = failed(ValueError("bad"))
    reason = worst([END, broken, STOPPED])
    assert reason.reasons == (END, broken, STOPPED)
    assert reason.failure is broken.failure
    assert worst([STOPPED, END]).said == STOPPED.said


def test_a_cancelled_task_is_a_failure() -> None:
    with pytest.raises(FlowStopped, match="cancelled"):
        cancelled().check()
