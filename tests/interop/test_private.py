"""That Twisted still has the private names on which we depend."""

from __future__ import annotations

from twisted.internet import defer
from twisted.internet.defer import DebugInfo, Deferred, fail
from twisted.python.failure import Failure

from piped.interop.private import mark_seen, next_errback
from tests.interop.reports import Reports

GONE = "Twisted has changed a private name: see piped.interop.private"


def failed() -> tuple[Deferred[None], Failure]:
    failure = Failure(RuntimeError("nobody looked"))
    return fail(failure), failure


def test_the_names_are_there() -> None:
    deferred, _ = failed()
    info = getattr(deferred, "_debugInfo", None)
    assert isinstance(info, DebugInfo), GONE
    assert isinstance(getattr(info, "failResult", None), Failure), GONE
    assert {"creator", "invoker"} <= vars(DebugInfo).keys(), GONE
    deferred.addErrback(lambda _: None)


def test_a_subclass_is_known_to_the_driver_of_twisted() -> None:
    class Mine(Deferred[None]):
        pass

    assert Mine in defer._DEFERRED_SUBCLASSES, GONE


def test_a_failure_that_was_seen_is_not_reported(reports: Reports) -> None:
    deferred, failure = failed()
    mark_seen(deferred, failure)
    assert deferred.result is failure
    del deferred, failure
    assert reports.now() == []


def test_any_other_failure_is_reported(reports: Reports) -> None:
    deferred, _ = failed()
    mark_seen(deferred, Failure(LookupError()))
    del deferred, _
    assert [str(error) for error in reports.now()] == ["nobody looked"]


def test_what_was_noted_for_debugging_is_kept(reports: Reports) -> None:
    deferred, failure = failed()
    known = deferred._debugInfo
    assert known is not None
    known.creator = ["made here"]
    mark_seen(deferred, failure)
    assert deferred._debugInfo is not None
    assert deferred._debugInfo.creator == ["made here"]


def test_the_next_to_hear_of_a_failure_is_known() -> None:
    deferred: Deferred[None] = Deferred()
    assert next_errback(deferred) is None
    deferred.addErrback(print)
    assert next_errback(deferred) is print
    deferred.errback(LookupError())
    assert next_errback(deferred) is None
