"""The providers that come with piped: one a module, each written through the public doors only."""

from __future__ import annotations

__all__ = ["MANIFEST"]

# Which class reads which section: "module:attribute". Nothing is imported that the configuration
# does not have; a test holds this table against the modules.
MANIFEST: dict[str, str] = {
    "admin": "piped.providers.admin_provider:AdminProvider",
    "amp.clients": "piped.providers.amp_provider:AMPClientProvider",
    "amp.servers": "piped.providers.amp_provider:AMPServerProvider",
    "amqp.connections": "piped.providers.amqp_provider:AMQPConnectionProvider",
    "amqp.rpc_clients": "piped.providers.amqp_provider:RPCClientProvider",
    "amqp.rpc_servers": "piped.providers.amqp_provider:RPCServerProvider",
    "contexts": "piped.providers.context_provider:ContextProvider",
    "cyclone": "piped.providers.tornado_provider:CycloneProvider",
    "database.engines": "piped.providers.database_provider:DatabaseEngineProvider",
    "database.listeners": "piped.providers.database_provider:DatabaseListenerProvider",
    "files": "piped.providers.file_provider:FileProvider",
    "flow_hosts": "piped.providers.flow_host_provider:FlowHostProvider",
    "flows": "piped.providers.flow_provider:FlowProvider",
    "manholes": "piped.providers.manhole_provider:ManholeProvider",
    "metrics": "piped.providers.metrics_provider:MetricsProvider",
    "pb.clients": "piped.providers.spread_provider:PBClientProvider",
    "pb.servers": "piped.providers.spread_provider:PBServerProvider",
    "persisted_contexts": "piped.providers.context_provider:PersistedContextProvider",
    "pipelines": "piped.providers.pipeline_provider:PipelineProvider",
    "processes": "piped.providers.process_provider:ProcessProvider",
    "repl": "piped.providers.repl_provider:ReplProvider",
    "smtp": "piped.providers.smtp_provider:SMTPProvider",
    "statsd": "piped.providers.statsd_provider:StatsdProvider",
    "stdin": "piped.providers.stdin_provider:StdinProvider",
    "system-events": "piped.providers.system_events_provider:SystemEventsProvider",
    "tests": "piped.providers.tests_provider:TestsProvider",
    "ticks": "piped.providers.tick_provider:TickProvider",
    "tornado": "piped.providers.tornado_provider:TornadoProvider",
    "web": "piped.providers.web_provider:WebResourceProvider",
    "zmq": "piped.providers.zmq_provider:ZMQProvider",
    "zookeeper": "piped.providers.zookeeper_provider:ZooKeeperProvider",
}
