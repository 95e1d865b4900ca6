"""Markup, taken away or looked into."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import given, strategies

from piped.exceptions import UnfitBaton
from piped.processors.xml_processors import RemoveMarkup
from tests.processors.trying import complaint, result

# Pieces of which something evil may come, and text.
pieces = strategies.sampled_from(
    ["<", ">", "&", '"', "<b", "<script>", "</script>", "<!--", "-->", "&lt;", "&#60;", "a", " "]
)
markup = strategies.lists(pieces | strategies.text(max_size=3), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("plain", "plain"),
        (" <p class='a > b'>one</p>\n", "one"),
        ("a<!-- <b> -->b", "ab"),
        ("<style>p {}</style><b>x", "x"),
        ("5 < 7 & 7 > 5", "5 &lt; 7 &amp; 7 &gt; 5"),
        ("&lt;b&gt;", "&lt;b&gt;"),
        ("<img src=x onerror=steal()>", ""),
    ],
)
def test_only_text_is_left(text: str, rest: str) -> None:
    assert result("remove-markup: {mapping: [a]}", {"a": text})["a"] == rest


def test_plain_text_can_be_had() -> None:
    steps = "remove-markup: {mapping: [a], unescape: true}"
    assert result(steps, {"a": "<b>5 < 7 &amp; 8</b>"})["a"] == "5 < 7 & 8"


@given(markup)
def test_what_is_left_has_no_markup_and_stays_so(text: str) -> None:
    processor = RemoveMarkup(mapping=[""])
    rest = processor.process(text)
    assert "<" not in rest
    assert ">" not in rest
    assert processor.process(rest) == rest


@given(strategies.text(strategies.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_text_without_markup_stays_what_it_says(text: str) -> None:
    processor = RemoveMarkup(mapping=[""], unescape=True)
    assert processor.process(html.escape(text)) == text.strip()


def test_what_is_no_text_has_no_markup() -> None:
    with pytest.raises(UnfitBaton, match="there is 7 at 'a', where a text has markup"):
        result("remove-markup: {mapping: [a]}", {"a": 7})


XML = '<?xml version="1.0" encoding="iso-8859-1"?><a><b>é</b><b>2</b></a>'


@pytest.mark.parametrize(
    ("xpath", "found"),
    [
        ("//b/text()", ["é", "2"]),
        ("string(//b)", ["é"]),
        ("count(//b)", [2.0]),
        ("//b = 2", [True]),
        ("//c", []),
    ],
)
@pytest.mark.parametrize("xml", [XML, XML.encode("latin-1")])
def test_whatever_is_found_is_in_the_list(xml: Any, xpath: str, found: list[Any]) -> None:
    steps = f"process-xpaths: {{xml_path: xml, xpaths: {{'{xpath}': found}}}}"
    assert result(steps, {"xml": xml})["found"] == found


def test_elements_are_found() -> None:
    steps = "process-xpaths: {xml_path: xml, xpaths: {//b: found.b}}"
    assert [each.text for each in result(steps, {"xml": XML})["found"]["b"]] == ["é", "2"]


def test_what_was_in_the_list_stays_there() -> None:
    baton = {"xml": XML, "found": ["1"]}
    steps = "process-xpaths: {xml_path: xml, xpaths: {//b/text(): found}}"
    assert result(steps, baton)["found"] == ["1", "é", "2"]


def test_namespaces_have_prefixes() -> None:
    steps = "process-xpaths: {xml_path: '', xpaths: {//x:b/text(): ''}, namespaces: {x: 'urn:x'}}"
    with pytest.raises(UnfitBaton, match="where a list is to be"):
        result(steps, "<b xmlns='urn:x'>1</b>")
    steps = steps.replace("xml_path: ''", "xml_path: a").replace(": ''", ": found")
    assert result(steps, {"a": "<b xmlns='urn:x'>1</b>"})["found"] == ["1"]


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY e SYSTEM "file:///etc/passwd">',
        '<!ENTITY d "dddd"><!ENTITY e "&d;&d;">',
        '<!ENTITY % p "pppp"><!ENTITY e "">',
    ],
)
def test_no_entity_is_read(declared: str) -> None:
    steps = "process-xpaths: {xml_path: xml, xpaths: {string(/a): found}}"
    with pytest.raises(UnfitBaton, match="declares entities of its own"):
        result(steps, {"xml": f"<!DOCTYPE a [{declared}]><a>&e;</a>"})


def test_a_document_may_say_its_type() -> None:
    steps = "process-xpaths: {xml_path: xml, xpaths: {string(/a): found}}"
    assert result(steps, {"xml": "<!DOCTYPE a SYSTEM 'no.dtd'><a>b</a>"})["found"] == ["b"]


@pytest.mark.parametrize(
    ("baton", "complaint"),
    [
        ({}, "there is nothing at 'xml', where XML is needed"),
        ({"xml": 7}, "there is 7 at 'xml'"),
        ({"xml": "<a>"}, "what is at 'xml' is no XML"),
        ({"xml": ""}, "what is at 'xml' is no XML"),
        ({"xml": "\ud800"}, "what is at 'xml' is no XML"),
        ({"xml": XML, "found": "b"}, "there is 'b' at 'found', where a list is to be"),
    ],
)
def test_what_is_no_xml_is_unfit(baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result("process-xpaths: {xml_path: xml, xpaths: {//b: found}}", baton)


def test_an_xpath_that_fails_says_which() -> None:
    steps = "process-xpaths: {xml_path: xml, xpaths: {'//b[nonsense(.)]': found}}"
    with pytest.raises(UnfitBaton, match=r"the XPath '//b\[nonsense\(\.\)\]' fails"):
        result(steps, {"xml": XML})


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("process-xpaths: {xml_path: a, xpaths: {'//': b}}", "'//' is no XPath"),
        (
            "process-xpaths: {xml_path: a, xpaths: {'nonsense(//b)': c}}",
            "'nonsense(//b)' is no XPath: Unregistered function",
        ),
        ("process-xpaths: {xml_path: a}", "needs the option 'xpaths'"),
        ("remove-markup", "needs the option 'mapping'"),
        ("remove-markup: {mapping: [{a: {tags: b}}]}", "unknown option 'tags'"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
