"""The pages, as HTML. They can be read as they are; what asks the process is in `page/page.js`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import groupby

from piped.secret import redact
from piped.web.debugger.failed import Failed, message_of, notes_of
from piped.web.debugger.frames import Line, Raised, Relation, Spot, Whose, excerpt
from piped.web.debugger.held import Item
from piped.web.debugger.highlight import highlighted
from piped.web.debugger.values import kind_of
from piped.web.debugger.way import drawn, steps_of

__all__ = ["POLICY", "Shell", "failure_page", "gone_page", "list_page"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'"
)
_LONGEST_URI = 300
_WHOSE = {Whose.ENGINE: "of piped", Whose.LIBRARY: "of a library"}


@dataclass(frozen=True, slots=True)
class Shell:
    """What all pages have: where the debugger is, and what its calls need."""

    base: str
    token: str = ""

    def page(self, title: str, body: str, **data: str) -> bytes:
        facts = {"base": self.base, "token": self.token, **data}
        attributes = "".join(f' data-{name}="{escape(text)}"' for name, text in facts.items())
        base = escape(self.base)
        text = f"""<!doctype html>
<html lang="en"{attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<meta http-equiv="content-security-policy" content="{escape(POLICY)}">
<title>{escape(title)}</title>
<link rel="icon" href="{base}/icon.svg">
<link rel="stylesheet" href="{base}/page.css">
<script src="{base}/page.js" type="module"></script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="bar">
<a class="brand" href="{base}/">piped</a>
<p class="kicker">{escape(title.partition(":")[0])}</p>
<nav aria-label="Pages"><a href="{base}/">Failures</a>
<button type="button" class="plain" data-does="keys">Keys <kbd>?</kbd></button></nav>
</header>
<main id="main">{body}</main>
<p id="said" role="status" aria-live="polite"></p>
</body>
</html>
"""
        return text.encode("utf-8", "backslashreplace")


def failure_page(shell: Shell, item: Item[Failed]) -> bytes:
    """The page of one failure."""
    failed = item.value
    kind, message = kind_of(failed.exception), failed.message
    title = f"web.Server Traceback: {kind}: {message[:120]}"
    numbers = {id(spot): at for at, spot in enumerate(failed.spots)}
    body = "".join(
        [
            _head(item, kind, message),
            _way(failed),
            *(_raised(each, numbers, failed.focus) for each in failed.raised),
        ]
    )
    return shell.page(title, body, failure=item.id, focus=str(failed.focus))


def list_page(shell: Shell) -> bytes:
    """The page that lists what is held. What it lists is asked for by its script."""
    body = """<section class="what"><h1>Failures</h1>
<p class="message">What failed here, and is still held with all its frames.</p></section>
<section class="held" aria-label="Failures that are held">
<div class="tools"><label>Filter <kbd>/</kbd> <input id="filter" type="search" autocomplete="off"
 spellcheck="false" placeholder="exception, pipeline, step, request"></label>
<p id="count" role="status"></p></div>
<ol id="kinds" class="kinds"></ol>
<noscript><p>The list is shown by a script, which has to be allowed.</p></noscript>
</section>"""
    return shell.page("Failures", body, page="list")


def gone_page(shell: Shell, *, was_there: bool, idle: float) -> bytes:
    """The page in the place of one that is not there."""
    why = (
        f"It was let go of: nobody had looked at it for {idle:g} seconds, newer failures took its"
        " place, or somebody asked for that."
        if was_there
        else "There is none of that name. It may have been of this process before its last start."
    )
    body = f"""<section class="what"><h1>This failure is not held any more</h1>
<p class="message">{escape(why)}</p>
<p><a href="{escape(shell.base)}/">All failures that are held</a></p></section>"""
    return shell.page("Gone", body, page="gone")


def _way(failed: Failed) -> str:
    """The pipelines that the baton was in, the outermost first."""
    drawings = [drawn(each) for each in reversed(steps_of(failed.exception))]
    if not drawings:
        return ""
    # A page has one element of each id.
    figures = "".join(
        f"<figure>{drawing.replace('piped-', f'piped-{at}-')}</figure>"
        for at, drawing in enumerate(drawings)
    )
    return _section(
        "ways", "The way of the baton", f'<div class="scroll" tabindex="0">{figures}</div>'
    )


def _section(name: str, title: str, body: str) -> str:
    return f'<section class="{name}" aria-label="{title}"><h2>{title}</h2>{body}</section>'


def _head(item: Item[Failed], kind: str, message: str) -> str:
    asked = item.value.asked
    when = datetime.fromtimestamp(asked.time, UTC)
    steps = "".join(
        f'<li><span class="pipeline">{escape(redact(each.pipeline))}</span>'
        f' <span aria-hidden="true">&rsaquo;</span> <b>{escape(redact(each.step))}</b>'
        f' <span class="where">{escape(each.where.rpartition("/")[2])}</span></li>'
        for each in item.value.steps
    )
    notes = "".join(f"<li>{escape(each)}</li>" for each in notes_of(item.value.exception))
    module, _, name = kind.rpartition(".")
    return "".join(
        [
            '<section class="what">',
            f'<p class="asked"><b>{escape(asked.method)}</b>',
            f" <code>{escape(redact(asked.uri)[:_LONGEST_URI])}</code>",
            f" <span>from {escape(asked.client)}</span>",
            f' <time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">',
            f"{when:%H:%M:%S} UTC</time> <span>number {item.number} of its kind</span></p>",
            f'<h1><span class="module">{escape(module)}{"." if module else ""}</span>',
            f"{escape(name)}</h1>",
            f'<p class="message">{escape(message)}</p>' if message else "",
            f'<ul class="steps" aria-label="Steps that failed">{steps}</ul>' if steps else "",
            f'<ul class="notes" aria-label="Notes">{notes}</ul>' if notes else "",
            "</section>",
        ]
    )


def _raised(one: Raised, numbers: dict[int, int], focus: int) -> str:
    relation = one.relation.value
    title = "Traceback, the most recent call last"
    head = ""
    if one.relation is not Relation.RAISED:
        title = relation
        head = (
            f'<p class="other"><b>{escape(kind_of(one.exception))}</b>'
            f" {escape(message_of(one.exception))}</p>"
            + "".join(f'<p class="note">{escape(each)}</p>' for each in notes_of(one.exception))
        )
    frames = "".join(_groups(one, numbers, focus)) or (
        '<li class="none">It has no traceback: nothing raised it, or somebody took it away.</li>'
    )
    body = f'{head}<ol class="frames">{frames}</ol>'
    return _section(f"raised depth-{min(one.depth, 3)}", title, body)


def _groups(one: Raised, numbers: dict[int, int], focus: int) -> Iterator[str]:
    """The frames; those of ours folded together."""
    focused = {at for at in (focus,) if at >= 0}
    for (whose, is_focused), group in groupby(
        one.spots, lambda spot: (spot.whose, numbers[id(spot)] in focused)
    ):
        spots = list(group)
        frames = "".join(_frame(each, numbers[id(each)], is_open=is_focused) for each in spots)
        if whose is Whose.ENGINE and not is_focused:
            count = f"{len(spots)} frame{'s' if len(spots) > 1 else ''} {_WHOSE[whose]}"
            yield (
                f'<li class="fold"><details><summary>{count}</summary>'
                f'<ol class="frames">{frames}</ol></details></li>'
            )
        else:
            yield frames
    if one.left_out:
        yield f'<li class="none">{one.left_out} frames in the middle are left out.</li>'


def _frame(spot: Spot, number: int, *, is_open: bool) -> str:
    lines = excerpt(spot)
    said = next((each.text.strip() for each in lines if each.marked), "")
    folder, slash, file = spot.file.rpartition("/")
    return (
        f'<li class="frame {spot.whose.value}"><details data-frame="{number}"'
        f"{' open' if is_open else ''}><summary>"
        f'<span class="place" title="{escape(spot.file)}"><span class="folder">'
        f"{escape(folder + slash)}</span>{escape(file)}:{spot.line}</span>"
        f' <span class="function">{escape(spot.name)}</span>'
        f' <code class="said">{escape(redact(said))}</code></summary>'
        f'<div class="inside">{_source(lines)}</div></details></li>'
    )


def _source(lines: Iterable[Line]) -> str:
    rows = "".join(
        f'<span class="line{" marked" if each.marked else ""}" data-number="{each.number}">'
        f"{highlighted(each)}\n</span>"
        for each in lines
    )
    if not rows:
        return '<p class="none">Its source is not there.</p>'
    return f'<pre class="source" tabindex="0" aria-label="Source"><code>{rows}</code></pre>'
