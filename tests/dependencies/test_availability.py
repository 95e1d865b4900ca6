"""The rules of availability, tried on a graph alone: no events, no components."""

from __future__ import annotations

import pytest

from piped.dependencies.availability import Availability, Change

READY, LOST = True, False


def graph(wiring: str, resolved: bool = True, **traits: dict[str, bool]) -> Availability:
    """The graph of "a: b c, b: d": a needs b and c, b needs d. The edge in "a: ~b" gates not."""
    made = Availability()
    needs = {
        name: to.split() for name, _, to in (each.partition(":") for each in wiring.split(", "))
    }
    names = dict.fromkeys([*needs, *(to.strip("~") for tos in needs.values() for to in tos)])
    for name in names:
        made.add(name, **traits.get(name, {}))
    for name, tos in needs.items():
        for to in tos:
            made.add_edge(name, to.strip("~"), gates=to[0] != "~")
    if resolved:
        for name in reversed(names):
            made.resolve(name)
    return made


def ready(made: Availability) -> str:
    return "".join(str(node) for node in made if made.is_ready(node))


def told(changes: list[Change]) -> str:
    """Changes as "+a -b"."""
    return " ".join(f"{'+' if ready else '-'}{node}" for node, ready, _ in changes)


def test_an_unresolved_node_is_not_ready() -> None:
    made = graph("a: b", resolved=False)
    assert ready(made) == ""
    assert told(made.resolve("b")) == "+b"
    assert not made.is_resolved("a")
    assert made.is_resolved("b")


def test_resolving_twice_changes_nothing() -> None:
    made = graph("a: b")
    assert made.resolve("a") == []


def test_a_consumer_lacks_what_is_not_ready() -> None:
    made = graph("a: b", resolved=False)
    assert made.lacks("a")
    made.resolve("b")
    assert not made.lacks("a")


@pytest.mark.parametrize(
    ("wiring", "lost", "changes"),
    [
        ("a: b", "b", "-b -a"),
        ("a: b, b: c, c: d", "d", "-d -c -b -a"),
        ("a: b c, b: d, c: d", "d", "-d -b -c -a"),
        ("a: d, b: d, c: d", "d", "-d -a -b -c"),
        ("a: b c", "b", "-b -a"),
        ("a: ~b, c: b", "b", "-b -c"),
    ],
    ids=["edge", "chain", "diamond", "fan", "one of two", "an edge that does not gate"],
)
def test_a_loss_and_a_return_reach_all_above_once(wiring: str, lost: str, changes: str) -> None:
    made = graph(wiring)
    reason = RuntimeError()
    losses = made.set_lost(lost, reason)
    assert told(losses) == changes
    assert {change.reason for change in losses} == {reason}
    assert told(made.set_ready(lost)) == changes.replace("-", "+")


def test_losing_a_second_dependency_changes_nothing_more() -> None:
    made = graph("a: b c")
    assert told(made.set_lost("b")) == "-b -a"
    assert told(made.set_lost("c")) == "-c"
    assert told(made.set_ready("b")) == "+b"
    assert told(made.set_ready("c")) == "+c +a"


def test_only_changes_are_told() -> None:
    made = graph("a: b")
    assert made.set_ready("a") == []
    made.set_lost("a")
    assert made.set_lost("a") == []


def test_who_does_not_cascade_ready_begins_lost_and_becomes_ready_by_hand() -> None:
    made = graph("a: b, b: c", resolved=False, b={"cascade_ready": False})
    made.resolve("c")
    assert told(made.resolve("b")) == "-b"
    assert told(made.resolve("a")) == "-a"
    assert told(made.set_ready("b")) == "+b +a"
    assert told(made.set_lost("c")) == "-c -b -a"
    assert told(made.set_ready("c")) == "+c"


def test_who_does_not_cascade_lost_stays_ready() -> None:
    made = graph("a: b, b: c", b={"cascade_lost": False})
    assert told(made.set_lost("c")) == "-c"
    assert ready(made) == "ab"
    assert told(made.set_lost("b")) == "-b -a"


def test_who_does_not_cascade_lost_begins_lost_in_silence() -> None:
    made = graph("a: b", resolved=False, a={"cascade_lost": False}, b={"cascade_ready": False})
    made.resolve("b")
    assert made.resolve("a") == []
    assert made.is_resolved("a")
    assert ready(made) == ""


def test_what_is_set_by_hand_holds_although_a_dependency_is_lacked() -> None:
    made = graph("a: b c")
    made.set_lost("b")
    assert told(made.set_ready("a")) == "+a"
    assert told(made.set_lost("c")) == "-c -a"


def test_a_dependency_that_returns_undoes_what_was_lost_by_hand() -> None:
    made = graph("a: b")
    made.set_lost("a")
    made.set_lost("b")
    assert told(made.set_ready("b")) == "+b +a"


