"""Configurations with flows that run, and databases for them."""

from __future__ import annotations

from tests.providers.database.fixtures import each, served, start

__all__ = ["each", "served", "start"]
