"""`piped describe`: what a processor, a provider or a service is for, and its options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from piped.catalogue import Catalogue, Plugin
from piped.cli.listing import catalogue_of
from piped.options import Option, Schema, describe_type, schema_of
from piped.problems import did_you_mean
from piped.processing.step_options import with_step_options

__all__ = ["command"]


@click.command("describe")
@click.argument("name")
@click.option(
    "-c", "--conf", metavar="FILE", type=click.Path(), help="Also know the bundles of FILE."
)
def command(name: str, conf: str | None) -> None:
    r"""Say what NAME does and which options it has, with an example.

    NAME is a processor, a provider's section or a service.

    \b
    Examples:
      piped describe set-value
      piped describe ticks
    """
    catalogue = catalogue_of(conf)
    plugins = list(_called(catalogue, name))
    if not plugins:
        names = [*catalogue.processors, *catalogue.providers, *catalogue.services]
        raise click.UsageError(
            f"There is no processor, provider or service {name!r}{did_you_mean(name, names)}."
        )
    for plugin in plugins:
        click.echo("\n".join(_lines(plugin)))


def _called(catalogue: Catalogue, name: str) -> Iterator[Plugin]:
    for kind in (catalogue.processors, catalogue.providers, catalogue.services):
        if name in kind:
            yield kind[name]


def _lines(plugin: Plugin) -> Iterator[str]:
    factory = plugin.load()
    schema = schema_of(factory)
    if plugin.kind == "processor":
        schema = with_step_options(schema)
    yield f"{plugin.name} ({plugin.kind}, {plugin.origin})"
    yield ""
    yield from _indented("\n".join(filter(None, (schema.summary, schema.description))))
    settings = getattr(factory, "settings", None)
    if settings is not None and plugin.kind == "provider":
        yield from ("", "Settings:", *_settings(settings))
    elif schema.options:
        yield from ("", "Options:")
        for option in schema.options:
            yield from _option(option)
    if schema.example:
        yield from ("", "Example:", *_indented(schema.example))
    yield ""


def _settings(settings: Any) -> Iterator[str]:
    schema = _schema_of_settings(settings)
    if schema is None:
        yield f"  {describe_type(settings)}"
        return
    for option in schema.options:
        yield from _option(option)


def _schema_of_settings(settings: Any) -> Schema | None:
    return schema_of(settings) if hasattr(settings, "__dataclass_fields__") else None


def _option(option: Option) -> Iterator[str]:
    default = "required" if option.required else f"default: {option.default!r}"
    yield f"  {option.name}: {describe_type(option.type)} ({default})"
    yield from _indented(option.help, 6)


def _indented(text: str, width: int = 2) -> Iterator[str]:
    return ((" " * width + line).rstrip() for line in text.splitlines())
