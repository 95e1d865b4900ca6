"""Handlers, as somebody would write them for Tornado."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from tornado.web import OutputTransform, RequestHandler, UIModule

from piped.environment import RuntimeEnvironment
from piped_cyclone.handlers import DebuggableHandler


class Hello(RequestHandler):
    environments: ClassVar[list[RuntimeEnvironment]] = []

    @classmethod
    def configure(cls, runtime_environment: RuntimeEnvironment) -> None:
        cls.environments.append(runtime_environment)

    def initialize(self, greeting: str = "Hello") -> None:
        self.greeting = greeting

    def get(self, name: str = "world") -> None:
        self.write(f"{self.greeting}, {name}.")


class Dependent(RequestHandler):
    def get(self) -> None:
        self.write(self.settings["piped_dependencies"].shop)


class Templated(RequestHandler):
    def get(self) -> None:
        self.render("page.html")


class Badge(UIModule):
    def render(self, text: Any) -> str:
        return f"<{text}>"


class Loud(OutputTransform):
    def transform_first_chunk(
        self, status_code: int, headers: Any, chunk: bytes, finishing: bool
    ) -> Any:
        return status_code, headers, chunk.upper()


class Failing(DebuggableHandler):
    def get(self) -> None:
        shelf = "the shelf"
        raise LookupError(f"nothing on {shelf}")


class Slow(RequestHandler):
    begun: ClassVar[asyncio.Event]
    end: ClassVar[asyncio.Event]

    async def get(self) -> None:
        self.begun.set()
        await self.end.wait()
        self.write("at last")
