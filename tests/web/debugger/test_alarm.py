"""What takes too long is interrupted, where that is possible."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from piped.web.debugger.alarm import TooLong, can_limit, limited


def test_what_is_quick_ends_by_itself() -> None:
    with limited(30):
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0 or can_limit()


def test_a_loop_and_a_sleep_are_interrupted() -> None:
    def turn() -> None:
        while True:
            pass

    with pytest.raises(TooLong, match=r"longer than 0\.01 s"), limited(0.01):
        turn()
    with pytest.raises(TooLong), limited(0.01):
        time.sleep(60)


def test_it_is_no_exception_that_one_would_take() -> None:
    def take() -> None:
        try:
            time.sleep(60)
        except Exception:  # noqa: BLE001 - it is what is tried
            pytest.fail("it was taken")

    with pytest.raises(TooLong), limited(0.01):
        take()


def test_who_had_an_alarm_keeps_it() -> None:
    rung = []
    former = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with limited(30):
            pass
        deadline = time.monotonic() + 10
        while not rung and time.monotonic() < deadline:
            signal.sigtimedwait([], 0.01)
        assert rung
    finally:
        signal.signal(signal.SIGALRM, former)
        signal.setitimer(signal.ITIMER_REAL, left)


def test_one_within_another_is_interrupted_first() -> None:
    with limited(30):
        with pytest.raises(TooLong), limited(0.01):
            time.sleep(60)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 20


def test_in_another_thread_there_is_no_limit_and_that_is_known() -> None:
    known: list[bool] = []

    def run() -> None:
        with limited(0.001):
            known.append(can_limit())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert known == [False]
    assert can_limit()
