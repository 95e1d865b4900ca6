"""How items are written down."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import FlowError, UnfitItem
from piped.flows.codec import Pickled, Plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
)


@given(st.binary() | JSON)
def test_bytes_and_what_json_knows_come_back_as_they_were(item: Any) -> None:
    read = Plain().decode(Plain().encode(item))
    assert repr(read) == repr(item)


@pytest.mark.parametrize("item", [(1, 2), [(1,)], {1: 2}, {"a": {None: 1}}, object(), {1}])
def test_what_would_come_back_as_something_else_is_refused(item: Any) -> None:
    with pytest.raises(FlowError, match=r"written down|would change"):
        Plain().encode(item)


class Odd:
    """Can be written down, and not be read."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


def test_what_cannot_be_pickled_is_unfit_alone() -> None:
    codec = Pickled()
    with pytest.raises(UnfitItem, match="function cannot be pickled"):
        codec.encode(lambda: None)
    [data] = codec.read([codec.encode(Odd())])
    with pytest.raises(UnfitItem, match="no number"):
        codec.decode(data)
    assert codec.decode(codec.encode((1, {2}))) == (1, {2})
