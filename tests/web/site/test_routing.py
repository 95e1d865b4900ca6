"""From a path to a place (rules of `piped.web.site.routing`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given, settings, strategies as st

from piped.web.site import routing
from piped.web.site.patterns import Parameter, parts_of
from piped.web.site.routing import Branch, Router

# Of a branch: the letters of what it has. What answers is called by its path and its letter.
KINDS = {"h": "here", "f": "files", "b": "beyond"}


def tree(places: dict[str, str]) -> Branch[str]:
    """`{"/a/{id}": "hb"}`: there is something here and beyond at that path."""
    root: Branch[str] = Branch()
    for path, kinds in places.items():
        branch = root
        for part in parts_of(path) if path != "/" else ():
            if isinstance(part, str):
                branch = branch.children.setdefault(part.encode(), Branch())
            else:
                branch.parameter = branch.parameter or (part, Branch())
                branch = branch.parameter[1]
        for kind in kinds:
            setattr(branch, KINDS[kind], f"{path} {KINDS[kind]}")
    return root


def found(places: dict[str, str], path: bytes) -> list[tuple[Any, ...]]:
    """Who answers, and what they are told: first the one, and then who is asked otherwise."""
    answers = []
    each = Router(tree(places)).find(path)
    while each is not None:
        answers.append((each.place, list(each.postpath), each.parameters))
        each = each.otherwise
    return answers


@pytest.mark.parametrize("path", [b"/a", b"/a/", b"/%61"])
def test_a_path_leads_to_its_place_with_and_without_a_slash(path: bytes) -> None:
    assert found({"/a": "h"}, path) == [("/a here", [], {})]


def test_a_path_without_a_place_leads_nowhere() -> None:
    places = {"/a": "h", "/a/b/c": "h"}
    for path in (b"/", b"/b", b"/a/x", b"/a/b", b"/a//", b"/aa", b"*", b"", b"http://x/a"):
        assert found(places, path) == []


def test_what_a_routing_does_not_know_is_for_the_files_and_then_for_what_is_beyond() -> None:
    places = {"/": "b", "/a": "hfb", "/a/known": ""}
    assert found(places, b"/a") == [("/a here", [], {})]
    rest = [b"x", b"y"]
    assert found(places, b"/a/x/y") == [("/a files", rest, {}), ("/a beyond", rest, {})]
    # A child that has nothing is known all the same.
    assert found(places, b"/a/known") == [("/a beyond", [b"known"], {})]


def test_the_nearest_that_is_beyond_answers() -> None:
    places = {"/": "b", "/a": "b", "/a/b": "", "/c": ""}
    assert found(places, b"/a/b/c") == [("/a beyond", [b"b", b"c"], {})]
    assert found(places, b"/c/d") == [("/ beyond", [b"c", b"d"], {})]


def test_what_is_left_is_told_from_where_it_is_answered() -> None:
    places = {"/a": "b"}
    assert found(places, b"/a") == [("/a beyond", [], {})]
    assert found(places, b"/a/") == [("/a beyond", [b""], {})]
    assert found(places, b"/a/b") == [("/a beyond", [b"b"], {})]
    assert found(places, b"/a/b/") == [("/a beyond", [b"b", b""], {})]
    assert found(places, b"/a/b%2Fc//d") == [("/a beyond", [b"b/c", b"", b"d"], {})]


def test_the_files_of_a_branch_answer_its_own_path_where_nothing_else_does() -> None:
    assert found({"/a": "f"}, b"/a") == [("/a files", [], {})]
    assert found({"/a": "f"}, b"/a/") == [("/a files", [b""], {})]


def test_a_name_wins_over_a_parameter_and_there_is_no_way_back() -> None:
    places = {"/users/{id}": "h", "/users/me/x": "h"}
    assert found(places, b"/users/17") == [("/users/{id} here", [], {"id": "17"})]
    assert found(places, b"/users/me") == []


def test_a_parameter_that_does_not_fit_is_not_known() -> None:
    places = {"/": "b", "/users/{id:int}/posts/{post:int}": "h"}
    path = "/users/{id:int}/posts/{post:int} here"
    assert found(places, b"/users/1/posts/2") == [(path, [], {"id": 1, "post": 2})]
    left = [b"users", b"one", b"posts", b"2"]
    assert found(places, b"/users/one/posts/2") == [("/ beyond", left, {})]


def test_a_path_parameter_takes_all_that_is_left() -> None:
    places = {"/files": "h", "/files/{name:path}": "h"}
    name = "/files/{name:path} here"
    assert found(places, b"/files/a/b%20c") == [(name, [], {"name": "a/b c"})]
    assert found(places, b"/files/a/") == [(name, [], {"name": "a/"})]
    assert found(places, b"/files/") == [("/files here", [], {})]


def test_the_way_to_a_place_is_told_too() -> None:
    router = Router(tree({"/a": "hb"}))
    for path, before in [(b"/a", (b"a",)), (b"/a/", (b"a", b"")), (b"/a/x", (b"a",))]:
        answer = router.find(path)
        assert answer is not None
        assert answer.prepath == before


def test_names_are_found_however_they_are_written() -> None:
    places = {"/smørbrød og te": "h"}
    for path in ("/smørbrød og te", "/sm%C3%B8rbr%C3%B8d%20og%20te", "/sm%c3%b8rbr%C3%B8d og te"):
        assert found(places, path.encode()) == [("/smørbrød og te here", [], {})]


def test_few_found_paths_are_kept_and_no_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "_MOST", 3)
    router = Router(tree({"/{id}": "h"}))
    for number in range(10):
        assert router.find(b"/%d" % number) is router.find(b"/%d" % number)
    assert list(router._recent) == [b"/7", b"/8", b"/9"]
    router.find(b"/" + b"x" * 1000)
    assert list(router._recent) == [b"/7", b"/8", b"/9"]


NAMES = st.sampled_from(["a", "b", "cc", "ø"])
PARAMETERS = st.sampled_from(["{x}", "{n:int}", "{r:path}"])
SEGMENTS = st.lists(
    st.sampled_from([b"a", b"b", b"cc", "ø".encode(), b"17", b"", b"z", b"a/b"]), max_size=5
)


@st.composite
def routings(draw: st.DrawFn) -> dict[str, str]:
    """Paths with what they have; never two parameters at one place."""
    places: dict[str, str] = {}
    at: dict[str, str] = {}
    for _ in range(draw(st.integers(0, 8))):
        path = ""
        for part in draw(st.lists(NAMES | PARAMETERS, max_size=4)):
            if part.startswith("{"):
                name = part.strip("{}").partition(":")[0]
                if f"{{{name}" in path:
                    break
                part = at.setdefault(path, part)  # noqa: PLW2901
                if f"{part.partition(':')[0].rstrip('}')}" in path:
                    break
            path += f"/{part}"
            if part == "{r:path}":
                break
        places[path or "/"] = draw(st.sampled_from(["", "h", "f", "b", "hf", "hb", "fb", "hfb"]))
    return places


def naively(places: dict[str, str], segments: Sequence[bytes]) -> list[tuple[Any, ...]]:
    """The rules once more, by looking at all paths again for each segment."""
    ways: list[tuple[str, int, dict[str, Any]]] = [("", 0, {})]
    while True:
        way, depth, values = ways[-1]
        if depth >= len(segments) or (depth == len(segments) - 1 and not segments[-1]):
            break
        step = one_step(places, way, segments[depth:])
        if step is None:
            break
        part, taken, value = step
        ways.append((f"{way}/{part}", depth + taken, {**values, **value}))
    way, depth, values = ways[-1]
    has = places.get(way or "/", "")
    rest = list(segments[depth:])
    if "h" in has and rest in ([], [b""]):
        return [(f"{way or '/'} here", [], values)]
    answers = [(f"{way or '/'} files", rest, values)] if "f" in has else []
    for way, depth, values in reversed(ways):
        if "b" in places.get(way or "/", ""):
            return [*answers, (f"{way or '/'} beyond", list(segments[depth:]), values)]
    return answers


def one_step(
    places: dict[str, str], way: str, rest: Sequence[bytes]
) -> tuple[str, int, dict[str, Any]] | None:
    below = [path[len(way) + 1 :].split("/")[0] for path in places if path.startswith(f"{way}/")]
    for part in below:
        if part and not part.startswith("{") and part.encode() == rest[0]:
            return part, 1, {}
    for part in below:
        for parameter in parts_of(part) if part.startswith("{") else ():
            assert isinstance(parameter, Parameter)
            taken = len(rest) if parameter.takes_all else 1
            value = parameter.value(b"/".join(rest[:taken]))
            if value is not None:
                return part, taken, {parameter.name: value}
    return None


@given(routings(), SEGMENTS)
@settings(max_examples=400)
def test_it_finds_what_the_rules_say(places: dict[str, str], segments: list[bytes]) -> None:
    path = "/" + "/".join(quote_from_bytes(each, safe="") for each in segments)
    asked = [unquote_to_bytes(each) for each in path[1:].encode().split(b"/")]
    assert found(places, path.encode()) == naively(places, asked)


@given(routings(), st.binary(max_size=40))
def test_no_path_breaks_it(places: dict[str, str], path: bytes) -> None:
    router = Router(tree(places))
    assert router.find(path) is router.find(path)
