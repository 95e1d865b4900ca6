"""Mails are made, and their headers changed."""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from piped.exceptions import UnfitBaton
from piped.testing import check_yaml, run_yaml


def created(baton: Any, options: str = "payload_path: payload") -> Any:
    [found] = run_yaml(f"- create-email-message: {{{options}, output_path: ''}}", baton)
    return found


def as_received(message: Message) -> Any:
    """As whoever gets it over a wire reads it."""
    return message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)


@given(
    st.text(
        st.characters(
            codec="utf-8", exclude_characters="\r\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
        )
    )
)
def test_any_text_arrives(text: str) -> None:
    message = created({"payload": text})
    assert message.get_content_type() == "text/plain"
    assert content_of(message).rstrip("\n") == text.rstrip("\n")


@given(st.binary())
def test_any_bytes_arrive(content: bytes) -> None:
    message = as_received(created({"payload": content}))
    assert message.get_content_type() == "application/octet-stream"
    assert message.get_content() == content


@pytest.mark.parametrize("opened", [io.StringIO("Grüße"), io.BytesIO(b"\x00\xff")])
def test_what_is_open_is_read(opened: Any) -> None:
    assert content_of(created({"payload": opened})) in ("Grüße\n", b"\x00\xff")


@pytest.mark.parametrize(
    ("payload", "kind", "arrives"),
    [
        ("<b>ä</b>", "text/html", "<b>ä</b>\n"),
        ("ä", "text/plain; charset=iso-8859-1", "ä\n"),
        (b"\x89PNG", "image/png", b"\x89PNG"),
        ('{"ä": 1}', "application/json", '{"ä": 1}'.encode()),
        (b"a,\xc3\xa4", "text/csv; charset=utf-8", "a,ä"),
    ],
)
def test_the_content_is_what_its_header_says(payload: Any, kind: str, arrives: Any) -> None:
    options = f"payload_path: payload, headers: {{content-type: '{kind}'}}"
    message = created({"payload": payload}, options)
    assert message.get_content_type() == kind.partition(";")[0]
    assert content_of(message) == arrives


def content_of(message: Any) -> Any:
    """What it says. Lines end on a wire as they do there."""
    content = as_received(message).get_content()
    return content.replace("\r\n", "\n") if isinstance(content, str) else content


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=80))
def test_any_text_may_be_a_header(subject: str) -> None:
    assume(subject == " ".join(subject.split()))
    message = as_received(created({"subject": subject}, "headers: {Subject: !path subject}"))
    assert message["subject"] == subject


@pytest.mark.parametrize(
    "evil",
    [
        "a\r\nBcc: x@example.com",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\u0085".encode().decode("latin-1") + "\n",
    ],
)
def test_no_value_begins_another_header(evil: str) -> None:
    with pytest.raises(UnfitBaton, match="the header 'Subject' has a line break or a control"):
        created({"subject": evil}, "headers: {Subject: !path subject}")
    steps = "- replace-email-headers: {headers: {Subject: !path subject}}"
    with pytest.raises(UnfitBaton, match="the header 'Subject' has a line break"):
        run_yaml(steps, {"subject": evil, "message": Message()})


def test_half_a_character_is_unfit() -> None:
    with pytest.raises(UnfitBaton, match="half a character"):
        created({"subject": "\udcff"}, "headers: {Subject: !path subject}")


def test_addresses_may_be_a_list_and_names_in_any_language() -> None:
    options = "headers: {To: ['Jürgen <j@example.com>', b@example.com], X-A: [1, 2]}"
    message = as_received(created({}, options))
    assert [each.addr_spec for each in message["to"].addresses] == [
        "j@example.com",
        "b@example.com",
    ]
    assert message["to"].addresses[0].display_name == "Jürgen"
    assert message.get_all("x-a") == ["1", "2"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("headers: {'a b': c}", "'a b' is no name of a header"),
        ("headers: {'': c}", "'' is no name of a header"),
        ('headers: {a: "b\\nc"}', "the header 'a' has a line break"),
        ("headers: {a: {b: c}}", "the header 'a' is {'b': 'c'}, and a text is needed"),
        ("headers: {Content-Type: multipart/mixed}", "no kind of a single content, like text/html"),
        ("headers: {Content-Type: nonsense}", "no kind of a single content"),
        ("headers: !path headers", "headers cannot be taken from the baton by !path"),
    ],
)
def test_what_is_wrong_is_found_before_there_is_a_baton(options: str, problem: str) -> None:
    [found] = check_yaml(f"- create-email-message: {{{options}}}")
    assert problem in found


@pytest.mark.parametrize(
    ("baton", "said"),
    [
        ({}, "there is nothing at 'payload' to put into a mail"),
        ({"payload": None}, "the payload of a mail is None, and it takes a text, bytes"),
        ({"payload": {"a": 1}}, "the payload of a mail is {'a': 1}"),
    ],
)
def test_what_is_no_payload_is_unfit(baton: Any, said: str) -> None:
    with pytest.raises(UnfitBaton, match=said):
        created(baton)


def test_a_text_that_its_charset_cannot_write_is_unfit() -> None:
    options = "payload_path: payload, headers: {Content-Type: 'text/plain; charset=ascii'}"
    with pytest.raises(UnfitBaton, match="cannot be written in 'ascii'"):
        created({"payload": "ä"}, options)


def test_the_mail_goes_where_it_is_wanted() -> None:
    [baton] = run_yaml("- create-email-message", {})
    assert isinstance(baton["message"], EmailMessage)
    assert run_yaml("- create-email-message: {output_path: null}", {}) == [{}]


def test_headers_are_replaced_and_taken_away() -> None:
    message = created({}, "headers: {Subject: a, X-A: [1, 2]}")
    steps = "- replace-email-headers: {message_path: '', headers: {SUBJECT: b, x-a: null, X-B: 3}}"
    [same] = run_yaml(steps, message)
    assert same is message
    assert message.items() == [("SUBJECT", "b"), ("X-B", "3")]


def test_another_kind_of_text_keeps_its_charset() -> None:
    message = created({"payload": "ä"})
    run_yaml(
        "- replace-email-headers: {message_path: '', headers: {Content-Type: text/html}}", message
    )
    assert (message.get_content_type(), content_of(message)) == ("text/html", "ä\n")


@pytest.mark.parametrize(("baton", "found"), [({}, "nothing"), ({"message": "text"}, "'text'")])
def test_what_is_no_mail_has_no_headers(baton: Any, found: str) -> None:
    with pytest.raises(UnfitBaton, match=f"there is {found} at 'message', where a mail is needed"):
        run_yaml("- replace-email-headers: {headers: {a: b}}", baton)
