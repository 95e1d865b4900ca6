"""A whole configuration held against all plugins, before anything is made.

1. A section that has a provider is converted by that provider's settings; one that has none is
   left alone, for plugins that read it by themselves.
2. What providers say they will offer is what may be referred to. One that cannot say it before it
   is configured leaves names that nobody knows to the start.
3. A problem does not stop the check: at its end all are there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping as MappingType, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args, get_origin

from piped.catalogue import Catalogue, Plugin, configuration_error
from piped.catalogue.extras import missing_extra
from piped.conf import Attempt, Configuration, attempt
from piped.conf.configuration import undisturbed
from piped.conf.nodes import Mapping, Node, Scalar
from piped.exceptions import ConfigurationError
from piped.logs import Logging
from piped.options import INVALID, Check, Reference, json_schema, schema_of
from piped.problems import Kind, Place, Problem, Severity, did_you_mean, nearest
from piped.processing.capacity import LimitOptions
from piped.processing.names import absolute
from piped.processing.parameters import parameters_in
from piped.processing.step_options import with_step_options
from piped.provider import Provider

__all__ = ["Checked", "check", "check_file", "schema_of_everything"]


_Texts = str | list[str] | None
_Include = str | dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Plugins:
    """Where plugins are looked for.

    bundles: packages and modules, under any names
    path: folders from which they may be imported, relative to this file
    disabled: regular expressions for packages and plugins that are not to be used
    """

    bundles: dict[str, str | list[str] | None] | None = None
    path: _Texts = None
    disabled: _Texts = None


# What piped itself reads, beside the sections of the providers.
SECTIONS: dict[str, Any] = {
    "includes": _Include | list[_Include] | None,
    "logging": Logging,
    "plugins": Plugins,
    "runmodes": dict[str, Any],
    "service_name": str,
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a configuration comes to."""

    configuration: Configuration
    catalogue: Catalogue
    settings: MappingType[str, Any] = field(default_factory=dict)
    providers: Sequence[Any] = ()
    offers: frozenset[str] = frozenset()
    problems: Sequence[Problem] = ()

    def raise_errors(self) -> None:
        """Raise a `ConfigurationError` with all problems, if one of them is an error."""
        errors = [each for each in self.problems if each.severity is Severity.ERROR]
        if errors:
            raise _error(errors, self.problems)

    def summary(self) -> str:
        """What there is, in a few words."""
        pipelines = sum(path.startswith("pipeline.") for path in self.offers)
        flows = len(self.settings.get("flows", ()))
        others = sum(not path.startswith(("pipeline.", "flow.")) for path in self.offers)
        others -= "pipeline_provider" in self.offers
        other = "other resource" if pipelines or flows else "resource"
        counts = {"pipeline": pipelines, "flow": flows, other: others}
        parts = [f"{n} {name}{'s' if n > 1 else ''}" for name, n in counts.items() if n]
        sections = [name for name in self.settings if name not in SECTIONS]
        return ", ".join(parts or sections) or "there is nothing in it"


def _error(errors: Sequence[Problem], problems: Iterable[Problem]) -> ConfigurationError:
    for problem in errors:
        if problem.kind is Kind.MISSING_PACKAGE:  # whose words have long been in print
            return configuration_error([problem, *(each for each in problems if each != problem)])
    count = len(errors)
    wrong = "1 thing is wrong" if count == 1 else f"{count} things are wrong"
    return ConfigurationError(f"{wrong} with the configuration", problems=problems)


@undisturbed()
def check_file(file: str | os.PathLike[str], overrides: Sequence[str] = (), **how: Any) -> Checked:
    """Read `file` and all that it includes, and say all that is wrong."""
    attempted = attempt(file, overrides, **how)
    if not attempted.is_complete:  # whatever seems to be missing may stand in what is
        return Checked(
            configuration=Configuration.empty(),
            catalogue=Catalogue.builtin(),
            problems=attempted.problems,
        )
    checked = check(attempted.configuration)
    if not attempted.errors:
        return checked
    problems = [*attempted.problems, *_news(checked.problems, attempted)]
    return replace(checked, problems=_in_order(problems, attempted.configuration.files))


_OF_ONE_VALUE = {Kind.UNSET_VARIABLE, Kind.UNREADABLE}


def _news(problems: Iterable[Problem], attempted: Attempt) -> Iterator[Problem]:
    """Those that do not come of what could not be read."""
    lines = {_line(each) for each in attempted.errors}
    # A variable that is not set, or a secret that cannot be read, takes one value away. Of all
    # else, no names may be left.
    knows_names = all(each.kind in _OF_ONE_VALUE for each in attempted.errors)
    for problem in problems:
        is_about_names = problem.kind in {Kind.UNKNOWN_REFERENCE, Kind.UNKNOWN_PLUGIN}
        is_told = problem in attempted.problems or _line(problem) in lines
        if not is_told and (knows_names or not is_about_names):
            yield problem


