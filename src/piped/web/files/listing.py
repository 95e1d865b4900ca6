"""The page that shows what is in a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote, unquote

from piped.web.site.answers import STYLE

__all__ = ["listing_page"]

# A page with more rows is of no use to anybody.
_MOST = 5000
_STYLE = (
    STYLE
    + """\
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{font-size:1.15rem;font-weight:600;margin:0 .5rem 1.25rem;overflow-wrap:anywhere}
h1 a{color:inherit}h1 span{color:var(--dim);font-weight:400;padding:0 .15em}
a{color:var(--link);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{font-size:.8rem;font-weight:500;text-align:left;color:var(--dim);white-space:nowrap}
th a{color:inherit}th[aria-sort] a{color:var(--ink)}
th,td{padding:.4rem .5rem;border-bottom:1px solid var(--line)}
td:first-child{overflow-wrap:anywhere;width:100%}
td+td,th+th{text-align:right;white-space:nowrap;padding-left:1.5rem;color:var(--dim)}
tbody tr:hover{background:color-mix(in srgb,var(--link) 6%,transparent)}
td.folder a{font-weight:600}
p{color:var(--dim);font-size:.85rem;margin:1rem .5rem}
@media(max-width:34rem){th:last-child,td:last-child{display:none}main{padding:1.25rem .5rem}}
"""
)
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
{style}</style>
<main>
<h1>{trail}</h1>
<table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p>{summary}</p>
</main>
"""
_DIGITS = re.compile(r"([0-9]{1,18})")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    is_folder: bool
    size: int
    time: float


_COLUMNS: dict[str, tuple[str, Callable[[_Row], Any]]] = {
    "name": ("Name", lambda row: (_as_people_count(row.name), row.name)),
    "size": ("Size", lambda row: row.size),
    "time": ("Changed (UTC)", lambda row: row.time),
}


def listing_page(
    folder: str,
    path: bytes,
    arguments: Mapping[bytes, list[bytes]],
    shows: Callable[[str], bool],
    is_root: bool = False,
) -> str:
    """The page. `?by=size` sorts it, `?by=-size` the other way round; folders come first."""
    by = (arguments.get(b"by") or [b"name"])[0].decode("ascii", "replace")
    column = by.removeprefix("-") if by.removeprefix("-") in _COLUMNS else "name"
    down = by.startswith("-")
    rows = sorted(_rows(folder, shows), key=_COLUMNS["name"][1])
    rows.sort(key=_COLUMNS[column][1], reverse=down)
    rows.sort(key=lambda row: not row.is_folder)
    up = (
        []
        if is_root
        else ['<tr><td class="folder"><a href="../">..</a></td><td></td><td></td></tr>']
    )
    shown = unquote(path.decode("ascii", "replace"), errors="replace")
    return _PAGE.format(
        title=escape(shown),
        style=_STYLE,
        trail=_trail(shown),
        heads="".join(_head(name, column, down) for name in _COLUMNS),
        rows="\n".join([*up, *map(_row, rows[:_MOST])]),
        summary=_summary(rows),
    )


def _rows(folder: str, shows: Callable[[str], bool]) -> list[_Row]:
    rows = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not shows(entry.name):
                continue
            try:
                state, is_folder = entry.stat(), entry.is_dir()
            except OSError:  # a link to nothing
                continue
            rows.append(
                _Row(entry.name, is_folder, -1 if is_folder else state.st_size, state.st_mtime)
            )
    return rows


def _as_people_count(name: str) -> list[tuple[int, str]]:
    """What comes first: `2.jpg` before `10.jpg`."""
    parts = _DIGITS.split(name.casefold())
    return [(int(each), "") if each.isdecimal() else (-1, each) for each in parts]


def _trail(path: str) -> str:
    """The way to the folder, each part of it a link."""
    names = [each for each in path.split("/") if each]
    links = [
        f'<a href="{"../" * (len(names) - at)}">{escape(name)}</a>'
        if at < len(names)
        else escape(name)
        for at, name in enumerate(names, start=1)
    ]
    root = f'<a href="{"../" * len(names)}">/</a>' if names else "/"
    return f"{root} " + "<span>/</span>".join(links)


def _head(name: str, column: str, down: bool) -> str:
    title, _ = _COLUMNS[name]
    if name != column:
        return f'<th scope="col"><a href="?by={name}">{title}</a></th>'
    order, other, arrow = ("descending", name, "↓") if down else ("ascending", f"-{name}", "↑")
    return f'<th scope="col" aria-sort="{order}"><a href="?by={other}">{title} {arrow}</a></th>'


def _row(row: _Row) -> str:
    # A colon in the first part of a relative link would make a scheme of it.
    link = "./" + quote(os.fsencode(row.name)) + ("/" if row.is_folder else "")
    name = escape(os.fsencode(row.name).decode(errors="replace"))
    time = datetime.fromtimestamp(row.time, UTC)
    kind = ' class="folder"' if row.is_folder else ""
    return (
        f'<tr><td{kind}><a href="{link}">{name}{"/" if row.is_folder else ""}</a></td>'
        f"<td>{'' if row.is_folder else _size(row.size)}</td><td>{time:%Y-%m-%d %H:%M}</td></tr>"
    )


def _size(size: float) -> str:
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit and size < 100 else f"{size:.0f} {_UNITS[unit]}"


def _summary(rows: list[_Row]) -> str:
    folders = sum(row.is_folder for row in rows)
    files = len(rows) - folders
    counted = {"folder": folders, "file": files}
    words = [f"{n} {name}{'s' if n > 1 else ''}" for name, n in counted.items() if n]
    more = f", of which {_MOST} are shown" if len(rows) > _MOST else ""
    return (", ".join(words) or "There is nothing here") + more
