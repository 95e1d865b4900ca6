"""Databases of a test's own on the real servers, and configurations that run on them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from piped.checking import Checked, check
from piped.clock import Clock
from piped.conf import Configuration
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from tests.services import address

__all__ = ["LIMIT", "Database", "Running", "database", "until"]

LIMIT = 30  # seconds; never reached when all is well


@dataclass(frozen=True)
class Database:
    """A database that is empty."""

    kind: str
    url: str

    def through(self, port: int) -> str:
        """Its URL by another port."""
        return make_url(self.url).set(port=port).render_as_string(hide_password=False)

    @property
    def port(self) -> int:
        port = make_url(self.url).port
        assert port is not None
        return port

    async def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What it has, as others see it."""
        async with _connection(_asynchronous(self.url)) as connection:
            result = await connection.exec_driver_sql(query)
            return [tuple(row) for row in result] if result.returns_rows else []


def _asynchronous(url: str) -> str:
    for plain, driver in {"postgresql:": "postgresql+psycopg_async:"}.items():
        url = url.replace(plain, driver)
    return url.replace("mariadb:", "mariadb+asyncmy:").replace("sqlite:", "sqlite+aiosqlite:")


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[Any]:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[Database]:
    """One that is there for one test."""
    if kind == "sqlite":
        yield Database(kind, f"sqlite:///{folder / 'test.sqlite'}")
        return
    host, port = address(kind)
    user = {"postgresql": "postgres", "mariadb": "root"}[kind]
    server = f"{kind}://{user}@{host}:{port}"
    name = f"piped_{os.urandom(6).hex()}"
    async with _connection(_asynchronous(f"{server}/test")) as connection:
        await connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield Database(kind, f"{server}/{name}")
        finally:
            force = " WITH (FORCE)" if kind == "postgresql" else ""
            await connection.exec_driver_sql(f"DROP DATABASE {name}{force}")


class Running:
    """Configurations that run; all are stopped at the end."""

    def __init__(self) -> None:
        self._all: list[App] = []

    async def __call__(self, text: str, clock: Clock | None = None, **offers: Any) -> App:
        checked = check(Configuration.from_text(text, "app.yaml"), offers=offers)
        checked.raise_errors()
        app = App(checked, clock, offers)
        self._all.append(app)
        await app.start()
        return app

    async def stop_all(self) -> None:
        for app in self._all:
            await app.stop()


class App:
    """A configuration that runs."""

    def __init__(self, checked: Checked, clock: Clock | None, offers: dict[str, Any]) -> None:
        self._checked = checked
        self.environment = RuntimeEnvironment(
            checked.configuration,
            catalogue=checked.catalogue,
            settings=checked.settings,
            clock=clock,
        )
        self.environment.configure()
        for path, resource in offers.items():
            self.environment.offer(path, resource=resource)
        for provider in checked.providers:
            provider.configure(self.environment)
        self._asker = object()
        self._pipelines = {
            path: self.environment.dependency_manager.add_dependency(
                self._asker, {"provider": path}
            )
            for path in checked.offers
            if path.startswith("pipeline.")
        }

    async def start(self) -> None:
        self.environment.dependency_manager.resolve_initial_states()
        await settled(self.environment.application.startService())
        await settled(self.environment.on_started())

    async def stop(self) -> None:
        if self.environment.application.running:
            await settled(self.environment.on_stopping())
            await settled(self.environment.application.stopService())

    async def run(self, baton: Any, pipeline: str = "it") -> list[Any]:
        """The results of a pipeline, when that is there."""
        async with asyncio.timeout(LIMIT):
            found = await settled(self._pipelines[f"pipeline.{pipeline}"].wait_for_resource())
            results: list[Any] = await settled(found.run(baton))
            return results

    def has(self, path: str) -> bool:
        """Whether a resource is there."""
        found = self.environment.resource_manager.get_provider_or_fail(path)
        return bool(found.is_ready)

    async def comes(self, path: str) -> Any:
        """Wait for a resource."""
        await until(lambda: self.has(path))
        return self.environment.resource_manager.get_provider_or_fail(path).resource

    async def goes(self, path: str) -> None:
        """Wait until a resource is lost."""
        await until(lambda: not self.has(path))


async def until(holds: Callable[[], Any]) -> None:
    """Ask until it holds."""
    async with asyncio.timeout(LIMIT):
        while not holds():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.005)
