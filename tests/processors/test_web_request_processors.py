"""What a request brings."""

from __future__ import annotations

from typing import Any

import pytest

from piped.exceptions import PipedError, UnfitBaton, UnfitRequest
from tests.processors.trying import complaint, result
from tests.processors.web import Served, serving

pytestmark = pytest.mark.usefixtures("engine")

JSON = {"content_type": "application/json"}


async def baton(step: str, line: str = "GET /", body: bytes = b"", **headers: Any) -> Any:
    async with serving(step) as served:
        return await baton_of(served, line, body, **headers)


async def baton_of(served: Served, line: str, body: bytes = b"", **headers: Any) -> Any:
    await served.ask(line, body, **headers)
    if served.failures:
        raise served.failures[0]
    found = served.results[-1]
    if isinstance(found, dict):
        del found["request"]
    return found


# determine-ip


@pytest.mark.parametrize(
    ("step", "header", "ip"),
    [
        ("", "192.0.2.1", "127.0.0.1"),
        ("{proxied: true}", "192.0.2.1", "192.0.2.1"),
        ("{proxied: true}", "203.0.113.5, 192.0.2.1", "192.0.2.1"),
        ("{proxied: true}", "", "127.0.0.1"),
        ("{proxied: true}", "evil", "127.0.0.1"),
        ("{proxied: true, trusted_proxies: []}", "192.0.2.1", "127.0.0.1"),
        ("{proxied: true, trusted_proxies: [10.0.0.1]}", "192.0.2.1", "127.0.0.1"),
        ("{proxied: true, proxy_header: X-Real-IP}", "192.0.2.1", "192.0.2.9"),
        ("{proxied: true, fail_if_not_proxied: true}", "192.0.2.1", "192.0.2.1"),
    ],
)
async def test_addresses(step: str, header: str, ip: str) -> None:
    headers: dict[str, Any] = {"x_forwarded_for": header, "x_real_ip": "192.0.2.9"}
    assert await baton(f"determine-ip: {step or 'null'}", **headers) == {"ip": ip}


@pytest.mark.parametrize(
    "step", ["{trusted_proxies: [10.0.0.1]}", "{proxy_header: x-other}", "{trusted_proxies: []}"]
)
async def test_it_may_be_wrong_not_to_be_proxied(step: str) -> None:
    step = step.replace("}", ", proxied: true, fail_if_not_proxied: true}")
    with pytest.raises(PipedError, match="no trusted proxy says by"):
        await baton(f"determine-ip: {step}", x_forwarded_for="192.0.2.1")


async def test_what_a_site_has_found_out_holds() -> None:
    from twisted.internet.address import IPv4Address

    code = "input['request'].client = input['address']; return input"
    options = "proxied: true, fail_if_not_proxied: true, trusted_proxies: [], output_path: ''"
    step = f'{{exec-code: {{code: "{code}"}}}}, {{determine-ip: {{{options}}}}}'
    async with serving(step, {"address": IPv4Address("TCP", "192.0.2.7", 80)}) as served:
        await served.ask(x_forwarded_for="192.0.2.1")
    assert served.results == ["192.0.2.7"]


async def test_the_address_is_there_when_the_request_has_been_answered() -> None:
    async with serving("write-web-response, determine-ip", {"content": "a"}) as served:
        await served.ask()
    assert served.results[0]["ip"] == "127.0.0.1"


# extract-web-request-arguments


@pytest.mark.parametrize(
    ("mapping", "query", "found"),
    [
        ("[a]", "a=1&a=2", {"a": "1"}),
        ("[a, b]", "a=1", {"a": "1"}),
        ("[a]", "a=", {"a": ""}),
        ("[a.b]", "a.b=1", {"a": {"b": "1"}}),
        ("{a: b.c}", "a=%C3%B8", {"b": {"c": "ø"}}),
        ("{a: {only_first: false}}", "a=1&a=2", {"a": ["1", "2"]}),
        ("{a: {load_json: true}}", "a=%5B1%5D", {"a": [1]}),
        ("{a: {load_json: true, only_first: false}}", "a=1&a=null", {"a": [1, None]}),
        ("{a: null}", "a=1", {}),
    ],
)
async def test_arguments(mapping: str, query: str, found: Any) -> None:
    step = f"extract-web-request-arguments: {{mapping: {mapping}}}"
    assert await baton(step, f"GET /?{query}") == found


async def test_arguments_that_are_missing_may_have_a_fallback() -> None:
    options = "skip_if_nonexistent: false, input_fallback: 7, input_path_prefix: q."
    step = f"extract-web-request-arguments: {{mapping: [a, b], {options}}}"
    assert await baton(step, "GET /?q.a=1") == {"a": "1", "b": 7}


