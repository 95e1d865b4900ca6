"""`piped check`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.commands import written
from tests.processes import run

Invoke = Callable[..., Result]

GOOD = "contexts: {a: 1}\npipelines: {p: [passthrough]}\n"
ODD = "contexts: {a: 1}\ncontext: {b: 2}\n"
WRONG = "pipelines: {p: [pasthrough]}\n"


def test_a_good_file_is_said_to_be_good(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, app_yaml=GOOD)
    answer = invoke("check", "app.yaml")
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert answer.stdout.startswith("app.yaml: nothing is wrong (1 pipeline")


def test_several_files_are_checked_and_summed_up(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, a_yaml=GOOD, b_yaml=WRONG, c_yaml=ODD)
    answer = invoke("check", "a.yaml", "b.yaml", "c.yaml")
    assert answer.exit_code == 78
    assert "b.yaml:1:17: " in answer.stderr
    assert answer.stdout.splitlines()[-1] == "1 of 3 files cannot be run: b.yaml"
    answer = invoke("check", "a.yaml", "c.yaml")
    assert (answer.exit_code, answer.stdout.splitlines()[-1]) == (0, "all 2 files can be run")


def test_problems_of_several_files_are_one_list_in_json(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, a_yaml=WRONG, b_yaml=WRONG)
    answer = invoke("check", "a.yaml", "b.yaml", "--json")
    assert answer.exit_code == 78
    assert [Path(each["file"]).name for each in json.loads(answer.stdout)] == ["a.yaml", "b.yaml"]


def test_a_secret_without_its_file_hides_no_other_problem(invoke: Invoke, tmp_path: Path) -> None:
    text = "contexts: {a: !secret {file: nowhere}}\n" + WRONG
    written(tmp_path, app_yaml=text)
    answer = invoke("check", "app.yaml")
    assert answer.exit_code == 78
    assert "there is no file" in answer.stderr
    assert "pasthrough" in answer.stderr


def test_warnings_are_shown_and_do_no_harm(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, app_yaml=ODD)
    answer = invoke("check", "app.yaml")
    assert answer.exit_code == 0
    assert "app.yaml:2:1: warning: " in answer.stderr
    assert "1 warning in app.yaml" in answer.stderr


def test_problems_are_shown_with_their_places(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, app_yaml=WRONG)
    answer = invoke("check", "app.yaml")
    assert (answer.exit_code, answer.stdout) == (78, "")
    assert "app.yaml:1:17: processor 'pasthrough' is unknown" in answer.stderr
    assert "\x1b" not in answer.stderr


@pytest.mark.parametrize(
    ("text", "exit_code", "severities"),
    [(GOOD, 0, []), (ODD, 0, ["warning"]), (WRONG, 78, ["error"])],
)
def test_programs_get_a_list(
    invoke: Invoke, tmp_path: Path, text: str, exit_code: int, severities: list[str]
) -> None:
    written(tmp_path, app_yaml=text)
    answer = invoke("check", "app.yaml", "--json")
    assert (answer.exit_code, answer.stderr) == (exit_code, "")
    problems = json.loads(answer.stdout)
    assert [each["severity"] for each in problems] == severities
    assert all(each["file"] == str(tmp_path / "app.yaml") for each in problems)
    assert all(each["line"] and each["column"] and each["kind"] for each in problems)


def test_problems_of_several_files_come_together(invoke: Invoke, tmp_path: Path) -> None:
    written(
        tmp_path,
        app_yaml="includes: [one.yaml, two.yaml]\nadmin: {lisen: tcp:0}\n",
        one_yaml="ticks: {interval: {a: {interval: 1x, processor: pipeline.p}}}\n",
        two_yaml=WRONG,
    )
    answer = invoke("check", "app.yaml")
    assert answer.exit_code == 78
    for file in ("app", "one", "two"):
        assert f"\n{file}.yaml:" in f"\n{answer.stderr}"
    assert "3 problems in 3 files" in answer.stderr


def test_overrides_are_checked_too(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, app_yaml=GOOD)
    assert invoke("check", "app.yaml", "-O", "pipelines.p:[lgo]").exit_code == 78
    answer = invoke("check", "app.yaml", "-O", "pipelines.q:[passthrough]", "-O", "nonsense")
    assert "-O nonsense: an override is a key path, a colon, and a value" in answer.stderr


def test_nothing_is_opened_or_written(tmp_path: Path) -> None:
    written(
        tmp_path,
        app_yaml="""
            admin: {listen: "tcp:0"}
            persisted_contexts: {kept: {file: kept.json}}
            logging: {file: app.log}
            repl: {enabled: true, bootstrap: "open('bootstrap', 'w')"}
            plugins: {path: [.], bundles: {a: bundle_of_check}}
            pipelines:
              p: [{eval-lambda: {lambda: "b: open('code', 'w')"}}]
            """,
        bundle_of_check_py="from piped.processors.base import Processor\n",
    )
    answer = run(
        """
        import os, sys
        os.chdir(sys.argv[1])
        sys.dont_write_bytecode = True

        def look(event, arguments):
            if event.startswith("socket.") or event in {"os.mkdir", "os.rename", "os.fork"}:
                print("touched", event, arguments, flush=True)
            if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                print("touched", event, arguments, flush=True)

        from piped.cli.main import piped
        sys.addaudithook(look)
        piped(["check", "app.yaml"])
        """,
        tmp_path,
    )
    assert answer.stderr == ""
    assert "touched" not in answer.stdout
    assert "nothing is wrong" in answer.stdout