def _line(problem: Problem) -> tuple[str, int] | None:
    return (problem.place.file, problem.place.line) if problem.place else None


def check(
    configuration: Configuration,
    *,
    processors: MappingType[str, Plugin] | None = None,
    offers: Iterable[str] = (),
) -> Checked:
    """Hold `configuration` against all plugins that it names.

    `processors` stand in the place of others of their names; `offers` are paths that somebody else
    takes care of.
    """
    catalogue = Catalogue.load(configuration)
    if processors:
        catalogue = replace(catalogue, processors={**catalogue.processors, **processors})
    whole = _Whole(configuration, catalogue)
    whole.convert_sections()
    whole.offers |= set(offers)
    whole.check_references()
    return Checked(
        configuration=configuration,
        catalogue=catalogue,
        settings=whole.settings,
        providers=whole.providers,
        offers=frozenset(whole.offers),
        problems=_in_order(
            [*configuration.warnings, *catalogue.problems, *whole.check.problems],
            configuration.files,
        ),
    )


def _in_order(problems: list[Problem], files: Sequence[str]) -> list[Problem]:
    """As they stand in the files, and those in the order in which they were read."""

    def where(problem: Problem) -> tuple[int, int, int]:
        place = problem.place
        if place is None or place.file not in files:
            return len(files), 0, 0
        return files.index(place.file), place.line, place.column

    return sorted(problems, key=where)


# A section may be anybody's own, unless its name is as good as another.
_SURELY = 0.75
# Of these, `json_schema` knows more than their types say.
_WITH_GRAMMAR = ("pipelines", "runmodes")
# How many names a hint has.
_MOST_SHOWN = 12
_PIPELINE = "pipeline."


