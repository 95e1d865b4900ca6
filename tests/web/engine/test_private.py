"""What we use of Twisted without being offered it is still there."""

from __future__ import annotations

from twisted.web.http_headers import Headers
from twisted.web.resource import EncodingResourceWrapper, Resource
from twisted.web.server import GzipEncoderFactory

from piped.web.engine import private
from tests.web.memory import Peer, answers


def test_names_are_sent_in_the_usual_way() -> None:
    assert private.header_name(b"x-any-name") == b"X-Any-Name"
    assert private.canonical_names[b"x-any-name"] == b"X-Any-Name"
    assert private.header_name("www-authenticate") == b"WWW-Authenticate"


def test_headers_look_at_the_fields_they_were_given() -> None:
    fields = {b"X-A": [b"1"]}
    headers = private.headers_over(fields)
    headers.addRawHeader("x-b", "2")
    assert headers == Headers({"x-a": ["1"], "x-b": ["2"]})
    assert fields[b"X-B"] == [b"2"]


def test_systemd_has_handed_over_nothing_here() -> None:
    assert private.inherited_descriptors() == {}


async def test_the_encoder_of_a_resource_is_found_and_used() -> None:
    from piped.web.site.mounting import Mounted

    class Text(Resource):
        isLeaf = True  # noqa: N815

        def render_GET(self, request: object) -> bytes:  # noqa: N802
            return b"x" * 2000

    wrapped = EncodingResourceWrapper(Text(), [GzipEncoderFactory()])
    peer = Peer(Mounted(wrapped).handle)
    get = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
    (answer,) = answers(peer.send(get))
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 100


async def test_star_is_for_options_only() -> None:
    from piped.web.site.mounting import Mounted

    peer = Peer(Mounted(Resource()).handle)
    assert answers(peer.send(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"))[0].body == b""
