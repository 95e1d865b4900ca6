"""Files to load."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conf.doubles import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files, by name, and give the first."""

    def write_files(files: dict[str, str]) -> Path:
        paths = [tmp_path / name for name in files]
        for path, text in zip(paths, files.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return paths[0]

    return write_files
