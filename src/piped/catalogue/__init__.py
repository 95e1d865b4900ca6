"""What plugins there are, by kind and name, and where each comes from.

The sources, in order, none of which may hide what an earlier one has: the manifests of our own
plugins, entry points, `piped/plugins` folders on `sys.path`, and bundles. What stands in the first
two is not imported before it is used; modules of the last two are imported to see what is in them.
"""

from __future__ import annotations

from piped.catalogue.catalogue import Catalogue
from piped.catalogue.failures import configuration_error
from piped.catalogue.plugin import Plugin, PluginKind

__all__ = ["Catalogue", "Plugin", "PluginKind", "configuration_error"]
