"""The colours of all drawings as SVG, light or dark as their reader has it."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["GRAPHVIZ", "VARIABLES"]

_LIGHT = {
    "ink": "#1f2328",
    "soft": "#59636e",
    "paper": "#ffffff",
    "frame": "#f6f8fa",
    "rim": "#d1d9e0",
    "box": "#ffffff",
    "line": "#818b98",
    "source": "#0969da",
    "sink": "#1a7f37",
    "decider": "#9a6700",
    "error": "#d1242f",
    "ready": "#1f883d",
    "weak": "#c3cad2",
    "fading": "#f0a0a8",
}
_DARK = {
    "ink": "#e6edf3",
    "soft": "#9198a1",
    "paper": "#0d1117",
    "frame": "#151b23",
    "rim": "#3d444d",
    "box": "#212830",
    "line": "#7d8590",
    "source": "#4493f8",
    "sink": "#3fb950",
    "decider": "#d29922",
    "error": "#f85149",
    "ready": "#3fb950",
    "weak": "#4a525c",
    "fading": "#8e4b52",
}
# The names under which drawings have colours, and what a reader sees.
_NAMED = {"black": "line", "red": "error", "green": "ready", "grey": "weak", "pink": "fading"}


def _block(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


_NAMES = "\n".join(
    f'.piped [stroke="{name}"] {{ stroke: var(--{colour}); }}'
    f' .piped [fill="{name}"] {{ fill: var(--{colour}); }}'
    for name, colour in _NAMED.items()
)

VARIABLES = f"""
.piped {{ {_block(_LIGHT)} }}
{_NAMES}
.piped .node [stroke^="#"], .piped .shape[stroke^="#"] {{ fill: none; }}
@media (prefers-color-scheme: dark) {{ .piped {{ {_block(_DARK)} }} }}
/* A bright yellow cannot be seen on white. */
@media not (prefers-color-scheme: dark) {{ .piped [stroke^="#"] {{ filter: brightness(.85); }} }}
"""

# What is an attribute in the output of `dot` gives way to a style.
GRAPHVIZ = f"""{VARIABLES}
svg.piped {{ font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }}
svg.piped {{ background: var(--paper); }}
.piped > .graph > polygon {{ fill: none; stroke: none; }}
.piped text {{ fill: var(--ink); }}
.piped .cluster > polygon, .piped .cluster > path {{ fill: var(--frame); stroke: var(--rim); }}
.piped .cluster text {{ fill: var(--soft); font-weight: 600; }}
.piped .node :is(polygon, path, ellipse):not([stroke^="#"]) {{ fill: var(--box); }}
.piped .edge text {{ fill: var(--soft); }}
.piped .edge text[fill="red"] {{ fill: var(--error); }}
"""
