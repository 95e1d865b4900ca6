"""What is said of settings that are wrong, before anything starts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from piped.catalogue import Catalogue
from piped.conf import Configuration
from piped.options import Check
from piped.providers.database_url import DatabaseURL
from piped.testing import check_yaml
from tests.commands import piped, written

from .databases import Running, until


def problems(engine: str, **others: str) -> list[str]:
    more = "".join(f", {name}: {value}" for name, value in others.items())
    return check_yaml(
        f"database: {{engines: {{main: {{engine: {engine}{more}}}}}}}\n"
        "pipelines: {it: [run-query: {engine: main, query: SELECT 1}]}\n"
    )


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("{url: nonsense}", "expected the URL of a database like postgresql://user@host/name"),
        ("{url: 3}", "expected the URL of a database like postgresql://user@host/name, got 3"),
        (
            "{url: 'postgrsql://host/name'}",
            "there is no kind of database 'postgrsql' (did you mean 'postgresql'?)",
        ),
        ("{url: 'sqlite+pysqlite://'}", "the driver 'pysqlite' keeps all others waiting"),
        ("{url: 'sqlite://', pol_size: 3}", "has no option 'pol_size' (did you mean 'pool_size'?)"),
        ("{url: 'sqlite://', pool_size: 0}", "from 1 on"),
        ("{password: x}", "a `password` is for a `url` with the name of a user"),
        ("{url: 'mysql://a:b@c/d', password: x}", "there is a `password`, and another one in"),
        ("{url: 'sqlite://', isolation_level: SNAPSHOT}", "isolation_level"),
    ],
)
def test_a_wrong_engine_is_a_problem(engine: str, said: str) -> None:
    found = problems(engine)
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ping_interval": "0"}, "`ping_interval` is longer than nothing"),
        ({"ping_intervall": "1s"}, "did you mean 'ping_interval'?"),
        ({"events": "{conect: builtins.print}"}, "no such event (did you mean 'connect'?)"),
        ({"events": "{connect: builtins.prnt}"}, "there is no builtins.prnt"),
        ({"events": "{connect: builtins.__doc__}"}, "builtins.__doc__ cannot be called"),
    ],
)
def test_wrong_settings_are_problems(options: dict[str, str], said: str) -> None:
    found = problems("{url: 'sqlite://'}", **options)
    assert any(said in each for each in found), found


def test_an_engine_that_nobody_offers_is_a_problem() -> None:
    [found] = check_yaml(
        "database: {engines: {main: {}}}\n"
        "pipelines: {it: [run-query: {engine: mian, query: SELECT 1}]}\n"
    )
    assert "database.engine.mian" in found
    assert "did you mean 'database.engine.main'?" in found


@pytest.mark.parametrize(
    ("module", "url", "extra"),
    [
        ("psycopg", "postgresql://host/name", "postgres"),
        ("asyncmy", "mariadb://host/name", "mysql"),
        ("asyncmy", "mysql://host/name", "mysql"),
    ],
)
def test_a_driver_that_is_not_installed_is_a_problem_that_names_its_extra(
    module: str, url: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    check = Check()
    configuration = Configuration.from_text(f"url: '{url}'", "app.yaml")
    node = configuration.node("url")
    assert node is not None
    check.convert(node, DatabaseURL, "url")
    [problem] = check.problems
    assert problem.kind.value == "missing-extra"
    assert problem.way_out == f"pip install 'piped[{extra}]'"
    assert module in problem.message


def test_sqlalchemy_that_is_not_installed_is_a_problem_that_names_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "piped.catalogue.extras.find_spec", lambda name: None if name == "sqlalchemy" else 1
    )
    found = problems("{url: 'sqlite://'}")
    assert any("needs sqlalchemy, which is not installed" in each for each in found), found


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:sekrit-1@db/shop", "postgresql+psycopg_async://ada:***@db/shop"),
        ("mysql://ada:se%40krit-2@db:33/shop", "mysql+asyncmy://ada:***@db:33/shop"),
        ("postgres://db/shop?password=sekrit-3", "postgresql+psycopg_async://db/shop"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    made = DatabaseURL(url)
    assert str(made) == shown
    assert "krit" not in repr(made)


def test_no_excerpt_shows_a_password(tmp_path: Path) -> None:
    text = "database: {engines: {main: {engine: {url: 'postgrsql://a:sekrit@db/n'}}}}\n"
    written(tmp_path, app_yaml=text)
    done = piped(tmp_path, "check", "app.yaml")
    said = done.stdout + done.stderr
    assert done.returncode == 78
    assert "postgrsql" in said
    assert "sekrit" not in said


def test_the_schema_has_all_settings() -> None:
    plugin: Any = Catalogue.builtin().providers["database.engines"].load()
    assert plugin.section == "database.engines"


async def test_without_a_url_it_is_a_file_of_that_name(
    tmp_path: Path, start: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    running = await start("database: {engines: {notes: {}}}")
    await running.comes("database.engine.notes")
    assert (tmp_path / "notes.sqlite").exists()


async def test_handlers_are_called_at_events_and_statements_run_at_their_times(
    start: Running, tmp_path: Path
) -> None:
    HEARD.clear()
    running = await start(
        f"""
database:
  engines:
    main:
      engine: {{url: 'sqlite:///{tmp_path}/it.sqlite', pool_size: 1, max_overflow: 0}}
      events: {{connect: {__name__}.heard}}
      checkout: ["CREATE TEMPORARY TABLE IF NOT EXISTS used (n)", INSERT INTO used VALUES (1)]
      checkin: INSERT INTO used VALUES (10)
pipelines:
  it: [run-query: {{engine: main, query: SELECT SUM(n) FROM used, fetch: value, output_path: ''}}]
"""
    )
    engine = await running.comes("database.engine.main")
    assert isinstance(engine, AsyncEngine)
    [before] = await running.run({})
    assert await running.run({}) == [before + 11]
    await until(lambda: HEARD)


async def test_a_checkin_that_fails_costs_the_connection_and_nothing_else(
    start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running = await start(
        """
database: {engines: {main: {engine: {url: 'sqlite://'}, checkin: SELECT nonsense}}}
pipelines: {it: [run-query: {engine: main, query: SELECT 1, fetch: value, output_path: ''}]}
"""
    )
    assert await running.run({}) == [1]
    assert await running.run({}) == [1]
    assert "a connection is left, since `checkin` failed: no such column: nonsense" in caplog.text


HEARD: list[Any] = []


def heard(*given: Any) -> None:
    HEARD.append(given)
