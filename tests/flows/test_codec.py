"""How items are written down."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import FlowError
from piped.flows.codec import Plain

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
