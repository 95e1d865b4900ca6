"""The providers that come with piped: one a module, each written through the public doors only."""

from __future__ import annotations

__all__ = ["MANIFEST"]

# Which class reads which section: "module:attribute". Nothing is imported that the configuration
# does not have; a test holds this table against the modules.
MANIFEST: dict[str, str] = {
    "admin": "piped.providers.admin_provider:AdminProvider",
    "amp.clients": "piped.providers.amp_provider:AMPClientProvider",
    "amp.servers": "piped.providers.amp_provider:AMPServerProvider",
    "contexts": "piped.providers.context_provider:ContextProvider",
    "pb.clients": "piped.providers.spread_provider:PBClientProvider",
    "pb.servers": "piped.providers.spread_provider:PBServerProvider",
    "persisted_contexts": "piped.providers.context_provider:PersistedContextProvider",
    "pipelines": "piped.providers.pipeline_provider:PipelineProvider",
    "repl": "piped.providers.repl_provider:ReplProvider",
    "smtp": "piped.providers.smtp_provider:SMTPProvider",
    "system-events": "piped.providers.system_events_provider:SystemEventsProvider",
    "tests": "piped.providers.tests_provider:TestsProvider",
    "ticks": "piped.providers.tick_provider:TickProvider",
    "web": "piped.providers.web_provider:WebResourceProvider",
}
