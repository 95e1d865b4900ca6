"""Shared data: in memory, and kept in files."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.exceptions import UnprovidedResourceError
from piped.interop import settled
from piped.providers.context_provider import ContextProvider, PersistedContextProvider
from piped.providers.persisted_context import PersistedContext
from piped.providers.persistence import Persistence
from piped.testing.clock import ManualClock

from .conftest import Start
from .running import stop


def resource(environment: RuntimeEnvironment, path: str) -> Any:
    dependency = ResourceDependency(path)
    environment.dependency_manager.add_dependency(object(), dependency)
    return dependency.get_resource()


async def test_everybody_gets_the_same_object(start: Start) -> None:
    environment = await start({ContextProvider: {"shared": {"count": 1}, "text": "hello"}})
    resource(environment, "context.shared")["count"] += 1
    assert resource(environment, "context.shared") == {"count": 2}
    assert resource(environment, "context.text") == "hello"


async def test_a_context_that_nobody_configured_is_an_error(start: Start) -> None:
    environment = await start({ContextProvider: {"shared": {}}})
    with pytest.raises(UnprovidedResourceError, match=r"context\.shard"):
        resource(environment, "context.shard")


def test_what_is_offered_is_known_beforehand() -> None:
    assert list(ContextProvider().offers({"a": 1, "b.c": 2})) == ["context.a", "context.b.c"]
    offers = PersistedContextProvider().offers({"a": Persistence()})
    assert list(offers) == ["persisted_context.a", "persisted_context.a.store"]


async def test_a_missing_file_begins_with_the_initial_data(start: Start, tmp_path: Path) -> None:
    kept = Persistence(file=tmp_path / "kept.json", initial_data={"count": 0})
    environment = await start({PersistedContextProvider: {"kept": kept}})
    assert resource(environment, "persisted_context.kept") == {"count": 0}


@pytest.mark.parametrize("kind", ["json", "yaml", "pickle"])
async def test_data_is_found_again_after_a_stop(start: Start, tmp_path: Path, kind: Any) -> None:
    kept = Persistence(kind=kind, file=tmp_path / "kept", allow_pickle=True)
    first = await start({PersistedContextProvider: {"kept": kept}})
    resource(first, "persisted_context.kept")["name"] = "Åse"
    await stop(first)
    second = await start({PersistedContextProvider: {"kept": kept}})
    assert resource(second, "persisted_context.kept") == {"name": "Åse"}


async def test_initial_data_is_not_shared_with_the_configuration(
    start: Start, tmp_path: Path
) -> None:
    kept = Persistence(file=tmp_path / "kept.json", initial_data={"names": []})
    environment = await start({PersistedContextProvider: {"kept": kept}})
    resource(environment, "persisted_context.kept")["names"].append("ada")
    assert kept.initial_data == {"names": []}


async def test_changes_are_written_at_the_interval(
    start: Start, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "kept.json"
    kept = Persistence(file=path, interval=5)
    environment = await start({PersistedContextProvider: {"kept": kept}})
    resource(environment, "persisted_context.kept")["count"] = 1
    await clock.advance(4.9)
    assert not path.exists()
    await clock.advance(0.1)
    await resource(
        environment, "persisted_context.kept.store"
    ).save()  # waits for the one under way
    assert json.loads(path.read_bytes()) == {"count": 1}


async def test_what_has_not_changed_is_not_written(
    start: Start, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"count":    1}')
    environment = await start({PersistedContextProvider: {"kept": Persistence(file=path)}})
    await clock.advance(60)
    await resource(environment, "persisted_context.kept.store").save()
    assert path.read_text() == '{"count":    1}'


async def test_without_an_interval_only_the_end_writes(
    start: Start, tmp_path: Path, clock: ManualClock
) -> None:
    kept = Persistence(file=tmp_path / "kept.json", interval=None)
    environment = await start({PersistedContextProvider: {"kept": kept}})
    assert clock.waiting == 0
    await stop(environment)
    assert (tmp_path / "kept.json").read_text() == "{}\n"


async def test_a_file_that_cannot_be_understood_is_set_aside(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"count": 1')
    kept = Persistence(file=path, initial_data={"count": 0})
    environment = await start({PersistedContextProvider: {"kept": kept}})
    assert resource(environment, "persisted_context.kept") == {"count": 0}
    [aside] = tmp_path.glob("kept.json.*.broken")
    assert aside.read_text() == '{"count": 1'
    assert "cannot be understood" in caplog.text


async def test_what_is_no_file_stays_where_it_is_and_fails_the_start(
    start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "kept.json"
    folder.mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        await start({PersistedContextProvider: {"kept": Persistence(file=folder)}})
    assert "while persisted_context.kept was started" in caught.value.__notes__
    assert list(tmp_path.iterdir()) == [folder]


async def test_a_start_that_fails_leaves_the_file_as_it_was(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"count": 1}')

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        with pytest.raises(PermissionError):
            await start({PersistedContextProvider: {"kept": Persistence(file=path)}})
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == '{"count": 1}'


async def test_data_that_cannot_be_written_leaves_the_file_and_is_logged(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"count": 1}')
    environment = await start({PersistedContextProvider: {"kept": Persistence(file=path)}})
    data = resource(environment, "persisted_context.kept")
    data["bad"] = object()
    with pytest.raises(TypeError):
        await resource(environment, "persisted_context.kept.store").save()
    await stop(environment)
    assert path.read_text() == '{"count": 1}'
    assert "could not be written" in caplog.text


async def test_two_saves_at_once_take_turns(tmp_path: Path, clock: ManualClock) -> None:
    context = PersistedContext("kept", Persistence(file=tmp_path / "kept.json"), clock)
    context.data = {"count": 1}
    await asyncio.gather(context.save(), context.save())
    assert json.loads(context.path.read_bytes()) == {"count": 1}


async def test_the_file_has_a_name_without_being_given_one(clock: ManualClock) -> None:
    assert PersistedContext("kept", Persistence(kind="yaml"), clock).path == Path("kept.yaml")


def test_a_pickle_must_be_allowed_by_name() -> None:
    with pytest.raises(ValueError, match="allow_pickle: true"):
        Persistence(kind="pickle")
    assert Persistence(kind="pickle", allow_pickle=True).kind == "pickle"


def test_an_interval_is_longer_than_nothing() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        Persistence(interval=0)


async def test_a_pickle_of_todays_protocol_is_read(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "kept.pickle"
    path.write_bytes(pickle.dumps({"when": (1, 2)}))
    kept = Persistence(kind="pickle", file=path, allow_pickle=True)
    environment = await start({PersistedContextProvider: {"kept": kept}})
    assert resource(environment, "persisted_context.kept") == {"when": (1, 2)}


async def test_the_resource_is_lost_when_the_process_stops(start: Start, tmp_path: Path) -> None:
    kept = Persistence(file=tmp_path / "kept.json")
    environment = await start({PersistedContextProvider: {"kept": kept}})
    dependency = ResourceDependency("persisted_context.kept")
    environment.dependency_manager.add_dependency(object(), dependency)
    assert dependency.is_ready
    await stop(environment)
    assert not dependency.is_ready


async def test_nothing_is_saved_before_it_was_read(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"count": 1}')
    environment = RuntimeEnvironment(
        settings={"persisted_contexts": {"kept": Persistence(file=path)}}, clock=clock
    )
    environment.configure()
    PersistedContextProvider().configure(environment)
    environment.dependency_manager.resolve_initial_states()
    store = ResourceDependency("persisted_context.kept.store")
    environment.dependency_manager.add_dependency(object(), store)
    assert not store.is_ready
    await settled(environment.application.startService())
    await store.get_resource().save()
    await stop(environment)
    assert not store.is_ready
    assert json.loads(path.read_bytes()) == {"count": 1}


async def test_names_may_have_dots(start: Start, tmp_path: Path) -> None:
    kept = Persistence(file=tmp_path / "kept.json", initial_data={"count": 0})
    environment = await start(
        {ContextProvider: {"a.b": {"c": 1}}, PersistedContextProvider: {"d.e": kept}}
    )
    assert resource(environment, "context.a.b") == {"c": 1}
    assert resource(environment, "persisted_context.d.e") == {"count": 0}


@pytest.mark.timeout(240)
def test_a_crash_while_saving_leaves_the_old_or_the_new_content(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_writer.py")
    run = subprocess.run(
        [sys.executable, script, tmp_path / "kept.json", "200"],
        env={"PYTHONPATH": str(script.parents[2] / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    assert run.stdout.startswith("200 killed, ")
