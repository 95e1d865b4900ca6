"""What the console page shows, as data."""

from __future__ import annotations

import logging
import os
import platform
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import piped
from piped.dependencies import Dependency, DependencyManager, ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.observe.flowing import seen_flows
from piped.observe.metrics import Metrics, PipelineMetrics
from piped.secret import redact

__all__ = ["RecentLog", "state_of"]

_MOST_LINES = 200


class RecentLog(logging.Handler):
    """Keeps the last lines of the log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: deque[dict[str, str]] = deque(maxlen=_MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(
            {
                "time": f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%S}",
                "level": record.levelname,
                "logger": record.name,
                "message": redact(record.getMessage()),
            }
        )


def state_of(
    environment: RuntimeEnvironment, log: RecentLog, metrics: Metrics | None = None
) -> dict[str, Any]:
    """Everything on the page."""
    clock = environment.clock
    return {
        "name": environment.get_configuration_value("service_name", "piped"),
        "file": next(iter(environment.configuration_manager.files), ""),
        "pid": os.getpid(),
        "uptime": clock.monotonic() - environment.began,
        "version": piped.__version__,
        "python": platform.python_version(),
        "pipelines": [_pipeline(each) for each in metrics.pipelines.values()] if metrics else [],
        "flows": seen_flows(environment.application),
        "dependencies": _dependencies(environment),
        "resources": _resources(environment),
        "services": [
            {"name": service.name or type(service).__name__, "running": bool(service.running)}
            for service in environment.application
        ],
        "log": list(log.lines),
    }


def _pipeline(metrics: PipelineMetrics) -> dict[str, Any]:
    """One pipeline, and the slowest of its steps."""
    capacity = metrics.gate.capacity if metrics.gate else None
    slowest = max(metrics.steps.items(), key=lambda each: each[1].mean, default=None)
    return {
        "name": metrics.name,
        "runs": metrics.runs,
        "failures": metrics.failures,
        "cancelled": metrics.cancelled,
        "under_way": metrics.under_way,
        "waiting": metrics.waiting,
        "refused": metrics.refused,
        "dropped": metrics.dropped,
        "capacity": str(capacity or ""),
        "mean": metrics.times.mean,
        "longest": metrics.times.longest,
        "measured": metrics.times.calls,
        "slowest": {"name": slowest[0], "mean": slowest[1].mean} if slowest else None,
    }


def _dependencies(environment: RuntimeEnvironment) -> list[dict[str, Any]]:
    """Resources, and those who use some and are used by nobody; what lies between is left out."""
    manager = environment.dependency_manager
    shown: dict[str, dict[str, Any]] = {}
    for dependency in manager.dependencies:
        if _is_shown(dependency, manager):
            entry = shown.setdefault(
                dependency.name, {"name": dependency.name, "ready": True, "needs": {}}
            )
            entry["ready"] &= dependency.is_ready
            entry["needs"].update(dict.fromkeys(_shown_below(dependency, manager)))
    return [{**entry, "needs": list(entry["needs"])} for entry in shown.values()]


def _is_shown(dependency: Dependency, manager: DependencyManager) -> bool:
    if isinstance(dependency, ResourceDependency):
        return True
    return not manager.get_consumers_of(dependency) and bool(
        manager.get_dependencies_of(dependency)
    )


def _shown_below(dependency: Dependency, manager: DependencyManager) -> Iterator[str]:
    """The names of what it needs, through whatever is left out."""
    waiting, seen = [dependency], {id(dependency)}
    while waiting:
        for each in manager.get_dependencies_of(waiting.pop()):
            if _is_shown(each, manager):
                yield each.name
            elif id(each) not in seen:
                seen.add(id(each))
                waiting.append(each)


def _resources(environment: RuntimeEnvironment) -> list[dict[str, Any]]:
    users: dict[str, dict[str, None]] = {}
    ready: set[str] = set()
    manager = environment.dependency_manager
    for dependency in manager.dependencies:
        if isinstance(dependency, ResourceDependency):
            names = [each.name for each in manager.get_consumers_of(dependency)]
            users.setdefault(dependency.provider, {}).update(dict.fromkeys(names))
            if dependency.is_ready:
                ready.add(dependency.provider)
    offered = environment.resource_manager.get_registered_resources()
    return [
        {
            "path": path,
            "ready": path in ready or getattr(offered[path], "is_ready", path not in users),
            "users": list(users.get(path, ())),
        }
        for path in sorted(offered)
    ]
