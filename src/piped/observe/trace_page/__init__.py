"""A page on which a pipeline can be run, and each step be looked at.

All of it is in one file: nothing is fetched from anywhere. A policy in it lets the browser run what
is ours by its hash, and nothing that a baton or a drawing might bring.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from piped.conf.nodes import plain
from piped.observe.inlining import Inlined
from piped.observe.snapshot import snapshot
from piped.observe.trace import Entry, Place
from piped.processing.graph import Graph

__all__ = ["PLACEHOLDERS", "Form", "bundled", "page", "unfit_in"]

# What a template may have, as `$name`.
PLACEHOLDERS = (
    *("title", "policy", "style", "script"),
    *("pipeline", "baton", "names", "drawing", "data"),
)
_MOST = 2_000  # steps
_NO_DRAWING = Inlined("", ())
# What could end the element in which the data stands, or a line of it.
_ESCAPED = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows: the name of a pipeline, a baton as JSON, and what names there are."""

    pipeline: str = ""
    baton: str = "{}"
    names: Sequence[str] = ()


@cache
def bundled(name: str) -> str:
    """One of the files beside this one."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def unfit_in(template: str) -> str:
    """What is wrong with a template; nothing, if it can be filled."""
    found = Template(template)
    if not found.is_valid():
        return "it has a '$' with no name behind it; a '$' itself is '$$'"
    unknown = [each for each in found.get_identifiers() if each not in PLACEHOLDERS]
    if unknown:
        return (
            f"it has ${unknown[0]}, and there are {', '.join(f'${each}' for each in PLACEHOLDERS)}"
        )
    return ""


def page(
    template: str,
    form: Form,
    entries: Sequence[Entry] = (),
    drawing: Inlined = _NO_DRAWING,
    *,
    graphs: Mapping[str, Graph] | None = None,
    encoder: type[json.JSONEncoder] = json.JSONEncoder,
) -> str:
    """The page as HTML. `graphs` has the options of the steps."""
    style, script = bundled("page.css"), bundled("page.js")
    data = json.dumps(_data(entries, graphs or {}), cls=encoder)
    return Template(template).substitute(
        title=escape(f"Trace of {form.pipeline}" if entries else "Trace"),
        policy=escape(_policy([script], [style, *drawing.styles])),
        style=style,
        script=script,
        pipeline=escape(form.pipeline),
        # A parser drops one line break at the beginning.
        baton="\n" + escape(form.baton),
        names="".join(f'<option value="{escape(each)}">' for each in form.names),
        drawing=drawing.text,
        data=data.translate(_ESCAPED),
    )


def _policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "form-action 'self'",
            "base-uri 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _data(entries: Sequence[Entry], graphs: Mapping[str, Graph]) -> dict[str, Any]:
    shown = entries[:_MOST]
    places: dict[Place, int] = {}
    steps = [
        {
            "source": _number(entry.source, places),
            "destination": _number(entry.destination, places),
            "kind": _kind(entry),
            "baton": entry.baton,
            "time": entry.time,
            "failure": entry.failure.as_data() if entry.failure else None,
        }
        for entry in shown
    ]
    processors = [_processor(each, graphs) for each in places]
    return {"steps": steps, "processors": processors, "left_out": len(entries) - len(shown)}


def _number(place: Place | None, places: dict[Place, int]) -> int | None:
    return None if place is None else places.setdefault(place, len(places))


def _kind(entry: Entry) -> str:
    if entry.failure is not None:
        return "handled" if entry.is_error_consumer else "travelling"
    return "result" if entry.is_result else "hand-over"


def _processor(place: Place, graphs: Mapping[str, Graph]) -> dict[str, Any]:
    found = {"processor": place.processor, "step": place.step, "pipeline": place.pipeline}
    graph = graphs.get(place.pipeline)
    if graph is not None and place.step in (ids := graph.ids()):
        vertex = graph.vertices[ids.index(place.step)]
        return {
            **found,
            "options": snapshot(plain(vertex.step.options)),
            "at": str(vertex.step.place),
        }
    return found
