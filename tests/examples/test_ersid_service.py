"""What Ersid is made of: its configurations, its options, and what a prompt sees of it."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.python.usage import UsageError

from piped.checking import check_file
from tests.commands import piped
from tests.examples.ersid_running import EXAMPLE, part

options: Any = part("options")
rest: Any = part("rest")
service: Any = part("service")
storage: Any = part("storage")


@pytest.mark.parametrize("name", ["ersid.yaml", "dictionary.yaml"])
def test_nothing_is_wrong_with_its_configurations(name: str) -> None:
    assert check_file(EXAMPLE / name).problems == []


def test_what_is_not_said_stands_in_the_configuration() -> None:
    """Whoever runs the file alone gets what the options have by default."""
    given = options.ErsidOptions()
    given.parseOptions([])
    file = check_file(EXAMPLE / "ersid.yaml").configuration
    overridden = check_file(EXAMPLE / "ersid.yaml", service._overrides(given)).configuration
    for path in ("web.ersid.listen", "manholes.ersid.port", "ersid.dump_file"):
        assert overridden.get(path) == file.get(path)
    assert overridden.get("ticks.interval.dump.interval") == "10s"


def test_options_become_overrides() -> None:
    given = options.ErsidOptions()
    given.parseOptions(["-p", "9090", "-m", "9022", "-i", "5", "-f", 'a "file": {}'])
    checked = check_file(EXAMPLE / "ersid.yaml", service._overrides(given))
    assert checked.problems == []
    assert checked.settings["web"]["ersid"].endpoints() == ["tcp:9090:interface=127.0.0.1"]
    assert checked.settings["manholes"]["ersid"].port == 9022
    assert checked.settings["ticks"].interval["dump"].interval == 5.0
    assert str(checked.settings["ersid"].dump_file) == 'a "file": {}'


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--rest-port", "http"], "'http' is no port"),
        (["--manhole-port", "65536"], "'65536' is no port"),
        (["--dump-interval", "0"], "'0' is no number of seconds"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_words(wrong: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        options.ErsidOptions().parseOptions(wrong)


@pytest.mark.parametrize(
    ("storage_is", "file"), [("dictionary", "dictionary.yaml"), ("sqlite://", "ersid.yaml")]
)
def test_the_environment_says_where_keys_are(
    storage_is: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERSID_STORAGE", storage_is)
    assert service._configuration() == EXAMPLE / file


async def test_a_dictionary_is_a_storage_and_looks_like_one() -> None:
    it = rest.Service({"a": "text"})
    assert repr(it.storage) == "{'a': b'text'}"
    it.storage["b"] = b"\xff"
    assert [await it.storage.get(key) for key in "abc"] == [b"text", b"\xff", None]
    del it.storage["a"]
    assert (list(it.storage), len(it.storage), it.storage["b"]) == (["b"], 1, b"\xff")
    with pytest.raises(TypeError, match="a value is bytes, or a text: not 1"):
        it.storage["c"] = 1
    other = storage.DictStorage()
    it.storage = other
    assert it.storage is other


def test_storages_give_what_takes_callbacks() -> None:
    """As the guide has it: nobody knows whether a value is there already."""
    heard: list[Any] = []
    there = storage.DictStorage()
    for outcome in (there.set("a", b"1"), there.get("a"), there.getAll(), there.delete("a")):
        outcome.addCallback(heard.append)
    assert heard == [None, b"1", {"a": b"1"}, True]


def test_the_section_is_described() -> None:
    said = piped(EXAMPLE, "describe", "-c", "ersid.yaml", "ersid")
    for option in ("engine", "dump_file", "restore", "longest_value"):
        assert option in said.stdout
