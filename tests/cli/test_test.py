"""`piped test`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result

from tests.commands import piped, written
from tests.test_documents import ROOT, configurations

Invoke = Callable[..., Result]

TEXT = """\
logging: {level: error}
ticks: {interval: {often: {interval: 1ms, processor: pipeline.boom}}}
pipelines:
    double: [eval-lambda: {input_path: n, lambda: "n: n * 2"}]
    boom: [shutdown: {exit_code: 7}]
    saved:
        chained_consumers: [eval-lambda: {input_path: n, lambda: "n: 1 / n"}, passthrough]
        error_consumers: [set-value: {path: saved, value: true}]
tests:
    a number is doubled: {pipeline: double, given: {n: 1}, gives: {n: 2}}
    prices:
        pipeline: double
        cases:
            - {given: {n: 2}, gives: {n: 4}}
            - {given: {n: 3}, gives: {n: 6}}
    a fraction: {pipeline: saved, given: {n: 2}, gives: {n: 0.5}}
"""
BAD = """\
    it fails: {pipeline: double, given: {n: 1}, gives: {n: 3}}
    it is not come to: {pipeline: double, given: {n: 1}, gives: {n: 3}}
    later: {pipeline: double, gives: 1, todo: when there is time}
    never: {pipeline: double, gives: 1, skip: there is no need}
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.yaml"
    path.write_text(TEXT)
    return path


def ran(invoke: Invoke, *arguments: str) -> Result:
    return invoke("test", "app.yaml", *arguments)


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_all_tests_are_told_in_order_as_a_tree(invoke: Invoke) -> None:
    result = ran(invoke)
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines(result)[:7] == [
        "app.yaml",
        "double",
        "a number is doubled ... [OK]",
        "prices [1] ... [OK]",
        "prices [2] ... [OK]",
        "saved",
        "a fraction ... [OK]",
    ]
    assert lines(result)[-1] == "PASSED (successes=4)"


def test_one_that_fails_is_told_with_its_place(invoke: Invoke, file: Path) -> None:
    file.write_text(TEXT + BAD)
    result = ran(invoke)
    assert result.exit_code == 1
    assert "Mismatch: n: expected 3, got 2" in lines(result)
    assert f"in the test 'it fails' ({file}:17)" in lines(result)
    assert lines(result)[-1] == "FAILED (skips=1, expectedFailures=1, failures=2, successes=4)"


def test_the_first_that_fails_may_be_the_last(invoke: Invoke, file: Path) -> None:
    file.write_text(TEXT + BAD)
    assert lines(ran(invoke, "-x"))[-1] == "FAILED (failures=1, successes=4)"


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["prices"], 2),
        (["prices [2]", "a fraction"], 2),
        (["-k", "PRICE"], 2),
        (["-k", "a*is"], 1),
        (["-k", "nothing"], 0),
    ],
)
def test_some_may_be_chosen(invoke: Invoke, arguments: list[str], count: int) -> None:
    result = ran(invoke, *arguments)
    assert result.exit_code == 0
    assert f"Ran {count} test{'s' * (count != 1)} in" in result.stdout


def test_a_name_that_is_none_is_wrong_usage(invoke: Invoke) -> None:
    result = ran(invoke, "price")
    assert result.exit_code == 2
    assert "There is no test 'price' (did you mean 'prices'?)" in result.stderr


def test_they_are_listed(invoke: Invoke, file: Path) -> None:
    assert ran(invoke, "--list").stdout.splitlines() == [
        f"{file}:10: a number is doubled",
        f"{file}:14: prices [1]",
        f"{file}:15: prices [2]",
        f"{file}:16: a fraction",
    ]


def test_the_way_of_the_baton_is_shown_on_request(invoke: Invoke, file: Path) -> None:
    file.write_text(TEXT + BAD)
    assert "eval-lambda (double) → out" not in ran(invoke).stdout
    said = ran(invoke, "--trace", "it fails").stdout
    assert "in → eval-lambda (double)" in said
    assert "~ n: 2" in said


def test_the_results_are_written_for_servers(invoke: Invoke, file: Path, tmp_path: Path) -> None:
    file.write_text(TEXT + BAD)
    ran(invoke, "--junit", "tests.xml")
    suite = ET.parse(tmp_path / "tests.xml").getroot()[0]
    names = {case.get("name"): case for case in suite}
    assert suite.get("tests") == "8"
    assert names["it fails"].get("classname") == "app.yaml.double"
    assert names["it fails"][0].get("message") == "n: expected 3, got 2"
    assert names["never"][0].tag == "skipped"


def test_a_wrong_configuration_is_told(invoke: Invoke, file: Path) -> None:
    file.write_text(TEXT.replace("gives: {n: 0.5}", "givs: 1"))
    result = ran(invoke)
    assert result.exit_code == 78
    assert "has no option 'givs' (did you mean 'gives'?)" in result.stderr


def test_what_was_never_taken_is_told_with_its_place(invoke: Invoke, file: Path) -> None:
    result = ran(invoke, "--coverage")
    assert result.exit_code == 0
    assert lines(result)[-7:] == [
        "steps hand-overs error branches taken",
        "double 1/1 - - 100 %",
        "boom 0/1 - - 0 %",
        f"never: shutdown-1 ({file}:5)",
        "saved 2/3 1/1 0/1 60 %",
        f"never: set-value-1 ({file}:8)",
        "in all: 57.1 %",
    ]


def test_too_little_of_it_fails(invoke: Invoke) -> None:
    assert ran(invoke, "--coverage-min", "57").exit_code == 0
    result = ran(invoke, "--coverage-min", "58")
    assert result.exit_code == 1
    assert "the tests came to 57.1 % of the pipelines, and not to 58 %" in result.stderr


