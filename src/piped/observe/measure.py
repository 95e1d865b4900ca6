"""How wide a text is, about: nobody has the reader's font at hand."""

from __future__ import annotations

__all__ = ["fitted", "width_of"]

# In parts of the size of the font.
_NARROW, _WIDE, _OTHER = 0.32, 0.9, 0.6
_CLASSES = dict.fromkeys("ijlI.,:;|!'` ()[]tfr", _NARROW) | dict.fromkeys("mwMW@%—", _WIDE)
_ELLIPSIS = "…"


def width_of(text: str, size: float) -> float:
    """The width of one line in a font of that size, rather too much than too little."""
    # Ideographs take a whole square.
    parts = (1.0 if each > "\u2e7f" else _CLASSES.get(each, _OTHER) for each in text)
    return size * sum(parts)


def fitted(text: str, size: float, limit: float) -> str:
    """`text` on one line, cut where it is wider than `limit`."""
    text = " ".join(text.split())
    if width_of(text, size) <= limit:
        return text
    while text and width_of(text + _ELLIPSIS, size) > limit:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS
