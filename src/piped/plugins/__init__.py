"""A place for plugins: every folder `piped/plugins` on `sys.path` adds its modules to this package.

Such a folder has no `__init__.py`. The modules are found and imported by `piped.catalogue`.
"""

from __future__ import annotations

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
