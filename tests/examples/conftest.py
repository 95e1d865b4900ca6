"""What several tests of one example have."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.poetry import Shell, shell


@pytest.fixture
def a_shell() -> Iterator[Shell]:
    """A shell in a copy of the example `poetry`, in a folder into which anyone may look.

    Those that pytest makes are for their owner alone.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with shell(Path(folder)) as a_shell:
            yield a_shell
