"""The base classes of handlers."""

from __future__ import annotations

from piped.web.tornado.debugging import DebuggableHandler
from piped.web.tornado.handlers import PipelineHandler as PipelineRequestHandler

__all__ = ["DebuggableHandler", "PipelineRequestHandler"]
