"""What the console page shows."""

from __future__ import annotations

import json
import logging
from time import perf_counter
from typing import Any

from piped.admin.state import RecentLog, state_of
from piped.conf import Configuration
from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.observe.metrics import Metrics, PipelineMetrics
from piped.observe.timings import Times
from piped.processing.capacity import Capacity
from piped.processing.gate import Gate
from piped.secret import Secret
from piped.testing.clock import ManualClock


class Named:
    def __init__(self, name: str) -> None:
        self.name = name


async def environment() -> tuple[RuntimeEnvironment, ManualClock]:
    clock = ManualClock()
    made = RuntimeEnvironment(Configuration.of({"service_name": "shop"}), clock=clock)
    made.configure()
    return made, clock


def record(message: str, *args: Any) -> logging.LogRecord:
    return logging.LogRecord("shop.till", logging.WARNING, "till.py", 1, message, args, None)


async def test_it_says_what_runs_and_since_when() -> None:
    shop, clock = await environment()
    await clock.advance(90)
    state = state_of(shop, RecentLog())
    assert (state["name"], state["uptime"]) == ("shop", 90)
    assert json.dumps(state)


async def test_only_resources_and_their_last_users_are_drawn() -> None:
    shop, _ = await environment()
    offer = shop.offer("till")
    till, clerk, counter = Named("till of clerk"), Named("clerk"), Named("counter")
    manager = shop.dependency_manager
    manager.add_dependency(counter, clerk)
    manager.add_dependency(clerk, till)
    manager.add_dependency(till, ResourceDependency("till"))
    manager.resolve_initial_states()
    lost = state_of(shop, RecentLog())["dependencies"]
    assert {each["name"]: (each["ready"], each["needs"]) for each in lost} == {
        "counter": (False, ["till"]),
        "till": (False, []),
    }
    offer.ready("open")
    assert all(each["ready"] for each in state_of(shop, RecentLog())["dependencies"])


async def test_a_resource_has_its_users_and_its_state() -> None:
    shop, _ = await environment()
    shop.offer("till")
    shop.offer("lamp", resource="lit")
    shop.dependency_manager.add_dependency(Named("clerk"), ResourceDependency("till"))
    shop.dependency_manager.resolve_initial_states()
    assert state_of(shop, RecentLog())["resources"] == [
        {"path": "lamp", "ready": True, "users": []},
        {"path": "till", "ready": False, "users": ["clerk"]},
    ]


async def test_a_pipeline_has_its_counters_and_times() -> None:
    shop, _ = await environment()
    metrics = Metrics()
    sell = PipelineMetrics("sell")
    sell.runs, sell.ended, sell.failures = 7, 5, 1
    sell.times.ended(perf_counter() - 1)
    sell.steps["pay"] = Times(2, 3.0, 2.0)
    sell.steps["never"] = Times()
    sell.gate = Gate("sell", Capacity(2, 3, "drop-newest"))
    sell.gate.dropped = 4
    metrics.pipelines["sell"] = sell
    [shown] = state_of(shop, RecentLog(), metrics)["pipelines"]
    assert {name: shown[name] for name in ("runs", "failures", "under_way", "dropped")} == {
        "runs": 7,
        "failures": 1,
        "under_way": 2,
        "dropped": 4,
    }
    assert shown["capacity"] == "concurrency 2, queue 3, overflow drop-newest"
    assert shown["mean"] == shown["longest"] > 0
    assert shown["slowest"] == {"name": "pay", "mean": 1.5}
    assert state_of(shop, RecentLog())["pipelines"] == []


def test_the_log_keeps_the_last_lines_without_secrets() -> None:
    log = RecentLog()
    hushed = Secret("correct horse battery").reveal()
    for number in range(300):
        log.handle(record("%d: %s", number, hushed))
    assert len(log.lines) == 200
    assert log.lines[-1]["message"] == "299: «secret»"
    assert log.lines[-1]["level"] == "WARNING"
