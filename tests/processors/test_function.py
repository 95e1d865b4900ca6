"""Functions as processors."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import piped
from piped.catalogue import Catalogue
from piped.options import schema_of
from piped.processors.function import FunctionProcessor, processor


@piped.processor("shout")
def shout(text: str, *, marks: int = 1) -> str:
    """Upper-case a text.

    marks: how many exclamation marks follow
    """
    return text.upper() + "!" * marks


@processor("tell")
async def tell(text: str, baton: dict[str, Any]) -> str:
    await asyncio.sleep(0)
    return f"{text} {sorted(baton)}"


def _class_of(function: Any) -> Any:
    return function.__piped_processor__


def made(function: Any, **options: Any) -> FunctionProcessor:
    processor: FunctionProcessor = _class_of(function)(**options)
    return processor


def test_a_function_stays_what_it_is() -> None:
    assert shout("hello", marks=2) == "HELLO!!"


def test_its_output_goes_where_the_paths_say() -> None:
    upper = made(shout, marks=2, input_path="a", output_path="b")
    assert upper.process({"a": "x"}) == {"a": "x", "b": "X!!"}


async def test_it_may_be_asynchronous_and_take_the_baton() -> None:
    assert await made(tell, input_path="a").process({"a": "x"}) == {"a": "x ['a']"}


def test_its_keyword_only_parameters_are_options() -> None:
    schema = schema_of(_class_of(shout))
    options = {option.name: option for option in schema.options}
    assert schema.name == "shout"
    assert options["marks"].type is int
    assert options["marks"].default == 1
    assert options["marks"].help == "how many exclamation marks follow"
    assert {"input_path", "output_path", "node_name"} <= options.keys()
    assert not schema.open


def test_it_carries_the_name_that_the_catalogue_looks_for() -> None:
    assert _class_of(shout).name == "shout"
    assert "shout" not in Catalogue.builtin().processors


def test_a_function_that_takes_no_input_is_refused() -> None:
    with pytest.raises(TypeError, match="must take the input"):

        @processor("nothing")
        def nothing() -> None: ...
