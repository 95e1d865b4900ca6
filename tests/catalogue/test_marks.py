"""What makes an object a plugin."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any, ClassVar

import pytest
import zope.interface

from piped.catalogue.marks import Mark, marks
from piped.interfaces import IPipedService, IProcessor, IResourceProvider
from piped.provider import Provider


class Processor:
    """Stands in for the base class of processors: an ancestor is known by its name only."""

    name: ClassVar[Any]


Processor.__module__, Processor.__qualname__ = "piped.processors.base", "Processor"


class Uppercase(Processor):
    name = "uppercase"


class Heir(Uppercase):
    pass


class Contexts(Provider):
    section = "contexts"


class HeirOfContexts(Contexts):
    pass


class Named:
    name = "named"


@zope.interface.provider(IProcessor)
class Marked:
    name = "marked"


class HeirOfMarked(Marked):
    pass


@zope.interface.provider(IProcessor)
class Nameless:
    pass


@zope.interface.provider(IResourceProvider)
class Clients:
    pass


@zope.interface.provider(IResourceProvider)
class Sites(Provider):
    section = "sites"


@zope.interface.provider(IPipedService)
class Reporter:
    name = "reporter"


@zope.interface.provider(IProcessor, IPipedService)
class Both:
    name = "both"


@zope.interface.implementer(IProcessor)
class Implementing:
    name = "implementing"

    def configure(self, runtime_environment: Any) -> None: ...
    def process(self, baton: Any) -> Any: ...


class Computed(Processor):
    @property
    def name(self) -> str:
        return "never asked"


class Empty(Processor):
    name = ""


HERE = __name__
JUDGED = {
    "a processor with a name of its own": (Uppercase, [("processor", "uppercase", False)]),
    "a processor that inherits its name": (Heir, []),
    "the base class itself": (Processor, []),
    "a name that only instances have": (Computed, []),
    "an empty name": (Empty, []),
    "a class with a name and no mark": (Named, []),
    "a provider with a section of its own": (Contexts, [("provider", "contexts", False)]),
    "a provider that inherits its section": (HeirOfContexts, []),
    "the base class of providers": (Provider, []),
    "a class that provides IProcessor": (Marked, [("processor", "marked", False)]),
    "an heir of one, for a mark is not inherited": (HeirOfMarked, []),
    "one without a name": (Nameless, [("processor", f"{HERE}.Nameless", False)]),
    "an old provider": (Clients, [("provider", f"{HERE}.Clients", True)]),
    "an old provider with a section": (Sites, [("provider", "sites", False)]),
    "a service": (Reporter, [("service", "reporter", True)]),
    "two kinds": (Both, [("processor", "both", False), ("service", "both", True)]),
    "a class whose instances provide": (Implementing, []),
    "an instance": (Uppercase(), []),
    "a number": (7, []),
}


@pytest.mark.parametrize(("value", "expected"), JUDGED.values(), ids=JUDGED)
def test_marks(value: object, expected: list[tuple[str, str, bool]]) -> None:
    assert [tuple(mark) for mark in marks(value)] == expected


def shout(baton: str) -> str:
    return baton.upper()


def marked_function(mark: object) -> FunctionType:
    function = FunctionType(shout.__code__, {})
    function.__dict__["__piped_processor__"] = mark
    return function


class Decoration:
    name = "shout"


@pytest.mark.parametrize("mark", ["shout", Decoration()])
def test_a_decorated_function_is_a_processor(mark: object) -> None:
    assert [*marks(marked_function(mark))] == [Mark("processor", "shout")]


def test_a_function_without_decoration_is_nothing() -> None:
    assert [*marks(shout)] == []


def test_a_function_may_provide_the_interface() -> None:
    function = FunctionType(shout.__code__, {"__name__": "letters"})
    zope.interface.directlyProvides(function, IProcessor)
    assert [*marks(function)] == [Mark("processor", "letters.shout")]


def test_a_decorated_class_marks_neither_its_heirs_nor_its_instances() -> None:
    class Decorated:
        __piped_processor__ = "decorated"

    class Derived(Decorated):
        pass

    assert [*marks(Decorated)] == [Mark("processor", "decorated")]
    assert [*marks(Derived), *marks(Decorated()), *marks(Derived())] == []


def test_a_proxy_is_not_asked_for_anything() -> None:
    class Unbound:
        def __getattribute__(self, name: str) -> Any:
            pytest.fail(f"asked for {name}")

    assert [*marks(Unbound())] == []


def test_interfaces_that_nobody_imported_are_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "piped.interfaces")
    assert [*marks(Marked)] == []
    assert "piped.interfaces" not in sys.modules
