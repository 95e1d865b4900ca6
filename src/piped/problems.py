"""What is wrong with a configuration, as data.

A problem has a kind, a place, a message and, where there is one, a way out.
Text with an excerpt and a caret, and JSON, are two prints of it (`piped.conf.report`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

__all__ = ["Kind", "Place", "Problem", "Severity", "did_you_mean", "nearest"]


class Kind(Enum):
    """All that can be wrong. Editors and tests act on the kind, people on the message."""

    UNREADABLE = "unreadable"  # a file that is missing, forbidden, no file, or no text
    SYNTAX = "syntax"  # not YAML
    DUPLICATE_KEY = "duplicate-key"  # the same key twice in one mapping
    LIMIT = "limit"  # too deep, too large, or a bomb
    UNKNOWN_TAG = "unknown-tag"
    BAD_TAG = "bad-tag"  # a known tag on something it does not fit
    BAD_INCLUDE = "bad-include"
    INCLUDE_CYCLE = "include-cycle"
    BAD_ALIAS = "bad-alias"  # an `!alias` whose target is not there, or is itself
    UNSET_VARIABLE = "unset-variable"
    BAD_OVERRIDE = "bad-override"
    WRONG_TYPE = "wrong-type"
    WRONG_VALUE = "wrong-value"  # of the right type, but unfit
    UNKNOWN_OPTION = "unknown-option"
    MISSING_OPTION = "missing-option"
    CONFLICTING_OPTIONS = "conflicting-options"
    UNKNOWN_SECTION = "unknown-section"
    UNKNOWN_PLUGIN = "unknown-plugin"
    BROKEN_PLUGIN = "broken-plugin"  # it cannot be imported, or is none
    PLUGIN_CLASH = "plugin-clash"
    MISSING_PACKAGE = "missing-package"  # a bundle that is not there
    MISSING_EXTRA = "missing-extra"  # a plugin whose library is not installed
    UNKNOWN_REFERENCE = "unknown-reference"  # to a resource, a pipeline or a step
    BAD_PIPELINE = "bad-pipeline"
    DEPENDENCY_CYCLE = "dependency-cycle"
    BAD_CODE = "bad-code"  # Python in the configuration that does not compile


# What to do about a problem that has no hint of its own.
WAYS_OUT = {
    Kind.UNREADABLE: "A path is relative to the file that names it; ~ and $VAR are expanded.",
    Kind.SYNTAX: "Close what is open, and indent alike what belongs together.",
    Kind.DUPLICATE_KEY: "Keep one of them.",
    Kind.LIMIT: "Much data belongs in a file of its own, which a processor reads.",
    Kind.UNKNOWN_TAG: "A text that begins with '!' needs quotes.",
    Kind.BAD_TAG: "Write the tag before a value of its kind.",
    Kind.BAD_INCLUDE: "Write - file.yaml, or - key.path: file.yaml.",
    Kind.INCLUDE_CYCLE: "Take one of the includes out; what both need may go into a third file.",
    Kind.BAD_ALIAS: "An alias names the key path of a value that stands elsewhere.",
    Kind.UNSET_VARIABLE: "Set it where the process is started.",
    Kind.BAD_OVERRIDE: "Write -O key.path:value.",
    Kind.WRONG_TYPE: "`piped describe` shows what is expected.",
    Kind.WRONG_VALUE: "`piped describe` shows what is expected.",
    Kind.UNKNOWN_OPTION: "`piped describe` shows all options.",
    Kind.MISSING_OPTION: "Add it; `piped describe` shows all options.",
    Kind.CONFLICTING_OPTIONS: "Keep one of them.",
    Kind.UNKNOWN_SECTION: "`piped list providers` shows all sections.",
    Kind.UNKNOWN_PLUGIN: "`piped list` shows all there are.",
    Kind.BROKEN_PLUGIN: "Mend it, or leave it out by plugins.disabled.",
    Kind.PLUGIN_CLASH: "Rename one of them, or leave it out by plugins.disabled.",
    Kind.MISSING_PACKAGE: "Ensure that sys.path is set correctly.",
    Kind.MISSING_EXTRA: "All that the built-in plugins need: pip install 'piped[all]'.",
    Kind.UNKNOWN_REFERENCE: "A pipeline is the resource pipeline.<its name>.",
    Kind.BAD_PIPELINE: "A pipeline is a list of steps: - name, or - name: {option: value}.",
    Kind.DEPENDENCY_CYCLE: "Take one of the dependencies out.",
    Kind.BAD_CODE: "A lambda is `arguments: expression`, without the word lambda.",
}


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. Lines and columns count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0
    end_column: int = 0  # behind the last character, on the same line; 0 where it is not known

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration."""

    kind: Kind
    place: Place | None
    message: str
    hint: str = ""  # the way out, a sentence
    detail: str = ""  # what was found on the way, e.g. the traceback of an import
    severity: Severity = Severity.ERROR

    @property
    def way_out(self) -> str:
        """What to do about it: its own hint, or what helps with all of its kind."""
        return self.hint or ("" if "did you mean" in self.message else WAYS_OUT[self.kind])

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def nearest(name: str, names: Iterable[str], closeness: float = 0.65) -> str | None:
    """The one of `names` that was probably meant by `name`, or None."""
    candidates = [each for each in names if each != name]
    folded = {each.casefold().replace("_", "-"): each for each in candidates}
    [*close] = get_close_matches(name.casefold().replace("_", "-"), folded, n=1, cutoff=closeness)
    return folded[close[0]] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The end of a message: " (did you mean 'x'?)", or nothing."""
    found = nearest(name, names)
    return f" (did you mean {found!r}?)" if found else ""
