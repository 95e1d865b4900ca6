"""Pages of traces."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.observe.trace import Entry, Place
from tests.processors.trying import complaint, environment, result

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 $data ${title} '\"&"
ENTRIES = [
    Entry(None, Place("main", "a-1", "a"), {"x": HOSTILE}),
    Entry(Place("main", "a-1", "a"), None, {"x": 2}, time=0.25),
]
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path id="baton_1" d="M0 0"/></svg>'


class Parsed(HTMLParser):
    """The elements of a page, and the texts of those that hold one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.texts: dict[str, str] = {}
        self._last = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self._last = found.get("id") or tag
        self.attributes[self._last] = found

    def handle_data(self, data: str) -> None:
        self.texts[self._last] = self.texts.get(self._last, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._last = ""


def page(baton: dict[str, Any], options: str = "") -> str:
    text: str = result(f"render-trace: {{{options}}}", baton)["content"]
    return text


def data(text: str) -> Any:
    return json.loads(Parsed(text).texts["trace"])


def test_without_a_trace_there_is_the_form_with_all_names() -> None:
    text = page({})
    parsed = Parsed(text)
    assert [each for each in ("input", "textarea", "button") if each in parsed.tags]
    assert '<option value="it">' in text
    assert data(text) == {"steps": [], "processors": [], "left_out": 0}


def test_a_trace_is_in_it_as_data() -> None:
    found = data(page({"trace": ENTRIES}))
    assert [each["baton"] for each in found["steps"]] == [{"x": HOSTILE}, {"x": 2}]
    assert [(each["source"], each["destination"]) for each in found["steps"]] == [
        (None, 0),
        (0, None),
    ]
    assert [each["kind"] for each in found["steps"]] == ["hand-over", "result"]
    assert found["steps"][1]["time"] == 0.25
    assert found["processors"] == [{"processor": "a", "step": "a-1", "pipeline": "main"}]


def test_nothing_of_a_baton_becomes_a_part_of_the_page() -> None:
    hostile = {"trace": ENTRIES, "dot": SVG, "request": Request(pipeline=HOSTILE, baton=HOSTILE)}
    plain = {"trace": [Entry(None, Place("m", "a"), {})] * 2, "dot": SVG}
    assert Parsed(page(hostile)).tags == Parsed(page(plain)).tags
    assert Parsed(page(hostile)).attributes["pipeline"]["value"] == HOSTILE


@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_arrives_as_it_is(text: str) -> None:
    entry = Entry(None, Place("main", text), {text: text})
    found = data(page({"trace": [entry]}))
    assert found["steps"][0]["baton"] == {text: text}
    assert found["processors"][0]["step"] == text


class Request:
    """What came by a form."""

    def __init__(self, **fields: str) -> None:
        self.args = {name.encode(): [value.encode()] for name, value in fields.items()}


def test_the_form_keeps_what_was_sent() -> None:
    text = page(
        {"web": {"request": Request(pipeline="a.b", baton="{1}")}}, "request_path: web.request"
    )
    parsed = Parsed(text)
    assert parsed.attributes["pipeline"]["value"] == "a.b"
    assert parsed.texts["baton"].removeprefix("\n") == "{1}"


def test_or_else_what_was_traced() -> None:
    parsed = Parsed(page({"trace": ENTRIES}))
    assert parsed.attributes["pipeline"]["value"] == "main"
    assert json.loads(parsed.texts["baton"]) == {"x": HOSTILE}


def test_the_drawing_is_in_it_without_what_runs() -> None:
    svg = SVG.replace("</svg>", "<script>alert(1)</script></svg>")
    text = page({"trace": ENTRIES, "drawn": svg.encode()}, "svg_path: drawn")
    assert '<path id="baton_1" d="M0 0"></path></svg>' in text
    assert "alert(1)</script>" not in text


def test_only_what_is_ours_may_run() -> None:
    policy = Parsed(page({})).attributes["meta"]["content"] or ""
    assert "default-src 'none'" in policy
    assert len(re.findall("script-src 'sha256-[^ ]+';", policy)) == 1
    assert "unsafe" not in policy


def test_the_options_of_a_step_are_told_where_its_pipeline_is_known() -> None:
    entry = Entry(None, Place("it", "set-value-1", "set-value"), {})
    steps = "set-value: {path: a, value: 7}, render-trace"
    text = result(steps, {"trace": [entry]})["content"]
    assert data(text)["processors"][0]["options"] == {"path": "a", "value": 7}


def test_what_is_too_long_to_be_looked_at_is_counted() -> None:
    found = data(page({"trace": ENTRIES * 1_500}))
    assert (len(found["steps"]), found["left_out"]) == (2_000, 1_000)


def test_a_template_of_ones_own_is_filled(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text("<p>$$5 $pipeline</p>")
    assert page({"trace": ENTRIES}, f"template: {template}") == "<p>$5 main</p>"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<p>$nam</p>", r"it has \$nam, and there are \$title, \$policy"),
        ("<p>5 $</p>", "a '\\$' with no name behind it"),
        (None, "the template cannot be read"),
    ],
)
def test_a_template_that_is_none_ends_the_start(
    tmp_path: Path, text: str | None, complaint: str
) -> None:
    template = tmp_path / "page.html"
    if text is not None:
        template.write_text(text)
    with pytest.raises(ConfigurationError, match=complaint):
        environment(f"render-trace: {{template: {template}}}").depend("x", "it")


def test_an_encoder_of_ones_own_writes_the_steps() -> None:
    assert "json_encoder" in complaint("render-trace: {json_encoder: json.JSONDecoder}")
    assert data(page({"trace": ENTRIES}, "json_encoder: json.JSONEncoder"))["steps"]


@pytest.mark.parametrize(
    ("baton", "complaint"),
    [
        ({"trace": 7}, "a trace is a list of entries"),
        ({"trace": ENTRIES, "dot": "digraph {}"}, "there is no SVG"),
        ({"trace": ENTRIES, "dot": 7}, "there is no SVG at 'dot', but int"),
    ],
)
def test_what_cannot_be_shown_is_unfit(baton: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        page(baton)


def test_a_baton_without_a_trace_may_be_left_as_it_is() -> None:
    assert result("render-trace: {skip_if_nonexistent: true}", {"a": 1}) == {"a": 1}


def test_wrong_options_are_told() -> None:
    assert "svg_path" in complaint("render-trace: {svg_path: [1]}")
    assert "templat" in complaint("render-trace: {templat: x}")
