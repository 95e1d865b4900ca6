"""Items as rows: mappings, objects with fields, or tuples in the order of the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from piped.exceptions import UnfitBaton
from piped.processors.database_texts import Texts, joined

__all__ = ["Rows", "rows_of", "rows_of_parts", "uniform"]


@dataclass(slots=True)
class Rows:
    """Rows of the same columns. Each knows the number of its item."""

    columns: Sequence[str]
    values: Sequence[Sequence[Any]]
    numbers: Sequence[int]

    def halves(self) -> list[Rows]:
        """The same, as two; one that is a single row stays one."""
        middle = len(self.values) // 2
        if not middle:
            return [self]
        return [
            Rows(self.columns, self.values[:middle], self.numbers[:middle]),
            Rows(self.columns, self.values[middle:], self.numbers[middle:]),
        ]


Found = tuple[list[Rows], list[tuple[int, Exception]]]


def rows_of_parts(parts: list[Sequence[Any]], columns: list[str] | None) -> Found:
    """The rows of all parts, of which some are kept as texts, and the numbers of what is none."""
    groups: list[Rows] = []
    unfit: list[tuple[int, Exception]] = []
    first = 0
    for _, run in groupby(parts, _kind):
        alike = list(run)
        texts = joined([each for each in alike if isinstance(each, Texts)])
        if texts is None:
            items = list(chain.from_iterable(alike))
            found, bad = rows_of(items, columns, first)
            groups += found
            unfit += bad
            first += len(items)
        else:
            groups.append(Rows(texts.columns, texts, range(first, first + len(texts))))
            first += len(texts)
    return groups, unfit


def _kind(part: Sequence[Any]) -> tuple[Any, ...] | None:
    return (part.columns, part.encoding) if isinstance(part, Texts) else None


def rows_of(items: list[Any], columns: list[str] | None, first: int = 0) -> Found:
    """Rows, by their columns, and the numbers of those items that are none."""
    whole = uniform(items, columns)
    if whole is not None:
        return ([Rows(*whole, range(first, first + len(items)))] if items else []), []
    groups: dict[tuple[str, ...], tuple[list[Sequence[Any]], list[int]]] = {}
    unfit: list[tuple[int, Exception]] = []
    for number, item in enumerate(items, first):
        try:
            names, values = _row(item, columns)
        except UnfitBaton as failure:
            unfit.append((number, failure))
            continue
        rows, numbers = groups.setdefault(names, ([], []))
        rows.append(values)
        numbers.append(number)
    return [Rows(names, *found) for names, found in groups.items()], unfit


def uniform(
    items: list[Any], columns: list[str] | None
) -> tuple[Sequence[str], list[Sequence[Any]]] | None:
    """Their columns and values, if all are alike: no Python runs for each of them."""
    kinds = set(map(type, items))
    if columns and kinds <= {tuple, list} and set(map(len, items)) == {len(columns)}:
        return columns, items
    if kinds != {dict}:
        return None
    if columns:
        try:
            picked = map(itemgetter(*columns), items)
            return columns, (list(picked) if len(columns) > 1 else [(each,) for each in picked])
        except KeyError:
            return None
    names = set(map(tuple, items))
    if len(names) != 1:
        return None
    return names.pop(), list(map(tuple, map(dict.values, items)))


def _row(item: Any, columns: list[str] | None) -> tuple[tuple[str, ...], Sequence[Any]]:
    if columns and isinstance(item, list | tuple) and not hasattr(item, "_fields"):
        if len(item) != len(columns):
            raise UnfitBaton(f"a row has {len(item)} values, and there are {len(columns)} columns")
        return tuple(columns), tuple(item)
    row = _mapping(item)
    if not row or not all(type(name) is str for name in row):
        raise UnfitBaton(f"a row has columns: {item!r:.60} has none")
    names = tuple(columns or row)
    try:
        return names, tuple([row[name] for name in names])
    except KeyError as error:
        raise UnfitBaton(f"the row has nothing for {error.args[0]!r}") from None


def _mapping(item: Any) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    if is_dataclass(item) and not isinstance(item, type):
        return {each.name: getattr(item, each.name) for each in fields(item)}
    if isinstance(item, tuple) and hasattr(item, "_asdict"):
        found: Mapping[str, Any] = item._asdict()
        return found
    raise UnfitBaton(
        f"{item!r:.60} is no row",
        hint="A row is a mapping, an object with fields, or, with `columns`, a list of values.",
    )
