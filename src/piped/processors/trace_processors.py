"""Show traces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import DottedName, KeyPath
from piped.paths import get_path
from piped.processors.base import InputOutputProcessor
from piped.processors.fixed import fixed, loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from piped.environment import RuntimeEnvironment
    from piped.observe.inlining import Inlined
    from piped.observe.trace import Entry
    from piped.observe.trace_page import Form

__all__ = ["RenderTrace"]

_ENCODER = DottedName("piped.processors.json_encoders.BatonJSONEncoder")
_PIPELINES = {"provider": "pipeline_provider"}


class RenderTrace(InputOutputProcessor):
    """Make a page of a trace: run any pipeline with a baton, and look at each step.

    Without a trace there is only the form. It is sent, by POST, to the address of the page itself,
    with the fields `pipeline` and `baton`, which is JSON. Whoever may send it may run any pipeline.

    A template of your own is HTML with `$title`, `$policy`, `$style`, `$script`, `$pipeline`,
    `$baton`, `$names`, `$drawing` and `$data`; what is filled in is escaped. `$$` is a `$`. It is
    read anew for each page.

    Example::

        pipeline:
            - render-trace
            - eval-lambda: {lambda: "baton: baton['content'][:15]"}
        given: {}
        gives: <!doctype html>
    """

    name = "render-trace"

    def __init__(
        self,
        *,
        input_path: KeyPath = "trace",
        output_path: KeyPath | None = "content",
        skip_if_nonexistent: bool = False,
        request_path: KeyPath = "request",
        svg_path: KeyPath = "dot",
        template: Path | None = None,
        json_encoder: DottedName = _ENCODER,
        **paths: Any,
    ) -> None:
        """
        input_path: where the trace is
        output_path: where the page goes; '' replaces the baton, null discards it
        skip_if_nonexistent: leave a baton without a trace as it is
        request_path: where the request is, of which the form keeps what was sent
        svg_path: where the drawing of the trace is, as svg
        template: the page to fill in the place of ours
        json_encoder: what writes the steps, a kind of `json.JSONEncoder`
        """
        super().__init__(
            input_path=input_path,
            output_path=output_path,
            skip_if_nonexistent=skip_if_nonexistent,
            **paths,
        )
        self.request_path = request_path
        self.svg_path = svg_path
        self.template = fixed("template", template)
        self._encoder = loaded("json_encoder", json_encoder, json.JSONEncoder)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        manager = runtime_environment.dependency_manager
        self._provider = manager.add_dependency(self, _PIPELINES)
        self._template()

    def process_input(self, input: Any, baton: Any) -> str:
        from piped.observe.trace_page import page
        from piped.observe.trace_reading import entries_of

        entries = [] if input is None else entries_of(input)
        graphs = self._provider.get_resource().pipelines.graphs
        form = self._form(baton, entries, list(graphs))
        drawing = self._drawing(baton, entries)
        try:
            return page(
                self._template(), form, entries, drawing, graphs=graphs, encoder=self._encoder
            )
        except (TypeError, ValueError, RecursionError) as error:
            raise UnfitBaton(f"the trace cannot be written as JSON: {error}") from error

    def _template(self) -> str:
        """The page to be filled: what is wrong with it is told at the start, too."""
        from piped.observe.trace_page import bundled, unfit_in

        if self.template is None:
            return bundled("index.html")
        try:
            text = self.template.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"the template cannot be read: {error}") from error
        if wrong := unfit_in(text):
            raise ConfigurationError(f"{self.template} is no template: {wrong}")
        return text

    def _form(self, baton: Any, entries: Sequence[Entry], names: list[str]) -> Form:
        """What was sent, or else what was traced."""
        from piped.observe.trace_page import Form

        args = getattr(get_path(baton, self.request_path, None), "args", None)
        sent = args if isinstance(args, Mapping) else {}
        first = entries[0] if entries else None
        traced = first.destination.pipeline if first and first.destination else ""
        given = json.dumps(first.baton, ensure_ascii=False, cls=self._encoder) if first else "{}"
        return Form(_field(sent, "pipeline") or traced, _field(sent, "baton") or given, names)

    def _drawing(self, baton: Any, entries: Sequence[Entry]) -> Inlined:
        from piped.observe.inlining import Inlined, inlined

        found = get_path(baton, self.svg_path, None) if entries else None
        if found is None:
            return Inlined("", ())
        text = found.decode(errors="replace") if isinstance(found, bytes) else found
        if not isinstance(text, str):
            raise UnfitBaton(
                f"there is no SVG at {str(self.svg_path)!r}, but {type(text).__name__}"
            )
        return inlined(text)


def _field(sent: Mapping[Any, Any], name: str) -> str:
    """The first value of a field that was sent, or nothing."""
    values = sent.get(name.encode()) or sent.get(name) or [b""]
    value = values[0] if isinstance(values, list) else values
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
