"""What is wrong with the settings is found before the start, and what is odd is told."""

from __future__ import annotations

import pytest

from piped.providers.amqp_settings import ConnectionSettings, Server
from piped.testing import check_yaml


def problems(connection: str) -> list[str]:
    """What is wrong with a connection; its consumers have a processor."""
    text = f"""
        amqp: {{connections: {{main: {connection}}}}}
        pipelines: {{it: [passthrough]}}
    """
    return check_yaml(text)


def consumer(options: str, queues: str = "{}") -> list[str]:
    consumers = f"{{it: {{processor: pipeline.it, {options}}}}}"
    return problems(f"{{basic_consumers: {consumers}, queues: {queues}}}")


def test_a_connection_needs_no_settings() -> None:
    assert problems("{}") == []
    assert ConnectionSettings().addresses == [Server("localhost", 5672, secure=False)]


def test_servers_are_endpoints_and_names_are_understood() -> None:
    servers = ["tcp:host=a:port=1", "ssl:b:2", "tls:c:3", r"tcp:\:\:1:4"]
    found = ConnectionSettings(servers=servers).addresses
    assert found == [("a", 1, False), ("b", 2, True), ("c", 3, True), ("::1", 4, False)]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("{server: 'tcp:a:1'}", "did you mean 'servers'"),
        ("{servers: localhost}", "an endpoint like"),
        ("{servers: []}", "`servers` names at least one"),
        ("{servers: 'unix:/run/x'}", "write tcp:host:port"),
        ("{servers: 'ssl:a:1:caCertsDir=x'}", "see `tls` and `timeout`"),
        ("{username: me}", "a `username` needs a `password`"),
        ("{heartbeat: 0}", "a whole number of seconds"),
        ("{heartbeat: 1.5s}", "a whole number of seconds"),
        ("{max_idle_time: 5s}", "`max_idle_time` is longer than a `heartbeat`"),
        ("{initial_delay: 0}", "`initial_delay` is more than nothing"),
        ("{tls: {}}", "`tls` is for a server like ssl:"),
        ("{servers: 'ssl:a:1', tls: {ca_file: /no/such}}", "the files of `tls` cannot be used"),
        ("{queues: {q: {type: quorun}}}", "quorum"),
        ("{queues: {q: {delivery_limit: 3}}}", "is for a queue of the type quorum"),
        ("{queues: {q: {type: quorum, exclusive: true}}}", "durable, for all, and stays"),
        ("{basic_consumers: {it: {queue: q}}}", "processor"),
    ],
)
def test_what_is_wrong_with_a_connection(settings: str, said: str) -> None:
    found = problems(settings)
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("qos: {prefetch: 3}", "did you mean"),
        ("qos: {prefetch_count: -1}", "from 0 to 65535"),
        ("ack_after_failed_processing: true", "needs `nack_after_failed_processing: false`"),
        ("log_processor_exceptions: loud", "log_processor_exceptions"),
        ("log_processor_exceptions: true", "is a level, or false"),
        ("queue: {passive: true}", "without a name"),
        ("max_deliveries: 0", "from 1 on"),
    ],
)
def test_what_is_wrong_with_a_consumer(options: str, said: str) -> None:
    found = consumer(options)
    assert any(said in each for each in found), found


LETTERS = "dead_letter_exchange: '', dead_letter_routing_key: dead"


@pytest.mark.parametrize(
    ("options", "queues", "said"),
    [
        ("queue: q, requeue: false", "{q: {}}", "a message that fails is lost"),
        ("queue: {queue: q}, requeue: false", "{}", "a message that fails is lost"),
        ("queue: q, max_deliveries: 2", "{q: {}}", "that has failed 2 times is lost"),
        ("queue: q", "{q: {type: quorum}}", "as RabbitMQ 4 has it"),
        ("queue: q, max_deliveries: 5", f"{{q: {{{LETTERS}}}}}", "nobody counts to 5"),
    ],
)
def test_what_may_get_lost_is_told_with_a_way_out(options: str, queues: str, said: str) -> None:
    [found] = consumer(options, queues)
    assert said in found


@pytest.mark.parametrize(
    ("options", "queues"),
    [
        ("queue: q", "{q: {}}"),
        ("queue: elsewhere, requeue: false, max_deliveries: 5", "{}"),
        ("queue: q, requeue: false, drop: true", "{q: {}}"),
        ("queue: q, requeue: false, no_ack: true", "{q: {}}"),
        ("queue: q, max_deliveries: 5", f"{{q: {{type: quorum, {LETTERS}}}}}"),
        ("queue: q", "{q: {type: quorum, delivery_limit: 100}}"),
        ("queue: q, requeue: false", "{q: {arguments: {x-dead-letter-exchange: dlx}}}"),
        ("log_processor_exceptions: false", "{}"),
        ("log_processor_exceptions: ''", "{}"),
    ],
)
def test_what_is_in_order_is_not_told_of(options: str, queues: str) -> None:
    assert consumer(options, queues) == []


def test_no_password_is_shown() -> None:
    text = "amqp: {connections: {main: {username: me, password: !secret S3cret}}}"
    assert "S3cret" not in repr(check_yaml(text))


@pytest.mark.parametrize("section", ["connections", "rpc_clients", "rpc_servers"])
def test_a_library_that_is_missing_is_a_problem(
    section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("piped.catalogue.extras.find_spec", lambda name: None)
    [found] = check_yaml(f"amqp: {{{section}: {{}}}}")
    assert f"amqp.{section} needs aio_pika, which is not installed" in found
