"""Times as colours: from green by yellow, which is the mean, to red."""

from __future__ import annotations

__all__ = ["colour_of_time", "text_of_time"]


def colour_of_time(time: float, mean: float) -> str:
    """The colour of what took `time`, among others that took `mean` on average."""
    if time > mean:
        return f"#FF{int(255 * mean / time):02X}00"
    red = int(255 * min(1.0, time / mean)) if mean else 0
    return f"#{red:02X}FF00"


def text_of_time(seconds: float) -> str:
    """In milliseconds, as exact as one can read it."""
    milliseconds = seconds * 1e3
    digits = 3 if milliseconds < 1 else 1 if milliseconds < 100 else 0
    return f"{milliseconds:.{digits}f} ms"
