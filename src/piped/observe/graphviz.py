"""Drawings laid out by Graphviz, where it is installed; by ourselves, where it is not."""

from __future__ import annotations

import shutil
import subprocess

from piped.exceptions import PipedError
from piped.observe.dot import dot
from piped.observe.drawing import Drawing
from piped.observe.svg import svg

__all__ = ["picture"]

_LIMIT = 60.0  # seconds

# What is an attribute in the output of `dot` gives way to a style.
_STYLE = """<style>
.graph > polygon { fill: none; stroke: none }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117 }
  text { fill: #e6edf3 }
  .cluster polygon, .cluster path { stroke: #3d444d }
  .node polygon, .node path { stroke: #7d8590 }
  .edge.consumer path { stroke: #7d8590 }
  .edge.consumer polygon { fill: #7d8590; stroke: #7d8590 }
}
</style>
"""


def picture(drawing: Drawing) -> str:
    """The drawing as SVG, by the best there is."""
    program = shutil.which("dot")
    return svg(drawing) if program is None else _by(program, drawing)


def _by(program: str, drawing: Drawing) -> str:
    try:
        made = subprocess.run(  # noqa: S603 - the program is the one on the PATH
            [program, "-Tsvg"],
            input=dot(drawing),
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=True,
        )
    except subprocess.TimeoutExpired as late:
        raise PipedError(f"{program} did not end within {_LIMIT:g} seconds") from late
    except (OSError, subprocess.CalledProcessError) as failure:
        said = (getattr(failure, "stderr", "") or str(failure)).strip()
        raise PipedError(f"{program} did not draw it", detail=said) from failure
    head, bracket, rest = made.stdout.partition("<g ")
    return f"{head}{_STYLE}{bracket}{rest}" if bracket else made.stdout
