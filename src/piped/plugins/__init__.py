"""A place for plugins: every folder `piped/plugins` on `sys.path` adds its modules to this package.

Such a folder has no `__init__.py`. Its modules are found and imported by `piped.catalogue`. A
distribution that is installed beside piped may put its module right into this folder.
"""

from __future__ import annotations

from piped.catalogue.folders import plugin_folders as _plugin_folders

# The modules of this folder that are ours: doors to what stands elsewhere, and no plugins.
OURS: frozenset[str] = frozenset({"status_testing"})

__path__ = [*__path__, *_plugin_folders()]
