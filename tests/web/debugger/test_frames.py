"""Where an exception was: which frames there are, whose they are, and their source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from piped.processing.plan import Plan, Step
from piped.processing.run import start
from piped.processors.json_processors import DecodeJson
from piped.web.debugger.frames import Relation, Whose, excerpt, focus, raised


def caught(function: Any, *args: Any) -> BaseException:
    try:
        function(*args)
    except BaseException as failure:  # noqa: BLE001 - it is what is looked at
        return failure
    raise AssertionError("it did not fail")


def divide(number: int) -> float:
    return 1 + (2 / number) + 3


def test_the_innermost_frame_is_the_last_and_its_expression_is_marked() -> None:
    [one] = raised(caught(divide, 0))
    spot = one.spots[-1]
    assert (spot.name, spot.whose) == ("divide", Whose.YOURS)
    assert spot.frame.f_locals == {"number": 0}
    [marked] = [each for each in excerpt(spot) if each.marked]
    assert marked.number == spot.line
    assert marked.text[marked.start : marked.end] == "2 / number"


def test_columns_count_characters() -> None:
    namespace: dict[str, Any] = {}
    path = "<wide>"
    text = "def wide(a): return ('é€𝄞', a.b)\n"
    import linecache

    linecache.cache[path] = (len(text), None, [text], path)
    exec(compile(text, path, "exec"), namespace)
    [one] = raised(caught(namespace["wide"], 1))
    [line] = [each for each in excerpt(one.spots[-1]) if each.marked]
    assert line.text[line.start : line.end] == "a.b"


def test_an_expression_of_several_lines_is_marked_to_its_end() -> None:
    def several() -> Any:
        return json.loads(
            "{",
            strict=False,
        )

    spots = raised(caught(several))[0].spots
    at = next(each for each in spots if each.name.endswith("several"))
    texts = [line.text[line.start : line.end] for line in excerpt(at) if line.marked]
    assert texts == ["json.loads(", '"{",', "strict=False,", ")"]


def test_what_stands_behind_is_there_in_order() -> None:
    def both() -> None:
        try:
            divide(0)
        except ZeroDivisionError as failure:
            try:
                raise KeyError("a") from failure  # noqa: TRY301
            except KeyError:
                raise ValueError("b")  # noqa: B904 - it is what is tried

    chain = raised(caught(both))
    assert [(type(each.exception), each.relation) for each in chain] == [
        (ValueError, Relation.RAISED),
        (KeyError, Relation.CONTEXT),
        (ZeroDivisionError, Relation.CAUSE),
    ]


def test_a_group_has_members_and_none_twice() -> None:
    one, two = caught(divide, 0), caught(json.loads, "{")
    assert isinstance(one, Exception)
    assert isinstance(two, Exception)
    two.__cause__ = one
    group = ExceptionGroup("several", [one, ExceptionGroup("more", [two])])
    group.__context__ = group  # round and round
    assert [(type(each.exception).__name__, each.depth) for each in raised(group)] == [
        ("ExceptionGroup", 0),
        ("ZeroDivisionError", 1),
        ("ExceptionGroup", 1),
        ("JSONDecodeError", 2),
    ]


def test_endless_recursion_is_cut_in_the_middle() -> None:
    def deeper(depth: int) -> Any:
        return deeper(depth + 1)

    [one] = raised(caught(deeper, 0))
    assert len(one.spots) == 120
    assert one.left_out > 100
    assert one.spots[-1].frame.f_locals["depth"] > one.spots[30].frame.f_locals["depth"]


def test_very_many_exceptions_are_not_all_shown() -> None:
    failures = [ValueError(str(at)) for at in range(1000)]
    assert len(raised(ExceptionGroup("many", failures))) == 20


def test_frames_are_ours_of_libraries_or_yours() -> None:
    def burst(baton: Any) -> Any:
        return json.loads(baton)

    spots = raised(caught(start, Plan("it", (Step("a", burst),)), "{"))[0].spots
    seen = [(each.whose, Path(each.file).name) for each in spots]
    assert (Whose.ENGINE, "run.py") in seen
    assert seen[-1] == (Whose.LIBRARY, "decoder.py")
    assert spots[focus(spots)].name.endswith("burst")


def test_without_any_of_yours_that_of_the_step_is_looked_at() -> None:
    step = Step("decode", DecodeJson(input_path="text").process)
    spots = raised(caught(start, Plan("it", (step,)), {"text": "{"}))[0].spots[1:]
    assert spots[-1].name == "DecodeJson._decoded"
    looked_at = spots[focus(spots)]
    assert looked_at.name == "DecodeJson.process_input"
    assert looked_at.frame.f_locals["input"] == "{"


def test_without_any_of_yours_the_innermost_is_looked_at() -> None:
    def no_step(baton: Any) -> None:
        del baton

    spots = raised(caught(start, None, no_step))[0].spots[1:]
    assert focus(spots) == len(spots) - 1
    assert focus(()) == -1


def test_an_exception_that_was_never_raised_has_no_frames() -> None:
    [one] = raised(ValueError())
    assert one.spots == ()


def test_source_that_is_not_there_is_left_out() -> None:
    namespace: dict[str, Any] = {}
    exec(compile("def gone(): 1 / 0", "<gone>", "exec"), namespace)
    [one] = raised(caught(namespace["gone"]))
    assert excerpt(one.spots[-1]) == []
