"""A handler, as one writes it for Tornado."""

from __future__ import annotations

from piped_cyclone.handlers import DebuggableHandler


class Engines(DebuggableHandler):
    """Lists what was built."""

    def get(self) -> None:
        engines = self.settings["piped_dependencies"].engines
        self.write({"engines": engines})
