import re
from typing import Any

from piped import InputOutputProcessor


class CountHashtags(InputOutputProcessor):
    """Find the hashtags of a text, and how often each has come by now."""

    name = "count-hashtags"

    def __init__(self, *, context: str, **options: Any) -> None:
        """context: the persisted context that has the counts, as `hashtags`"""
        super().__init__(**options)
        self.context = context

    def configure(self, runtime_environment: Any) -> None:
        kept = {"provider": f"persisted_context.{self.context}"}
        self._needs = runtime_environment.create_dependency_map(self, kept=kept)

    def process_input(self, input: str, baton: Any) -> dict[str, int]:
        counts = self._needs.kept.setdefault("hashtags", {})
        found = dict.fromkeys(re.findall(r"#(\w+)", input.lower()))
        for tag in found:
            counts[tag] = counts.get(tag, 0) + 1
            if len(counts) > 10_000:
                del counts[min(counts.keys() - found.keys(), key=counts.get)]
        return {tag: counts[tag] for tag in found}
