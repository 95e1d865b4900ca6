"""Steps that run in a thread, or within a time."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Awaitable
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import pytest

from piped.catalogue import Catalogue, Plugin
from piped.exceptions import PipedError
from piped.interop import settled
from piped.logs import fields_of
from piped.processing.limits import limit
from piped.processors.base import Processor
from piped.testing.clock import ManualClock
from tests.processing.environment import Environment
from tests.processing.trying import complaints, pipelines_of, results_of
from tests.processing.yaml_nodes import nodes

WHO = ContextVar("WHO", default="nobody")


class Probe(Processor):
    """Tells where it runs."""

    name = "probe"

    def process(self, baton: Any) -> Any:
        if baton == "stop":
            raise StopIteration
        if baton == "fields":
            return fields_of(logging.makeLogRecord({}))
        if baton == "later":
            return asyncio.sleep(0, "now")
        is_main = threading.current_thread() is threading.main_thread()
        return {"thread": not is_main, "who": WHO.get(), "failure": sys.exception()}


class Old:
    """Written before there were options of the step."""

    name = "old"

    def __init__(self) -> None:
        self.consumers: list[Any] = []
        self.error_consumers: list[Any] = []

    def configure(self, runtime_environment: Any) -> None:
        pass

    def process(self, baton: Any) -> Any:
        return asyncio.sleep(0, baton) if baton else threading.current_thread()


class OwnTimeout(Processor):
    """Has a `timeout` that is something else."""

    name = "own-timeout"

    def __init__(self, *, timeout: str) -> None:
        super().__init__()
        self.timeout = timeout

    def process(self, baton: Any) -> Any:
        return self.timeout


def result(steps: str, baton: Any = None) -> Any:
    plugins = {
        each.name: Plugin("processor", each.name, "test", f"{__name__}:{each.__name__}")
        for each in (Probe, Old, OwnTimeout)
    }
    builtin = Catalogue.builtin()
    everything = MappingProxyType({**builtin.processors, **plugins})
    catalogue = Catalogue(everything, builtin.providers, builtin.services)
    section = nodes(f"it: [{steps}]")
    environment = Environment(pipelines_of(section, catalogue), catalogue=catalogue)
    [found] = asyncio.run(results_of(environment, baton))
    return found


def test_a_step_may_run_in_a_thread() -> None:
    assert result("probe: {threaded: true}")["thread"]
    assert not result("probe: {threaded: false}")["thread"]


def test_context_variables_and_the_failure_that_is_handled_go_with_it() -> None:
    token = WHO.set("ada")
    try:
        step = "raise-exception: {error_consumers: [probe: {threaded: true}]}"
        found = result(step)
    finally:
        WHO.reset(token)
    assert (found["who"], type(found["failure"])) == ("ada", Exception)


def test_what_is_logged_in_a_thread_names_the_pipeline() -> None:
    for threaded in ("true", "false"):
        assert result(f"probe: {{threaded: {threaded}}}", "fields") == {"pipeline": "it"}
    assert fields_of(logging.makeLogRecord({})) == {}


def test_what_a_thread_gives_is_waited_for_on_the_loop() -> None:
    assert result("probe: {threaded: true}", "later") == "now"


def test_a_thread_that_stops_an_iteration_stops_nothing_else() -> None:
    with pytest.raises(PipedError, match="a step raised StopIteration"):
        result("probe: {threaded: true}", "stop")


def test_options_may_come_from_the_baton_in_a_thread_too() -> None:
    step = "format-string: {threaded: true, format: !path f, input_path: n, output_path: ''}"
    assert result(step, {"f": "<{}>", "n": 1}) == "<1>"


def test_what_takes_too_long_fails() -> None:
    with pytest.raises(TimeoutError, match="it took longer than 1s500ms") as caught:
        result("wait: {delay: 2, timeout: 1.5s}")
    assert "in step 'wait-1' of pipeline 'it' (app.yaml:1)" in caught.value.__notes__


def test_its_error_consumers_get_the_baton() -> None:
    step = (
        "wait: {delay: 2, timeout: 1, error_consumers: [trap-failure: {error_types: TimeoutError}]}"
    )
    assert result(step, "saved") == "saved"


def test_what_is_in_time_is_not_touched() -> None:
    assert result("wait: {delay: 1, timeout: 2s}", "baton") == "baton"
    assert result("passthrough: {timeout: 1s}", "baton") == "baton"


def test_a_thread_may_have_a_timeout() -> None:
    assert result("probe: {threaded: true, timeout: 1s}")["thread"]


def test_a_timeout_of_the_processor_itself_stays_one() -> None:
    class Slow(Processor):
        async def process(self, baton: Any) -> Any:
            raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(awaited(limited(Slow())))


async def awaited(processor: Any) -> Any:
    return await settled(processor.process(None))


def limited(processor: Any) -> Any:
    limit(processor, threaded=False, timeout=1)
    return processor


def test_a_cancelled_step_is_cancelled_not_late() -> None:
    async def cancel() -> None:
        processor = limited(Forever())
        task = asyncio.ensure_future(processor.process(None))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    class Forever(Processor):
        def process(self, baton: Any) -> Awaitable[Any]:
            return asyncio.Event().wait()

    asyncio.run(cancel())


def test_no_call_is_left_behind() -> None:
    async def one() -> int:
        clock = ManualClock()
        processor = limited(Quick())
        processor.configure(Environment(clock=clock))
        await processor.process(None)
        return clock.waiting

    class Quick(Processor):
        async def process(self, baton: Any) -> Any:
            return baton

    assert asyncio.run(one()) == 0


def test_old_processors_need_not_know_them() -> None:
    assert result("old: {node_name: here, timeout: 1}", "baton") == "baton"
    assert result("old: {threaded: true}") is not threading.main_thread()


def test_an_option_of_the_processor_is_the_processors() -> None:
    assert result("own-timeout: {timeout: never}") == "never"


def test_a_processor_stays_what_it_is() -> None:
    probe = limited(Probe())
    assert isinstance(probe, Probe)
    assert type(probe).__name__ == "Probe"
    assert limited(Probe()).__class__ is probe.__class__


def test_wrong_ones_are_problems() -> None:
    assert complaints("it: [passthrough: {timeout: soon}, log: {message: x, threded: true}]") == [
        "1:29: passthrough.timeout: expected a duration like 1.5s, got 'soon'",
        "1:54: log has no option 'threded' (did you mean 'threaded'?)",
    ]
    assert complaints("it: [passthrough: {threaded: !path x}]") == [
        "1:6: passthrough: threaded cannot be taken from the baton by !path"
    ]


def test_a_process_that_is_no_method_has_no_limits() -> None:
    processor = Probe()
    processor.process = lambda baton: baton  # type: ignore[method-assign]  # it is what is tried
    with pytest.raises(PipedError, match="a method of its class"):
        limited(processor)