def test_what_is_set_by_hand_is_resolved() -> None:
    made = graph("a: b, c: b", resolved=False)
    assert told(made.set_ready("a")) == "+a"
    assert told(made.set_lost("c")) == "-c"
    assert made.is_resolved("a")
    assert made.is_resolved("c")


def test_a_dependency_that_begins_lost_takes_those_along_that_were_ready_by_hand() -> None:
    made = graph("a: b", resolved=False, b={"present": False})
    made.set_ready("a")
    assert told(made.resolve("b")) == "-b -a"
    assert told(made.set_present("b")) == "+b +a"


def test_a_node_is_ready_while_what_it_stands_for_is_present() -> None:
    made = graph("a: b, b: c", b={"present": False})
    assert ready(made) == "c"
    assert told(made.set_present("b")) == "+b +a"
    assert made.set_present("b") == []
    assert told(made.set_absent("b")) == "-b -a"
    assert made.set_absent("b") == []


def test_what_comes_while_a_dependency_is_lacked_waits_for_it() -> None:
    made = graph("b: c", b={"present": False})
    made.set_lost("c")
    assert made.set_present("b") == []
    assert told(made.set_ready("c")) == "+c +b"


def test_what_comes_before_the_node_is_resolved_counts_when_it_is() -> None:
    made = graph("a: b", resolved=False, b={"present": False})
    assert made.set_present("b") == []
    assert told(made.resolve("b")) == "+b"


def test_who_loses_what_it_stands_for_is_lost_although_it_cascades_nothing() -> None:
    made = graph("a: b", b={"cascade_lost": False})
    assert told(made.set_absent("b")) == "-b -a"


def test_a_new_edge_to_a_lost_dependency_loses_the_consumer() -> None:
    made = graph("a: b, c:")
    made.set_lost("c")
    reason = RuntimeError()
    assert made.add_edge("a", "c", reason=reason) == [("a", LOST, reason)]
    assert told(made.set_ready("c")) == "+c +a"


def test_a_new_edge_to_an_unresolved_dependency_changes_nothing_yet() -> None:
    made = graph("a:")
    made.add("b", present=False)
    assert made.add_edge("a", "b") == []
    assert ready(made) == "a"
    assert told(made.resolve("b")) == "-b -a"


def test_a_new_edge_to_a_ready_dependency_undoes_what_was_lost_by_hand() -> None:
    made = graph("a:, b:")
    made.set_lost("a")
    assert made.add_edge("a", "b") == [("a", READY, None)]


def test_an_edge_that_does_not_gate_changes_nothing() -> None:
    made = graph("a:, b:")
    made.set_lost("b")
    assert made.add_edge("a", "b", gates=False) == []
    assert made.set_lost("b") == []
    assert made.remove_edge("a", "b") == []


def test_letting_go_of_a_lost_dependency_makes_ready() -> None:
    made = graph("a: b c, d: a")
    made.set_lost("b")
    assert told(made.remove_edge("a", "b")) == "+a +d"


def test_letting_go_of_one_of_two_lost_dependencies_does_not() -> None:
    made = graph("a: b c")
    made.set_lost("b")
    made.set_lost("c")
    assert made.remove_edge("a", "b") == []


def test_letting_go_of_a_ready_dependency_changes_nothing() -> None:
    made = graph("a: b")
    made.set_lost("a")
    assert made.remove_edge("a", "b") == []


def test_a_node_that_goes_takes_its_edges_along() -> None:
    made = graph("a: b, b: c, d: b")
    made.set_lost("b")
    assert told(made.remove("b")) == "+a +d"
    assert list(made) == ["a", "d", "c"]
    assert len(made) == 3
    assert list(made.dependencies_of("a")) == list(made.consumers_of("c")) == []
    assert not made.has_edge("b", "c")
    assert "b" not in made


def test_both_ends_know_an_edge() -> None:
    made = graph("a: b ~c")
    assert list(made.dependencies_of("a")) == ["b", "c"]
    assert list(made.consumers_of("c")) == ["a"]
    assert list(made.needs("a")) == ["b"]
    assert list(made.needed_by("b")) == ["a"]
    assert list(made.needed_by("c")) == []


def test_nodes_and_edges_are_there_once() -> None:
    made = graph("a: b")
    with pytest.raises(AssertionError, match="'a' is there already"):
        made.add("a")
    with pytest.raises(AssertionError, match="that edge is there already"):
        made.add_edge("a", "b")


def test_a_chain_of_any_length_needs_no_stack() -> None:
    made, length = Availability(), 100_000
    for number in range(length):
        made.add(number)
        if number:
            made.add_edge(number, number - 1)
    changes = [len(made.resolve(number)) for number in reversed(range(length))]
    assert sum(changes) == 2 * length - 1  # all but the last begin lost, and come with it
    assert len(made.set_lost(0)) == len(made.set_ready(0)) == length
