"""What some code prints, and no other."""

# ruff: noqa: T201 - to print is what is tried

from __future__ import annotations

import asyncio
import sys

import pytest
from hypothesis import given, settings, strategies as st

from piped.secret import HIDDEN, Secret
from piped.web.debugger.capture import Output, Piece, capturing


def test_both_streams_are_captured_in_order() -> None:
    output, former = Output(), (sys.stdout, sys.stderr)
    with capturing(output):
        print("a")
        print("b", file=sys.stderr)
        print("c", end="")
        sys.stdout.flush()
        assert not sys.stdout.isatty()
    assert output.pieces() == [Piece("out", "a\n"), Piece("err", "b\n"), Piece("out", "c")]
    assert (sys.stdout, sys.stderr) == former


async def test_other_tasks_print_where_they_did(capsys: pytest.CaptureFixture[str]) -> None:
    one, two, both = Output(), Output(), asyncio.Barrier(3)

    async def capture(output: Output, text: str) -> None:
        with capturing(output):
            await both.wait()
            print(text)
            await both.wait()

    async def other() -> None:
        await both.wait()
        print("other")
        await both.wait()

    await asyncio.gather(capture(one, "one"), capture(two, "two"), other())
    assert one.pieces() == [Piece("out", "one\n")]
    assert two.pieces() == [Piece("out", "two\n")]
    assert capsys.readouterr().out == "other\n"


async def test_what_is_left_running_prints_where_it_would_have(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output, go_on = Output(), asyncio.Event()

    async def later() -> None:
        await go_on.wait()
        print("later")

    with capturing(output):
        task = asyncio.create_task(later())
    with capturing(Output()):
        go_on.set()
        await task
    assert output.pieces() == []
    assert capsys.readouterr().out == "later\n"


def test_who_puts_another_stream_there_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Output()
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    with capturing(output):
        sys.stdout = sys.__stdout__
    assert sys.stdout is sys.__stdout__


def test_a_process_without_stdout_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    output = Output()
    with capturing(output):
        print("a")
    assert output.pieces() == [Piece("out", "a\n")]
    assert sys.stdout is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["out", "err"]), st.text(max_size=30))))
def test_no_more_is_kept_than_there_is_room_for(texts: list[tuple[str, str]]) -> None:
    output = Output(most=50)
    for stream, text in texts:
        output.write(stream, text)  # type: ignore[arg-type]
    whole = "".join(text for _, text in texts)
    kept = output.pieces()
    if len(whole) <= 50:
        assert "".join(each.text for each in kept) == whole
    else:
        assert "".join(each.text for each in kept[:-1]) == whole[:50]
        assert kept[-1].text == f"… {len(whole) - 50} more characters\n"


def test_very_many_small_pieces_are_bounded() -> None:
    output = Output()
    for at in range(10_000):
        output.write("out" if at % 2 else "err", "x")
    assert len(output.pieces()) == 2_001


def test_secrets_are_taken_out_although_they_come_in_parts() -> None:
    output, text = Output(), Secret("wilhelmina-1908").reveal()
    output.write("out", text[:5])
    output.write("out", text[5:])
    assert output.pieces() == [Piece("out", HIDDEN)]