class _Whole:
    """One check of everything."""

    def __init__(self, configuration: Configuration, catalogue: Catalogue) -> None:
        self.check = Check()
        self.settings: dict[str, Any] = {}
        self.providers: list[Any] = []
        self.offers: set[str] = set()
        self.withheld: dict[str, Problem] = {}
        self._configuration = configuration
        self._catalogue = catalogue
        self._knows_all_offers = True
        # A section that is wrong would have offered nobody knows what.
        self._is_read_whole = True

    def convert_sections(self) -> None:
        # The others have been read, and complained of, by the reader and by the catalogue.
        for section in ("logging", "service_name"):
            self._convert(section, SECTIONS[section])
        for section, plugin in self._catalogue.providers.items():
            self._take_provider(section, plugin)
        self._name_unknown_sections()

    def _take_provider(self, section: str, plugin: Plugin) -> None:
        if plugin.always:  # it is marked only, and says what it wants when it is configured
            self.providers.append(plugin.load()())
            self._knows_all_offers = False
        elif self._configuration.node(section) is not None:
            try:
                self._take(section, plugin.load(self._place_of(section)))
            except ConfigurationError as error:
                self.check.problems += error.problems
                self._is_read_whole = False

    def _take(self, section: str, factory: type[Provider]) -> None:
        is_usable = self._is_usable(section, factory)
        if is_usable and self._convert(section, factory.settings):
            settings = self.settings[section]
            provider = factory()
            provider.check(settings, self._catalogue, self.check)
            self.providers.append(provider)
            self._add_offers(section, provider.offers(settings))
            self.withheld |= provider.withheld(settings)
            return
        if factory.offers is not Provider.offers:
            self._is_read_whole = False
        if is_usable:
            self._check_entries(section, factory)

    def _check_entries(self, section: str, factory: type[Provider]) -> None:
        """Say what is wrong with those entries that could be read, though others could not."""
        node = self._configuration.node(section)
        if get_origin(factory.settings) is dict and isinstance(node, Mapping):
            _, form = get_args(factory.settings)
            told = Check()  # what there is to say of the others has been said
            read = {key: told.convert(value, form, section) for key, value in node.items()}
            settings = {key: value for key, value in read.items() if value is not INVALID}
            factory().check(settings, self._catalogue, self.check)

    def _add_offers(self, section: str, offers: Iterable[str]) -> None:
        for path in offers:
            if path in self.offers:
                message = f"{section}: the resource {path!r} would be offered twice"
                hint = "Rename what it is made of."
                place = self._place_of(section)
                self.check.problem(Kind.CONFLICTING_OPTIONS, place, message, hint)
            self.offers.add(path)

    def _place_of(self, section: str) -> Place | None:
        node = self._configuration.node(section)
        return node.origin.place if node is not None else None

    def _is_usable(self, section: str, factory: type[Provider]) -> bool:
        problem = missing_extra(section, factory, self._place_of(section))
        if problem is not None:
            self.check.problems.append(problem)
        return problem is None

    def _convert(self, section: str, settings: Any) -> bool:
        node = self._configuration.node(section)
        if node is None:
            return False
        if section != "pipelines":
            self._complain_of_parameters(node)
        if isinstance(node, Scalar) and node.value is None:  # `ticks:` and nothing behind it
            node = Mapping({}, node.origin)
        value = self.check.convert(node, settings, section)
        if value is INVALID:
            return False
        self.settings[section] = value
        return True

    def _complain_of_parameters(self, node: Node) -> None:
        for scalar in parameters_in(node):
            message = "!parameter fits the options of the steps of a pipeline only"
            self.check.problem(Kind.BAD_TAG, scalar, message, "Write the value itself, or !env.")

    def _name_unknown_sections(self) -> None:
        providers = self._catalogue.providers.items()
        known = {*SECTIONS, *(section for section, plugin in providers if not plugin.always)}
        for place, path in _paths(
            self._configuration.tree, {each.split(".")[0] for each in known}, known
        ):
            meant = nearest(path, known, _SURELY)
            nested = "." in path
            if meant or nested:
                self.check.problems.append(
                    Problem(
                        Kind.UNKNOWN_SECTION,
                        place,
                        f"nothing reads the section {path!r}"
                        + (f" (did you mean {meant!r}?)" if meant else ""),
                        severity=Severity.ERROR if nested else Severity.WARNING,
                    )
                )

    def check_references(self) -> None:
        for reference in self.check.references:
            if not self._is_known(reference):
                self.check.problems.append(self._unknown(reference))

    def _is_known(self, reference: Reference) -> bool:
        path = _path(reference)
        if reference.kind == "pipeline" or path in self.withheld:
            return path in self.offers
        if path in self.offers or not self._knows_all_offers:
            return True
        return not self._is_read_whole and not path.startswith(_PIPELINE)

    def _unknown(self, reference: Reference) -> Problem:
        withheld = self.withheld.get(_path(reference))
        if withheld:
            return replace(withheld, place=reference.place)
        if reference.kind == "pipeline":
            names = [each.removeprefix(_PIPELINE) for each in self._pipelines()]
            what = "there is no pipeline"
            name = reference.name.removeprefix(_PIPELINE).lstrip(".")
            meant = f" (did you mean {name!r}?)" if name in names else did_you_mean(name, names)
        else:
            what, meant = "nothing offers the resource", self._meant(reference.name)
        return Problem(
            Kind.UNKNOWN_REFERENCE,
            reference.place,
            f"{what} {reference.name!r}{meant}",
            hint="" if meant else self._what_there_is(reference),
        )

    def _pipelines(self) -> list[str]:
        return sorted(each for each in self.offers if each.startswith(_PIPELINE))

    def _meant(self, name: str) -> str:
        if f"{_PIPELINE}{name}" in self.offers:
            return f" (did you mean '{_PIPELINE}{name}'?)"
        return did_you_mean(name, self.offers)

    def _what_there_is(self, reference: Reference) -> str:
        offers = self._pipelines() if reference.kind == "pipeline" else sorted(self.offers)
        if not offers:
            return "nothing is offered by this configuration"
        shown = ", ".join(offers[:_MOST_SHOWN])
        return f"there is {shown}{' …' if len(offers) > _MOST_SHOWN else ''}"


def _path(reference: Reference) -> str:
    """The path of the resource that is meant."""
    if reference.kind == "pipeline":
        return f"{_PIPELINE}{absolute(reference.name, reference.owner)}"
    return reference.name


def _paths(tree: Mapping, heads: set[str], known: set[str]) -> Iterator[tuple[Place, str]]:
    """The keys that no section has: of the whole, and of mappings that hold sections only."""
    for key, entry in tree.entries.items():
        if key not in heads:
            yield entry.key_place, str(key)
        elif key not in known and isinstance(entry.node, Mapping):
            for inner, inner_entry in entry.node.entries.items():
                if f"{key}.{inner}" not in known:
                    yield inner_entry.key_place, f"{key}.{inner}"


def schema_of_everything(catalogue: Catalogue) -> dict[str, Any]:
    """The JSON Schema of a file that may use all of `catalogue`."""
    sections = dict(SECTIONS)
    for section, plugin in catalogue.providers.items():
        if not plugin.always:
            sections[section] = plugin.load().settings
    for section in _WITH_GRAMMAR:
        sections.pop(section, None)
    processors = {
        name: with_step_options(schema_of(plugin.factory()))
        for name, plugin in catalogue.processors.items()
    }
    parts = {
        "fount": _said(catalogue.founts),
        "tube": _said(catalogue.tubes),
        "drain": _said(catalogue.drains),
    }
    return json_schema(sections, processors, of_pipelines=schema_of(LimitOptions), parts=parts)


def _said(plugins: MappingType[str, Plugin]) -> dict[str, str]:
    """What each part of a flow does, as far as its text says."""
    return {name: plugin.summary for name, plugin in plugins.items()}
