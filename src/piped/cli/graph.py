"""`piped graph`: show pipelines at each stage on their way to the engine, and flows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from piped.cli.printing import print_problems
from piped.problems import Severity, did_you_mean

if TYPE_CHECKING:
    from piped.checking import Checked
    from piped.observe.drawing import Drawing, Frame

__all__ = ["command"]

STAGES = ("definitions", "graph", "plan")
FORMATS = ("text", "dot", "mermaid", "svg", "json")


@click.command("graph")
@click.argument("file", type=click.Path())
@click.argument("pipeline", required=False)
@click.option(
    "--stage",
    type=click.Choice(STAGES),
    default="graph",
    show_default=True,
    help="As it is written, with all references followed, or as the engine sees it.",
)
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default="text", show_default=True, help="How."
)
@click.option(
    "-O", "--override", metavar="PATH:VALUE", multiple=True, help="Replace one value first."
)
def command(
    file: str, pipeline: str | None, stage: str, kind: str, override: tuple[str, ...]
) -> None:
    r"""Show the pipelines and flows of FILE, or those that have the name PIPELINE or are below it.

    \b
    Examples:
      piped graph app.yaml
      piped graph app.yaml web.hello --format svg > hello.svg
      piped graph app.yaml --stage definitions --format mermaid
    """
    from piped.checking import check_file
    from piped.observe.drawing import Drawing
    from piped.processing.section import Pipelines
    from piped.providers.flow_drawing import text_of_frame

    checked = check_file(file, override)
    if checked.problems:
        print_problems(checked.problems)
    if any(problem.severity is Severity.ERROR for problem in checked.problems):
        raise SystemExit(78)
    pipelines = checked.settings.get("pipelines", Pipelines())
    flows = _flows(checked)
    chosen = list(_chosen([*pipelines.graphs, *flows], pipeline))
    values = _values(checked, [each for each in chosen if each in pipelines.graphs], stage)
    drawn = [flows[each] for each in chosen if each in flows]
    if not chosen:
        click.echo(f"{file} has no pipelines and no flows.", err=True)
    elif kind == "text":
        texts = [*map(_text, values), *map(text_of_frame, drawn)]
        click.echo("\n\n".join(texts))
    if kind != "text":
        frames = [*_drawing(values, stage).frames, *drawn]
        click.echo(_printed(Drawing(frames), kind), nl=False)


def _flows(checked: Checked) -> dict[str, Frame]:
    """Flows, and hosts of flows, by the names of their resources."""
    from piped.providers.flow_drawing import of_flows, of_hosts

    flows = checked.settings.get("flows", {})
    hosts = checked.settings.get("flow_hosts", {})
    names = [*(f"flow.{name}" for name in flows), *(f"flow_host.{name}" for name in hosts)]
    frames = [*of_flows(flows.items()).frames, *of_hosts(hosts.items()).frames]
    return dict(zip(names, frames, strict=True))


def _values(checked: Checked, chosen: list[str], stage: str) -> list[Any]:
    """The definitions, graphs or plans of pipelines."""
    from piped.processing.section import Pipelines

    pipelines = checked.settings.get("pipelines", Pipelines())
    if stage == "definitions":
        return [pipelines.definitions.by_name[each] for each in chosen]
    graphs = [pipelines.graphs[each] for each in chosen]
    if stage == "graph":
        return graphs
    from piped.processing.making import make_pipeline

    return [make_pipeline(each, checked.catalogue).plan for each in graphs]


def _chosen(names: list[str], wanted: str | None) -> Iterator[str]:
    if wanted is None:
        yield from names
        return
    found = [each for each in names if each == wanted or each.startswith(f"{wanted}.")]
    if not found:
        meant = did_you_mean(wanted, names)
        raise click.UsageError(f"There is no pipeline and no flow {wanted!r}{meant}.")
    yield from found


def _text(value: Any) -> str:
    from piped.processing.definitions import Definition, Definitions

    shown = Definitions({value.name: value}) if isinstance(value, Definition) else value
    text: str = shown.text()
    return text


def _drawing(values: Iterable[Any], stage: str) -> Drawing:
    from piped.observe import stages

    by_stage: dict[str, Callable[[Iterable[Any]], Drawing]] = {
        "definitions": stages.of_definitions,
        "graph": stages.of_graphs,
        "plan": stages.of_plans,
    }
    return by_stage[stage](values)


def _printed(drawing: Drawing, kind: str) -> str:
    if kind == "json":
        return json.dumps(drawing.as_data(), indent=2, ensure_ascii=False) + "\n"
    if kind == "svg":
        from piped.observe.graphviz import picture

        return picture(drawing)
    if kind == "dot":
        from piped.observe.dot import dot

        return dot(drawing)
    from piped.observe.mermaid import mermaid

    return mermaid(drawing)
