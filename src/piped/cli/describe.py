"""`piped describe`: what a plugin, or a section that piped itself reads, is for; its options."""

from __future__ import annotations

import textwrap
import typing
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

import click

from piped.catalogue import Catalogue, Plugin
from piped.catalogue.plugin import FLOW_KINDS, KINDS
from piped.cli.listing import catalogue_of
from piped.flow_part import schema_of_part
from piped.options import Lambda, Option, Schema, describe_type, duration_text, schema_of, size_text
from piped.paths import BatonPath
from piped.problems import did_you_mean
from piped.processing.step_options import StepOptions, with_step_options

__all__ = ["command"]

_WIDTH = 90  # of a paragraph


@click.command("describe")
@click.argument("name")
@click.option(
    "-c", "--conf", metavar="FILE", type=click.Path(), help="Also know the bundles of FILE."
)
def command(name: str, conf: str | None) -> None:
    r"""Say what NAME does and which options it has, with an example.

    NAME is a processor, a section of the configuration, a service, or a part of a flow.

    \b
    Examples:
      piped describe set-value
      piped describe ticks
      piped describe logging
      piped describe -c app.yaml one-of-our-own
    """
    from piped.checking import SECTIONS

    catalogue = catalogue_of(conf)
    plugins = list(_called(catalogue, name))
    own = {each: type_ for each, type_ in SECTIONS.items() if _is_record(type_)}
    if not plugins and name not in own:
        names = [*own, *(each for kind in KINDS for each in catalogue.of(kind))]
        raise click.UsageError(
            f"There is no processor, section, service or part of flows {name!r}"
            f"{did_you_mean(name, names) or '; `piped list` shows all there are'}."
        )
    for plugin in plugins:
        click.echo("\n".join(_lines_of_plugin(plugin)))
    if not plugins:
        click.echo("\n".join(_lines_of_section(name, own[name])))


def _called(catalogue: Catalogue, name: str) -> Iterator[Plugin]:
    for kind in KINDS:
        plugin = catalogue.find(kind, name)
        if plugin is not None:
            yield plugin


def _lines_of_section(name: str, settings: type) -> Iterator[str]:
    yield f"{name} (section, read by piped itself)"
    yield ""
    yield from _about(schema_of(settings))
    yield from ("", "Settings:", *_settings(settings), "")


def _lines_of_plugin(plugin: Plugin) -> Iterator[str]:
    factory = plugin.factory()
    schema = schema_of_part(factory) if plugin.kind in FLOW_KINDS else schema_of(factory)
    yield f"{plugin.name} ({plugin.kind}, {plugin.origin})"
    yield ""
    yield from _about(schema)
    if schema.example:
        yield from ("", "Example:", *_indented(schema.example, 2))
    settings = getattr(factory, "settings", Any)
    if plugin.kind == "provider" and hasattr(settings, "notation"):
        for form in settings.notation():
            yield from _form(form)
    elif plugin.kind == "provider":
        yield from ("", "Settings:", *_settings(settings))
    elif plugin.kind == "processor":
        yield from _options_of_step(schema)
    elif schema.options:
        yield from ("", "Options:", *_options(schema.options, 2, ()))
    yield ""


def _options_of_step(schema: Schema) -> Iterator[str]:
    """Those of the processor, and behind them those that every step has."""
    common = {"node_name", *(each.name for each in schema_of(StepOptions).options)}
    options = with_step_options(schema).options
    own = [each for each in options if each.name not in common]
    if own:
        yield from ("", "Options:", *_options(own, 2, ()))
    yield from ("", "Options of every step:")
    yield from _options((each for each in options if each.name in common), 2, ())


def _form(form: Any) -> Iterator[str]:
    """One way to write it: what it means, and an example."""
    yield ""
    yield from _indented(textwrap.fill(form.text, _WIDTH, break_on_hyphens=False), 2)
    yield ""
    yield from _indented(form.example, 6)
    if form.options:
        yield from ("", *_options(schema_of(form.options).options, 6, ()))


def _about(schema: Schema) -> Iterator[str]:
    yield from _indented("\n\n".join(filter(None, (schema.summary, schema.description))), 2)


def _settings(settings: Any) -> Iterator[str]:
    if not _is_record(settings):
        yield f"  {_words(settings)}"
    yield from _inside(settings, 2 if _is_record(settings) else 6, ())


def _options(options: Iterable[Option], width: int, around: tuple[type, ...]) -> Iterator[str]:
    for option in options:
        yield f"{' ' * width}{option.name}: {_words(option.type)} ({_default(option)})"
        yield from _indented(option.help, width + 4)
        yield from _inside(option.type, width + 4, around)


def _inside(type_: Any, width: int, around: tuple[type, ...]) -> Iterator[str]:
    """The options of all records in `type_`, but of those that it is itself inside of."""
    for record in _records(type_):
        if record not in around:
            yield from _options(schema_of(record).options, width, (*around, record))


def _records(type_: Any) -> Iterator[type]:
    if _is_record(type_):
        yield type_
    elif hasattr(type_, "__value__"):  # the alias of a `type` statement
        yield from _records(type_.__value__)
    elif typing.get_origin(type_) is not typing.Literal:
        for argument in typing.get_args(type_):
            yield from _records(argument)


def _is_record(type_: Any) -> bool:
    """Whether its options have names; one that reads itself has a notation of its own."""
    return isinstance(type_, type) and is_dataclass(type_) and not hasattr(type_, "from_node")


def _words(type_: Any) -> str:
    """The type in words. The names of a record's options follow, each with its help."""
    words = describe_type(type_)
    for record in _records(type_):
        words = words.replace(describe_type(record), "options")
    return words


def _default(option: Option) -> str:
    if option.required:
        return "required"
    if option.default is None:
        return "optional"
    return f"default: {_written(option.default, describe_type(option.type))}"


def _written(value: Any, words: str) -> str:
    """`value` as one would write it in the configuration."""
    if words.startswith("duration") and isinstance(value, int | float):
        return duration_text(value)
    if words.startswith("size") and isinstance(value, int):
        return size_text(value)
    if isinstance(value, BatonPath):
        return f"!path {value}"
    if isinstance(value, Lambda):
        value = value.text
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return str(value).lower()
    plain = isinstance(value, str | int | float | list | dict | tuple)
    return repr(value) if plain else str(value)


def _indented(text: str, width: int) -> Iterator[str]:
    return ((" " * width + line).rstrip() for line in text.splitlines())
