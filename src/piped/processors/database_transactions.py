"""Transactions of databases: a step's own, or one that all steps of a run share.

1. A step without a shared transaction has its own: what it did is committed before it ends.
2. A shared one is committed when the pipeline has ended, and rolled back when it failed.
3. It is rolled back, and fails, too, if one of its statements failed, whoever took that failure:
   not all databases go on after that, and some do so without a word.
4. Steps that run at the same time use it one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from piped.exceptions import PipedError, ResourceLost

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["Transaction", "connected", "connection_of", "shared_of", "sharing", "telling"]


class Transaction:
    """What the steps of a run share."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.is_over = False
        self.is_given_up = False  # whether it is to be rolled back without a failure
        self._failure: Exception | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[AsyncConnection]:
        """The connection, for the one whose turn it is."""
        async with self._turn:
            try:
                yield self.connection
            except Exception as error:
                self._failure = self._failure or error
                raise

    async def end(self) -> None:
        """Commit it, or roll it back."""
        if self._failure is not None and not self.is_given_up:
            raise PipedError(
                "the transaction is rolled back, since a statement in it failed",
                hint="Let the failure go out of the pipeline that is run in the transaction.",
            ) from self._failure
        if not self.is_given_up:
            await self.connection.commit()


_shared: ContextVar[Mapping[Any, Transaction]] = ContextVar("transactions", default={})  # noqa: B039 - nobody changes it


def shared_of(engine: AsyncEngine) -> Transaction | None:
    """The transaction that is shared where this is called, if there is one."""
    shared = _shared.get().get(engine)
    # What was begun in it, and lives on, is on its own.
    return None if shared is None or shared.is_over else shared


@asynccontextmanager
async def connection_of(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction: the one that is shared, or one that is committed here."""
    shared = shared_of(engine)
    if shared is not None:
        async with shared.turn() as connection:
            yield connection
    else:
        async with connected(engine) as connection, connection.begin():
            yield connection


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection from the pool, which gets it back."""
    from sqlalchemy.exc import DBAPIError

    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except DBAPIError as error:
            cause = " ".join(str(error.orig).split())
            raise ResourceLost("there is no connection to the database", cause) from error
        yield connection


@asynccontextmanager
async def sharing(engine: AsyncEngine) -> AsyncIterator[Transaction]:
    """Let all that is called from here share a transaction; the outer one, if there is one."""
    outer = shared_of(engine)
    if outer is not None:
        yield outer
        return
    async with connected(engine) as connection:
        shared = Transaction(connection)
        token = _shared.set({**_shared.get(), engine: shared})
        try:
            yield shared
        finally:
            shared.is_over = True
            _shared.reset(token)
        await shared.end()


@contextmanager
def telling(engine: str, what: str) -> Iterator[None]:
    """Say of a failure where it was; a connection that is lost is a resource that is."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    where = f"for {what}, by database.engine.{engine}"
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            cause = " ".join(str(error.orig).split())
            raise ResourceLost(f"the connection is lost, {where}", cause) from error
        error.add_note(where)
        raise
    except (SQLAlchemyError, ResourceLost) as error:
        error.add_note(where)
        raise
