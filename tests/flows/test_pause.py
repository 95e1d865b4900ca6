"""What holds a fount back."""

from __future__ import annotations

import pytest

from piped.exceptions import AlreadyResumed
from piped.flows import Pause

from .parts import Hand, Source


def test_a_pause_is_let_go_once() -> None:
    let_go: list[int] = []
    pause = Pause(lambda: let_go.append(1))
    pause.resume()
    with pytest.raises(AlreadyResumed):
        pause.resume()
    assert let_go == [1]


def test_a_fount_flows_when_the_last_pause_is_let_go() -> None:
    source, hand = Source(), Hand()
    source.flow_to(hand)
    one, other = source.pause(), source.pause()
    source.push(1)
    one.resume()
    assert hand.items == []
    other.resume()
    assert hand.items == [1]
