"""The title is a nicety: without its library, nothing happens."""

from __future__ import annotations

import sys

import pytest

from piped.daemon.title import set_title
from tests.processes import run


def test_without_the_library_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "setproctitle", None)
    assert set_title("orders") is False


def test_with_it_the_process_has_the_title() -> None:
    pytest.importorskip("setproctitle")
    done = run(
        """
        from piped.daemon.title import set_title
        print(set_title("orders"), open("/proc/self/cmdline").read().rstrip(chr(0)))
        """
    )
    assert done.stdout == "True orders\n"
