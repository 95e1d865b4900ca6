"""The providers that come with piped: one a module, each written through the public doors only."""

from __future__ import annotations

__all__ = ["MANIFEST"]

# Which class reads which section: "module:attribute". Nothing is imported that the configuration
# does not have; a test holds this table against the modules.
MANIFEST: dict[str, str] = {
    "admin": "piped.providers.admin_provider:AdminProvider",
    "contexts": "piped.providers.context_provider:ContextProvider",
    "persisted_contexts": "piped.providers.context_provider:PersistedContextProvider",
    "pipelines": "piped.providers.pipeline_provider:PipelineProvider",
    "repl": "piped.providers.repl_provider:ReplProvider",
    "system-events": "piped.providers.system_events_provider:SystemEventsProvider",
    "ticks": "piped.providers.tick_provider:TickProvider",
}
