"""What the pages ask for, and what is answered: JSON both ways."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from itertools import islice
from typing import Any

from piped.clock import Clock
from piped.secret import redact
from piped.web.debugger.alarm import limited
from piped.web.debugger.completion import complete
from piped.web.debugger.console import Console, Evaluated, is_incomplete
from piped.web.debugger.failed import Failed
from piped.web.debugger.held import Held, Item, Store
from piped.web.debugger.values import Budget, children, kind_of, shown

__all__ = ["Calls", "Gone", "Unfit"]

logger = logging.getLogger("piped.web.debugger")

Json = dict[str, Any]

_MOST_VALUES = 200
_LONGEST_CODE = 20_000
_LONGEST_LOGGED = 2_000
_DEEPEST = 20
_LOOKING_TIME = 1.0


class Unfit(Exception):
    """The body of the call is not what it has to be."""


class Gone(Exception):
    """The failure is not held."""


class Calls:
    """All that can be asked for, by name: `Calls.names`."""

    def __init__(self, store: Store[Failed], clock: Clock, evaluation_time: float) -> None:
        self._store = store
        self._clock = clock
        self._evaluation_time = evaluation_time
        self._calls: dict[str, Callable[[Json, str], Awaitable[Json]]] = {
            "list": self._list,
            "frame": self._frame,
            "values": self._values,
            "complete": self._complete,
            "execute": self._execute,
            "forget": self._forget,
        }

    def __contains__(self, name: str) -> bool:
        return name in self._calls

    async def answer(self, name: str, body: Any, client: str) -> Json:
        """What is answered to that call; raises `Unfit` or `Gone`."""
        if not isinstance(body, dict):
            raise Unfit("the body has to be an object")
        return await self._calls[name](body, client)

    async def _list(self, _: Json, __: str) -> Json:
        kinds = [_kind_data(each) for each in self._store.kinds()]
        return {"now": self._clock.time(), "kinds": kinds}

    async def _frame(self, body: Json, _: str) -> Json:
        _item, console = self._console(body)
        names = [
            (name, each)
            for name, each in console.names.items()
            if name != "__builtins__" and not name.startswith("<")
        ]
        with limited(_LOOKING_TIME * 2):
            return {
                "locals": _rows(names[:_MOST_VALUES]),
                "left_out": max(len(names) - _MOST_VALUES, 0),
                "transcript": [_evaluated_data(each) for each in console.history],
            }

    async def _values(self, body: Json, _: str) -> Json:
        """What the value at the end of a path is made of. A path is a name, and then numbers."""
        _item, console = self._console(body)
        name, path = _text(body, "name"), body.get("path", [])
        if name not in console.names or not isinstance(path, list) or len(path) > _DEEPEST:
            raise Unfit("there is no such value")
        value = console.names[name]
        with limited(_LOOKING_TIME * 2):
            for at in path:
                if type(at) is not int or at < 0:
                    raise Unfit("a path is made of numbers")
                found = next(islice(children(value), at, None), None)
                if found is None:
                    raise Unfit("there is no such value")
                value = found[1]
            return {"locals": _rows(list(children(value)))}

    async def _complete(self, body: Json, _: str) -> Json:
        _item, console = self._console(body)
        with limited(_LOOKING_TIME):
            completion = complete(_text(body, "before"), console.names)
        return asdict(completion)

    async def _execute(self, body: Json, client: str) -> Json:
        item, console = self._console(body)
        code = _text(body, "code")
        if body.get("unless_incomplete") and is_incomplete(code):
            return {"incomplete": True}
        spot = item.value.spots[_number(body, "frame")]
        logger.warning(
            "debugger: %s executes in %s (%s:%d) of failure %s: %s",
            client,
            spot.name,
            spot.file,
            spot.line,
            item.id,
            repr(redact(code))[:_LONGEST_LOGGED],
        )
        evaluated = await console.evaluate(code, self._evaluation_time)
        # It may have taken a while, in which somebody was there.
        self._store.find(item.id, self._clock.monotonic())
        return _evaluated_data(evaluated)

    async def _forget(self, body: Json, client: str) -> Json:
        id_ = _text(body, "failure")
        if not self._store.drop(id_):
            raise Gone
        logger.info("debugger: %s lets go of failure %s", client, id_)
        return {}

    def _console(self, body: Json) -> tuple[Item[Failed], Console]:
        item = self._store.find(_text(body, "failure"), self._clock.monotonic())
        if item is None:
            raise Gone
        console = item.value.console(_number(body, "frame"))
        if console is None:
            raise Unfit("there is no such frame")
        return item, console


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST_CODE:
        raise Unfit(f"{name} has to be a text of at most {_LONGEST_CODE} characters")
    return value


def _number(body: Json, name: str) -> int:
    value = body.get(name)
    if type(value) is not int:
        raise Unfit(f"{name} has to be a number")
    return value


def _rows(names: list[tuple[str, Any]]) -> list[Json]:
    budget = Budget(_LOOKING_TIME)
    return [
        {
            "name": redact(name),
            "kind": kind_of(value),
            "text": shown(value, budget=budget),
            "opens": next(children(value), None) is not None,
        }
        for name, value in names
    ]


def _evaluated_data(evaluated: Evaluated) -> Json:
    output = [asdict(piece) for piece in evaluated.output]
    return {"code": redact(evaluated.code), "output": output}


def _kind_data(held: Held[Failed]) -> Json:
    latest = held.items[0].value
    return {
        "kind": kind_of(latest.exception),
        "message": latest.message[:500],
        "count": held.count,
        "steps": [asdict(each) for each in latest.steps],
        "where": _where(latest),
        "items": [
            {
                "id": each.id,
                "time": each.value.asked.time,
                "number": each.number,
                "method": each.value.asked.method,
                "uri": redact(each.value.asked.uri)[:300],
                "client": each.value.asked.client,
                "message": each.value.message[:300],
            }
            for each in held.items
        ],
    }


def _where(failed: Failed) -> str:
    if failed.focus < 0:
        return ""
    spot = failed.spots[failed.focus]
    return f"{spot.file}:{spot.line} in {spot.name}"
