"""Names of pipelines, seen from where they are written."""

from __future__ import annotations

import pytest

from piped.processing.names import absolute


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("x", "x"),
        ("ns1.x", "ns1.x"),
        (".x", "ns1.ns2.x"),
        ("..x", "ns1.x"),
        ("...x", "x"),
        (".ns3.x", "ns1.ns2.ns3.x"),
        ("....x", None),
    ],
)
def test_each_leading_dot_goes_up(name: str, found: str | None) -> None:
    assert absolute(name, "ns1.ns2.p") == found
