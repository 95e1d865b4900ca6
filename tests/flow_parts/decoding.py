"""A bundle with a tube."""

from __future__ import annotations

import json
from typing import Any

from piped.flows import tube


@tube
def decoded(baton: dict[str, Any]) -> Any:
    """What a message has in it."""
    return json.loads(baton["body"])
