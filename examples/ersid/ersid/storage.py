"""Where keys and values are. All storages have the same methods, and what they give comes later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from piped.interop import Outcome

__all__ = ["DictStorage", "Storage"]


class Storage(Protocol):
    """What is asked of a storage. What `set` has done to its end, stays done."""

    def set(self, key: str, data: bytes) -> Outcome[None]: ...

    def get(self, key: str) -> Outcome[bytes | None]: ...

    def delete(self, key: str) -> Outcome[bool]:
        """Whether it was there."""

    def keys(self) -> Outcome[list[str]]: ...

    def getAll(self) -> Outcome[dict[str, bytes]]: ...  # noqa: N802 - its name since 2013


class DictStorage:
    """Keys and values in memory. Beside the methods of a storage, it is used like a dictionary."""

    def __init__(self, storage: Mapping[str, bytes | str] | None = None) -> None:
        self._storage: dict[str, bytes] = {}
        for key, data in (storage or {}).items():
            self[key] = data

    def set(self, key: str, data: bytes) -> Outcome[None]:
        self._storage[key] = data
        return _now(None)

    def get(self, key: str) -> Outcome[bytes | None]:
        return _now(self._storage.get(key))

    def delete(self, key: str) -> Outcome[bool]:
        return _now(self._storage.pop(key, None) is not None)

    def keys(self) -> Outcome[list[str]]:
        return _now(sorted(self._storage))

    def getAll(self) -> Outcome[dict[str, bytes]]:  # noqa: N802 - its name since 2013
        return _now(self._storage.copy())

    def __getitem__(self, key: str) -> bytes:
        return self._storage[key]

    def __setitem__(self, key: str, data: bytes | str) -> None:
        if not isinstance(data, bytes | str):
            raise TypeError(f"a value is bytes, or a text: not {data!r}")
        self._storage[key] = data.encode() if isinstance(data, str) else data

    def __delitem__(self, key: str) -> None:
        del self._storage[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._storage)

    def __len__(self) -> int:
        return len(self._storage)

    def __repr__(self) -> str:
        return repr(self._storage)


def _now(value: Any) -> Outcome[Any]:
    outcome: Outcome[Any] = Outcome()
    outcome.callback(value)
    return outcome
