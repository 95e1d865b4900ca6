"""What is kept, and for how long: rule by rule, and against a model."""

from __future__ import annotations

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from piped.web.debugger.held import Store

MOST, ALIKE, IDLE = 4, 2, 10


def store() -> Store[str]:
    return Store(MOST, ALIKE, IDLE)


def test_what_nobody_looks_at_goes() -> None:
    it = store()
    it.keep("a", "kind", "value", now=0)
    assert it.reap(9.9) == 0
    assert it.reap(10) == 1
    assert "a" not in it
    assert it.is_gone("a")
    assert not it.is_gone("b")


def test_who_finds_it_keeps_it() -> None:
    it = store()
    it.keep("a", "kind", "value", now=0)
    assert it.find("a", now=9) is not None
    assert it.reap(18.9) == 0
    assert it.reap(19) == 1
    assert it.find("a", now=20) is None


def test_there_are_never_too_many_and_the_idle_go_first() -> None:
    it = store()
    for at, id_ in enumerate("abcd"):
        it.keep(id_, id_, "", now=at)
    it.find("a", now=4)
    it.keep("e", "e", "", now=5)
    assert [id_ for id_ in "abcde" if id_ in it] == list("acde")


def test_of_one_kind_there_are_few_and_it_counts_them_all() -> None:
    it = store()
    for at, id_ in enumerate("abc"):
        it.keep(id_, "same", "", now=at)
    it.keep("z", "other", "", now=1.5)
    [same, other] = it.kinds()
    assert (same.kind, same.count, [each.id for each in same.items]) == ("same", 3, ["c", "b"])
    assert [each.number for each in same.items] == [3, 2]
    assert (other.kind, other.count) == ("other", 1)


def test_a_kind_is_forgotten_with_its_last() -> None:
    it = store()
    it.keep("a", "kind", "", now=0)
    it.keep("b", "kind", "", now=0)
    assert it.drop("a")
    assert not it.drop("a")
    it.clear()
    assert it.kinds() == []
    assert it.keep("c", "kind", "", now=0).number == 1


class Model(RuleBasedStateMachine):
    """The same with lists: what is oldest stands first."""

    def __init__(self) -> None:
        super().__init__()
        self.store: Store[int] = store()  # type: ignore[assignment]
        self.now = 0.0
        self.kept: list[tuple[str, int, float]] = []
        self.counts: dict[int, int] = {}
        self.used = 0

    def forget_counts(self) -> None:
        kinds = {kind for _, kind, _ in self.kept}
        self.counts = {kind: count for kind, count in self.counts.items() if kind in kinds}

    @rule(kind=st.integers(0, 3))
    def keep(self, kind: int) -> None:
        self.used += 1
        id_ = str(self.used)
        self.store.keep(id_, kind, self.used, self.now)
        alike = [each for each in self.kept if each[1] == kind]
        if len(alike) >= ALIKE:
            self.kept.remove(alike[0])
        elif len(self.kept) >= MOST:
            self.kept.pop(0)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.kept.append((id_, kind, self.now))
        self.forget_counts()

    @rule(which=st.integers(0, 40))
    def find(self, which: int) -> None:
        found = self.store.find(str(which), self.now)
        known = [each for each in self.kept if each[0] == str(which)]
        assert (found is not None) == bool(known)
        for each in known:
            self.kept.remove(each)
            self.kept.append((each[0], each[1], self.now))

    @rule(which=st.integers(0, 40))
    def drop(self, which: int) -> None:
        known = [each for each in self.kept if each[0] == str(which)]
        assert self.store.drop(str(which)) == bool(known)
        self.kept = [each for each in self.kept if each not in known]
        self.forget_counts()

    @rule(seconds=st.floats(0, 12))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def reap(self) -> None:
        staying = [each for each in self.kept if self.now - each[2] < IDLE]
        assert self.store.reap(self.now) == len(self.kept) - len(staying)
        self.kept = staying
        self.forget_counts()

    @invariant()
    def they_are_the_same(self) -> None:
        kinds = self.store.kinds()
        assert {each.kind: each.count for each in kinds} == self.counts
        ids = [item.id for each in kinds for item in each.items]
        assert sorted(ids) == sorted(each[0] for each in self.kept)
        assert len(self.store) == len(ids) <= MOST
        assert all(len(each.items) <= ALIKE for each in kinds)


TestModel = Model.TestCase
TestModel.settings = settings(deadline=None)
