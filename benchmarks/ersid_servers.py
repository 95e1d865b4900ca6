"""Ersid on each of its storages, and the one of the guide: for `ersid.py` and `ersid_kills.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "ersid"
SOURCE = HERE.parent / "src"
PEERS = os.environ.get("BENCH_PYTHON", "/tmp/bench-venv/bin/python")
POSTGRESQL = os.environ.get("BENCH_POSTGRESQL", "postgresql://postgres@localhost")


def part(name: str) -> Any:
    """A module of Ersid. This folder has one of that name, too: the example goes first."""
    if sys.path[0] != str(EXAMPLE):
        sys.path.insert(0, str(EXAMPLE))
    return import_module(f"ersid.{name}")


@contextmanager
def storage(name: str, folder: Path) -> Iterator[str]:
    """What ERSID_STORAGE is for it; what was made is taken away again."""
    if name == "sqlite":
        yield f"sqlite:///{folder / f'{os.urandom(4).hex()}.sqlite'}"
    elif name == "postgresql":
        import psycopg

        database = f"ersid_{os.urandom(4).hex()}"
        with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}".encode())
            try:
                yield f"{POSTGRESQL}/{database}"
            finally:
                connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())
    else:
        yield name


def command(where: str, port: int) -> list[str]:
    """What starts it: the guide's for `klein`, else Ersid on that storage."""
    if where == "klein":
        return [PEERS, str(HERE / "servers" / "ersid_klein.py"), str(port)]
    file = "dictionary.yaml" if where == "dictionary" else "ersid.yaml"
    overrides = (
        f"web.ersid.listen:tcp:{port}:interface=127.0.0.1",
        "manholes.ersid.enabled:false",
        "ersid.dump_file:dump",
    )
    given = (part for each in overrides for part in ("-O", each))
    return [sys.executable, "-m", "piped", "-n", "-p", "", "-c", str(EXAMPLE / file), *given]


def environment(where: str) -> dict[str, str]:
    """What the command needs to know."""
    return {**os.environ, "PYTHONPATH": str(SOURCE), "ERSID_STORAGE": where}


def started(
    where: str, port: int, folder: Path, log: IO[bytes], *before: str
) -> subprocess.Popen[bytes]:
    """A process of it, in `folder`; `before` stands before the command."""
    return subprocess.Popen(
        [*before, *command(where, port)],
        cwd=folder,
        env=environment(where),
        stdout=log,
        stderr=log,
    )
