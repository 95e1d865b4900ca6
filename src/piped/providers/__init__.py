"""The providers that come with piped, one a module.

Each stands in `MANIFEST`, so that only what is used is imported.
"""

from __future__ import annotations

# The section of the configuration → "module:attribute".
MANIFEST: dict[str, str] = {
    "pipelines": "piped.providers.pipeline_provider:PipelineProvider",
}
