"""Families of metrics as text: OpenMetrics 1.0, and what Prometheus had before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal

from piped.observe.families import Family, Sample

__all__ = ["CONTENT_TYPES", "Format", "text_of"]

Format = Literal["openmetrics", "prometheus"]
CONTENT_TYPES: dict[Format, str] = {
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    "prometheus": "text/plain; version=0.0.4; charset=utf-8",
}


def text_of(families: Iterable[Family], format: Format) -> str:
    """All of them, one sample a line."""
    lines = [line for family in families for line in _lines(family, format)]
    if format == "openmetrics":
        lines.append("# EOF")
    return "".join(f"{line}\n" for line in lines)


def _lines(family: Family, format: Format) -> Iterator[str]:
    # In the elder format, a counter is called what its samples are.
    is_elder = format == "prometheus" and family.kind == "counter"
    name = f"{family.name}_total" if is_elder else family.name
    yield f"# TYPE {name} {family.kind}"
    yield f"# HELP {name} {_escaped(family.help)}"
    for sample in family.samples:
        yield _line(family.name, sample)


def _line(name: str, sample: Sample) -> str:
    labels = ",".join(f'{each}="{_escaped(value)}"' for each, value in sample.labels.items())
    return (
        f"{name}{sample.suffix}{{{labels}}} {_number(sample.value)}"
        if labels
        else (f"{name}{sample.suffix} {_number(sample.value)}")
    )


def _escaped(text: str) -> str:
    told = text.encode("utf-8", "replace").decode()  # half a character is no text
    return told.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))