def test_what_was_never_taken_is_dashed(invoke: Invoke, tmp_path: Path) -> None:
    assert ran(invoke, "--coverage-svg", "taken.svg").exit_code == 0
    drawing = ET.parse(tmp_path / "taken.svg").getroot()
    assert "dash" in ET.tostring(drawing, encoding="unicode")


def test_a_value_may_be_replaced(invoke: Invoke) -> None:
    result = ran(invoke, "prices", "-O", "pipelines.double:[eval-lambda: {lambda: 'b: b'}]")
    assert result.exit_code == 1


def test_a_file_without_tests_passes(invoke: Invoke, file: Path) -> None:
    file.write_text("pipelines: {it: [passthrough]}")
    result = ran(invoke)
    assert result.exit_code == 0
    assert lines(result)[-1] == "PASSED"


BUNDLE = """\
import asyncio
from piped.processors.status_tests import StatusTestProcessor
from piped.status_testing.case import StatusTestCase


class Site(StatusTestProcessor):
    name = "test-the-site"

    class Answers(StatusTestCase):
        async def statustest_it_answers(self):
            reader, writer = await asyncio.open_unix_connection("web.sock")
            writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
            assert (await reader.read()).endswith(b"hello")
            writer.close()


class Wanting(StatusTestProcessor):
    name = "test-what-is-wanting"

    def __init__(self, *, needed: int = 0, **node):
        super().__init__(**node)
        self.needed = needed

    def get_namespace(self, baton):
        return {"needed": self.needed}

    class It(StatusTestCase):
        def setUp(self, needed):
            self.needed = needed

        def statustest_it(self):
            self.assertEqual(self.needed, 1)
"""
PROCESS = """\
logging: {level: error}
plugins: {path: [.], bundles: {mine: [mine]}}
web: {site: {listen: "unix:web.sock", routing: {__config__: {processor: pipeline.hello}}}}
pipelines:
    hello: [set-value: {path: content, value: hello}, write-web-response]
    tests: [create-statustest-reporter, test-what-is-wanting: {needed: 1}]
tests:
    hello: {pipeline: hello, fakes: {processors: {write-web-response: }}, has: {content: hello}}
"""


def test_status_tests_run_in_the_process_with_its_services(tmp_path: Path) -> None:
    written(tmp_path, app_yaml=PROCESS, mine_py=BUNDLE)
    ended = piped(tmp_path, "test", "app.yaml", "--junit", "tests.xml")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [" ".join(line.split()) for line in ended.stdout.splitlines()][:9] == [
        "app.yaml",
        "hello",
        "hello ... [OK]",
        "mine",
        "Answers",
        "statustest_it_answers ... [OK]",
        "It",
        "statustest_it ... [OK]",
        "",
    ]
    assert 'tests="3"' in (tmp_path / "tests.xml").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app.yaml", "mine.py", "tests.xml"]


def test_status_tests_count_and_may_be_left_out(tmp_path: Path) -> None:
    written(tmp_path, app_yaml=PROCESS.replace("needed: 1", "needed: 2"), mine_py=BUNDLE)
    ended = piped(tmp_path, "test", "app.yaml")
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == "FAILED (failures=1, successes=2)"
    ended = piped(tmp_path, "test", "app.yaml", "--no-status")
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == "PASSED (successes=1)"


def test_a_process_that_cannot_be_up_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "web.sock").mkdir()
    written(tmp_path, app_yaml=PROCESS, mine_py=BUNDLE)
    ended = piped(tmp_path, "test", "app.yaml")
    assert ended.returncode == 1
    assert "web.sock" in ended.stderr
    assert ended.stdout.splitlines()[-1] == "PASSED (successes=1)"


def test_an_option_that_nobody_gives_is_told(tmp_path: Path) -> None:
    bundle = BUNDLE.replace("needed: int = 0", "needed: int")
    text = PROCESS.replace(", test-what-is-wanting: {needed: 1}", "")
    written(tmp_path, app_yaml=text, mine_py=bundle)
    ended = piped(tmp_path, "test", "app.yaml")
    assert ended.returncode == 78
    assert "needs the option 'needed'" in ended.stderr


def snippets() -> list[str]:
    return configurations((ROOT / "docs" / "testing.md").read_text())


@pytest.mark.parametrize("text", snippets(), ids=lambda text: text.partition("\n")[0])
def test_what_the_guide_shows_passes(invoke: Invoke, file: Path, text: str) -> None:
    file.write_text(text)
    result = ran(invoke, "--coverage")
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout
    assert result.stdout.splitlines()[-1] == "in all: 100.0 %"


def test_what_the_example_shows_passes(invoke: Invoke) -> None:
    file = ROOT / "examples" / "json_api" / "json_api.yaml"
    result = invoke("test", str(file), "--coverage-min", "100")
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout


def test_what_is_for_test_runners_counts_for_tests_only(tmp_path: Path) -> None:
    text = PROCESS.replace("needed: 1", "needed: 2").replace(
        "content, value: hello", "content, value: x"
    )
    runmode = """\
runmodes:
    unittest:
        pipelines: {hello: [set-value: {path: content, value: hello}, write-web-response]}
"""
    written(tmp_path, app_yaml=text + runmode, mine_py=BUNDLE)
    ended = piped(tmp_path, "test", "app.yaml")
    assert "hello ..." in ended.stdout
    assert ended.stdout.splitlines()[-1] == "FAILED (failures=2, successes=1)"
