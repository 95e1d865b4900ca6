"""What a record is about."""

from __future__ import annotations

import asyncio
import logging

import pytest

from piped.logs import fields as module
from piped.logs.fields import add_teller, fields_of, log_fields


def record(**extra: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": "hello", **extra})


def test_a_record_has_no_fields_by_itself() -> None:
    made = logging.getLogger("x").makeRecord("x", 20, "file", 1, "hello", (), None)
    logging.Formatter("%(asctime)s %(message)s").format(made)
    assert fields_of(made) == {}


def test_fields_of_the_context_nest_and_end() -> None:
    with log_fields(pipeline="web", step="a"):
        with log_fields(step="b"):
            assert fields_of(record()) == {"pipeline": "web", "step": "b"}
        assert fields_of(record()) == {"pipeline": "web", "step": "a"}
    assert fields_of(record()) == {}


def test_they_end_with_a_failure_too() -> None:
    with pytest.raises(ValueError, match="burst"), log_fields(pipeline="web"):
        raise ValueError("burst")
    assert fields_of(record()) == {}


def test_the_record_itself_knows_better() -> None:
    with log_fields(pipeline="web", request=1):
        assert fields_of(record(pipeline="mail")) == {"pipeline": "mail", "request": 1}


async def test_tasks_do_not_see_one_another() -> None:
    seen = {}

    async def work(name: str) -> None:
        with log_fields(pipeline=name):
            await asyncio.sleep(0)
            seen[name] = fields_of(record())

    await asyncio.gather(work("a"), work("b"))
    assert seen == {"a": {"pipeline": "a"}, "b": {"pipeline": "b"}}


def test_whoever_can_tell_is_asked_and_the_context_knows_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_tellers", {})
    add_teller(lambda: {"pipeline": "web", "step": "a"})
    assert fields_of(record()) == {"pipeline": "web", "step": "a"}
    with log_fields(step="b"):
        assert fields_of(record()) == {"pipeline": "web", "step": "b"}
