"""Markup: taken away, or looked into."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import get_path
from piped.processors.base import MappingProcessor, Processor
from piped.processors.fixed import fixed

if TYPE_CHECKING:
    from lxml.etree import XPath

__all__ = ["ProcessXpaths", "RemoveMarkup"]

_MISSING = object()


class RemoveMarkup(MappingProcessor):
    """Take tags, comments and scripts out of texts, and the blanks around them.

    What comes out may stand anywhere in HTML: it has `&lt;` for `<`.

    Example::

        pipeline: [remove-markup: {mapping: [title, {body: text}]}]
        given: {title: " <b>Engines</b>", body: "<p>5 < 7</p><script>steal()</script>"}
        gives:
            title: Engines
            body: "<p>5 < 7</p><script>steal()</script>"
            text: 5 &lt; 7
    """

    name = "remove-markup"
    requires = ("nh3",)
    extra = "html"

    def __init__(self, *, unescape: bool = False, **mapping: Any) -> None:
        """unescape: give plain text, which has `<` for `&lt;`, and must not be put into HTML"""
        super().__init__(**mapping)
        self.unescape = unescape

    def process_mapping(
        self, input: Any, input_path: str, output_path: str | None, baton: Any
    ) -> str:
        import nh3

        del output_path, baton
        if not isinstance(input, str):
            raise UnfitBaton(f"there is {input!r} at {input_path!r}, where a text has markup")
        text = nh3.clean(input, tags=set()).strip()
        return html.unescape(text) if self.unescape else text


class ProcessXpaths(Processor):
    """Append what XPaths find in XML to lists in the baton.

    Example::

        pipeline: [process-xpaths: {xml_path: xml, xpaths: {//engine/@id: ids, count(//*): n}}]
        given: {xml: '<all><engine id="1"/><engine id="2"/></all>'}
        gives: {xml: '<all><engine id="1"/><engine id="2"/></all>', ids: ["1", "2"], n: [3.0]}
    """

    name = "process-xpaths"
    requires = ("lxml",)
    extra = "xml"

    def __init__(
        self,
        *,
        xml_path: KeyPath,
        xpaths: dict[str, KeyPath],
        namespaces: dict[str, str] | None = None,
        **node: Any,
    ) -> None:
        """
        xml_path: where the XML is, text or bytes
        xpaths: where the list is that gets what an XPath finds, by the XPath
        namespaces: the prefixes that XPaths use, and the namespaces that they stand for
        """
        super().__init__(**node)
        self.xml_path = xml_path
        self.namespaces = fixed("namespaces", namespaces or {})
        self.xpaths = xpaths
        self._finds = {xpath: _compiled(xpath, self.namespaces) for xpath in xpaths}

    def process(self, baton: Any) -> Any:
        tree = _parsed(get_path(baton, self.xml_path, _MISSING), self.xml_path)
        for xpath, path in self.xpaths.items():
            found = self._found(xpath, tree)
            already = get_path(baton, path, None) or []
            if not isinstance(already, list):
                raise UnfitBaton(f"there is {already!r} at {path!r}, where a list is to be")
            baton = self.get_resulting_baton(baton, path, [*already, *found])
        return baton

    def _found(self, xpath: str, tree: Any) -> list[Any]:
        from lxml import etree

        try:
            found: Any = self._finds[xpath](tree)
        except etree.XPathError as error:
            raise UnfitBaton(f"the XPath {xpath!r} fails: {error}") from error
        return found if isinstance(found, list) else [found]


def _compiled(xpath: str, namespaces: dict[str, str]) -> XPath:
    from lxml import etree

    try:
        # A smart string would keep the whole document in memory.
        compiled = etree.XPath(xpath, namespaces=namespaces, smart_strings=False)
        compiled(etree.Element("any"))  # a prefix that nobody knows is found by using it
        return compiled
    except etree.XPathError as error:
        raise ConfigurationError(f"{xpath!r} is no XPath: {error}") from error


def _parsed(text: Any, path: str) -> Any:
    """The root of what is in `text`. Nothing is fetched for it."""
    from lxml import etree

    if not isinstance(text, str | bytes):
        what = "nothing" if text is _MISSING else repr(text)
        raise UnfitBaton(f"there is {what} at {path!r}, where XML is needed")
    # Text that has been decoded may still say how it was encoded.
    encoding = "utf-8" if isinstance(text, str) else None
    parser = etree.XMLParser(encoding=encoding, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(text.encode() if isinstance(text, str) else text, parser)
    except (etree.XMLSyntaxError, UnicodeError) as error:
        raise UnfitBaton(f"what is at {path!r} is no XML: {error}") from error
    _refuse_entities(root)
    return root


def _refuse_entities(root: Any) -> None:
    """They can name files, and a few lines of them can fill the memory."""
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(declared.iterentities()):
        raise UnfitBaton("the XML declares entities of its own, which are not read")
