"""One pipeline by itself, with what it depends on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from twisted.application.service import Service

from piped.catalogue import Catalogue
from piped.checking import Checked, check
from piped.conf import Configuration
from piped.daemon.single import Single, run_alone
from piped.environment import RuntimeEnvironment
from piped.exceptions import ResourceError, UnprovidedResourceError
from piped.interop import settled
from piped.provider import Provider
from piped.testing.clock import ManualClock

TEXT = """\
contexts: {settings: {a: 1}}
ticks: {interval: {often: {interval: 10ms, processor: pipeline.never}}}
system-events: {startup: {begin: pipeline.never}, shutdown: {end: pipeline.never}}
persisted_contexts: {visits: {file: FILE, initial_data: {n: 0}}}
pipelines:
    never: [raise-exception: {args: never}]
    plain: [set-value: {path: x, value: 1}]
    settings: [fetch-context: {context: settings, output_path: s}]
    nested: [run-pipeline: {pipeline: settings}]
    itself: [lambda-decider: {lambda: "b: []", consumers: [run-pipeline: {pipeline: itself}]}]
    visit: [fetch-persisted-context: {context: visits}, increment-counter: {counter_path: visits.n}]
    kept: [inline-pipeline: visit, save-persisted-context: {context: visits}]
    stops: [shutdown: {}]
"""


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    return checked_text(TEXT.replace("FILE", str(tmp_path / "visits.json")))


def checked_text(text: str) -> Checked:
    found = check(Configuration.from_text(text, "app.yaml"))
    found.raise_errors()
    return found


async def results(single: Single, name: str, baton: Any) -> Any:
    async with single.running(name) as pipeline:
        return await settled(pipeline.run(baton))


async def test_a_pipeline_that_needs_nothing_starts_nothing(checked: Checked) -> None:
    single = Single(checked)
    assert await results(single, "plain", {}) == [{"x": 1}]
    assert list(single.environment.application) == []
    offered = single.environment.resource_manager.get_registered_resources()
    assert {path.split(".")[0] for path in offered} == {"pipeline_provider", "pipeline"}


async def test_what_it_needs_is_there_through_other_pipelines_too(checked: Checked) -> None:
    assert await results(Single(checked), "nested", {}) == [{"s": {"a": 1}}]
    assert await results(Single(checked), "itself", 1) == [1]


async def test_services_run_that_it_depends_on(checked: Checked, tmp_path: Path) -> None:
    single = Single(checked)
    async with single.running("visit"):
        [service] = single.environment.application
        assert service.running
    assert not service.running


async def test_persisted_contexts_are_not_written(checked: Checked, tmp_path: Path) -> None:
    [baton] = await results(Single(checked), "visit", {})
    assert baton["visits"] == {"n": 1}
    assert not (tmp_path / "visits.json").exists()


async def test_unless_a_step_says_so(checked: Checked, tmp_path: Path) -> None:
    await results(Single(checked), "kept", {})
    assert json.loads((tmp_path / "visits.json").read_text()) == {"n": 1}


async def test_or_whoever_runs_it(checked: Checked, tmp_path: Path) -> None:
    await results(Single(checked, saves=True), "visit", {})
    assert json.loads((tmp_path / "visits.json").read_text()) == {"n": 1}


async def test_a_stand_in_takes_the_place_of_what_would_be_offered(checked: Checked) -> None:
    single = Single(checked, resources={"context.settings": {"fake": True}})
    assert await results(single, "nested", {}) == [{"s": {"fake": True}}]


async def test_a_step_may_ask_for_the_end(checked: Checked) -> None:
    single = Single(checked)
    assert single.exit_code is None
    await results(single, "stops", {})
    assert single.exit_code == 0


async def test_a_pipeline_that_is_not_there_is_said_to_be(checked: Checked) -> None:
    with pytest.raises(UnprovidedResourceError, match="did you mean 'plain'"):
        await results(Single(checked), "plane", {})


class Slow(Provider):
    """Offers two things, of which one never comes."""

    section = "slow"
    configured = 0

    def offers(self, settings: Any) -> list[str]:
        return ["slow.never", "slow.soon"]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        type(self).configured += 1
        runtime_environment.offer("slow.never")
        soon = Soon()
        soon.offer = runtime_environment.offer("slow.soon")
        soon.setServiceParent(runtime_environment.application)


class Soon(Service):
    offer: Any

    def startService(self) -> None:
        Service.startService(self)
        asyncio.get_running_loop().call_soon(self.offer.ready, 42)


class Marked:
    """Says what it offers only when it is configured."""

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        runtime_environment.offer("marked.thing", resource="thing")


def with_providers(text: str, offers: set[str], *providers: Any) -> Checked:
    configuration = Configuration.from_text(text, "app.yaml")
    found = check(configuration)
    return Checked(
        configuration=configuration,
        catalogue=Catalogue.builtin(),
        settings=found.settings,
        providers=[*found.providers, *providers],
        offers=found.offers | offers,
    )


CALLS = """\
pipelines:
    soon: [call-dependency: {dependency: slow.soon, method: bit_length, output_path: n}]
    never: [call-dependency: {dependency: slow.never, method: x, output_path: n}]
    marked: [call-dependency: {dependency: marked.thing, method: upper, output_path: n}]
    nobody: [call-dependency: {dependency: no.such, method: upper, output_path: n}]
"""


async def test_it_waits_for_what_comes_later() -> None:
    checked = with_providers(CALLS, {"slow.soon"}, Slow())
    assert await results(Single(checked), "soon", {}) == [{"n": 6}]


async def test_what_does_not_come_in_time_is_named() -> None:
    single = Single(with_providers(CALLS, {"slow.never"}, Slow()))
    with pytest.raises(TimeoutError) as late:
        async with single.running("never", limit=0.01):
            pytest.fail("it is not available")
    assert late.value.__notes__ == ["not available: slow.never"]
    assert not single.environment.application.running


async def test_one_that_cannot_say_what_it_offers_is_asked_last() -> None:
    single = Single(with_providers(CALLS, set(), Slow(), Marked()))
    configured = Slow.configured
    assert await results(single, "marked", {}) == [{"n": "THING"}]
    assert Slow.configured == configured


async def test_what_nobody_offers_is_an_error() -> None:
    with pytest.raises(ResourceError, match=r"no\.such"):
        await results(Single(with_providers(CALLS, set(), Slow())), "nobody", {})


async def test_time_may_be_somebody_elses(checked: Checked) -> None:
    clock = ManualClock()
    assert Single(checked, clock=clock).environment.clock is clock


def test_a_loop_of_its_own_has_the_reactor() -> None:
    async def main() -> str:
        from twisted.internet.task import deferLater

        from twisted.internet import reactor  # isort: skip

        result: str = await deferLater(reactor, 0.001, lambda: "later")
        return result

    assert run_alone(main) == "later"
    assert run_alone(main) == "later"