async def test_arguments_that_are_required_are_asked_for() -> None:
    step = "extract-web-request-arguments: {mapping: [a, b], required: true}"
    assert await baton(step, "GET /?a=1&b=2") == {"a": "1", "b": "2"}
    with pytest.raises(UnfitRequest, match="there is no 'b'") as raised:
        await baton(step, "GET /?a=1")
    assert raised.value.status == 400


async def test_fields_of_a_form_are_arguments() -> None:
    found = await baton(
        "extract-web-request-arguments: {mapping: [a, b]}",
        "POST /?b=2",
        b"a=1",
        content_type="application/x-www-form-urlencoded",
    )
    assert found == {"a": "1", "b": "2"}


async def test_the_request_stays_as_it_is() -> None:
    one = "{extract-web-request-arguments: {mapping: {a: {load_json: true}}}}"
    async with serving(f"{one}, {one}") as served:
        await served.ask("GET /?a=%5B1%5D")
    assert not served.failures
    assert served.requests[0].args == {b"a": [b"[1]"]}


@pytest.mark.parametrize(
    ("options", "query", "message"),
    [
        ("load_json: true", "engine=%7B", "the argument 'engine' is no JSON: Expecting"),
        ("load_json: true", "engine=NaN", "the argument 'engine' is no JSON: .* NaN"),
        ("load_json: true", "engine=" + "%5B" * 2_000, "the argument 'engine' is no JSON: maximum"),
        ("only_first: true", "engine=%FF", "the argument 'engine' is no text in utf8"),
    ],
)
async def test_arguments_that_cannot_be_read(options: str, query: str, message: str) -> None:
    step = f"extract-web-request-arguments: {{mapping: {{engine: {{{options}}}}}}}"
    with pytest.raises(UnfitRequest, match=message) as raised:
        await baton(step, f"GET /?{query}")
    assert raised.value.status == 400


# extract-web-request-json


@pytest.mark.parametrize(
    ("body", "found"), [(b"[1]", [1]), ('"ø"'.encode(), "ø"), (b" {} ", {}), (b"null", None)]
)
async def test_json(body: bytes, found: Any) -> None:
    assert await baton("extract-web-request-json", "POST /", body, **JSON) == {"json": found}


async def test_json_by_other_names() -> None:
    step = "extract-web-request-json: {output_path: ''}"
    assert await baton(step, "PUT /", b"[1]", content_type="application/geo+json; a=b") == [1]
    step = "extract-web-request-json: {any_type: true}"
    assert await baton(step, "POST /", b"[1]") == {"json": [1]}


async def test_json_can_be_read_twice() -> None:
    steps = "extract-web-request-json, {extract-web-request-json: {output_path: again}}"
    assert await baton(steps, "POST /", b"[1]", **JSON) == {"json": [1], "again": [1]}


@pytest.mark.parametrize(
    ("body", "kind", "status", "message"),
    [
        (b"{", "application/json", 400, "the body is no JSON: Expecting"),
        (b"", "application/json", 400, "the body is no JSON: Expecting"),
        (b"\xff", "application/json", 400, "the body is no JSON: .*utf-8"),
        (b"Infinity", "application/json", 400, "there is no number Infinity"),
        (b"[" * 90, "application/json", 413, "the body is longer than 80 bytes"),
        (b"[1]", "text/plain", 415, "the body is said to be 'text/plain', and no JSON"),
        (b"[1]", "", 415, "the body is said to be '', and no JSON"),
    ],
)
async def test_bodies_that_cannot_be_read(
    body: bytes, kind: str, status: int, message: str
) -> None:
    step = "extract-web-request-json: {max_size: 80}"
    with pytest.raises(UnfitRequest, match=message) as raised:
        await baton(step, "POST /", body, content_type=kind)
    assert raised.value.status == status


async def test_json_may_be_only_so_deep() -> None:
    with pytest.raises(UnfitRequest, match="no JSON: maximum recursion"):
        await baton("extract-web-request-json", "POST /", b"[" * 100_000, **JSON)


@pytest.mark.parametrize(
    "step",
    ["determine-ip", "extract-web-request-arguments: {mapping: [a]}", "extract-web-request-json"],
)
def test_without_a_request_the_baton_is_unfit(step: str) -> None:
    with pytest.raises(UnfitBaton, match="there is no request at 'request'"):
        result(step, {})


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("determine-ip: {trusted_proxies: [10.0.0.300]}", "an address or a network like"),
        ("determine-ip: {trusted_proxies: [10]}", "an address or a network like"),
        ("determine-ip: {proxied: maybe}", "proxied: expected true or false"),
        ("extract-web-request-arguments", "needs the option 'mapping'"),
        ("extract-web-request-arguments: {mapping: {a: {lode_json: true}}}", "load_json"),
        ("extract-web-request-json: {max_size: big}", "a size like 10MiB"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
