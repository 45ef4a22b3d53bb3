from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from axxond.archive import volume


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests don't flush the whole file system of the machine that they run on."""

    def nothing(folder: Path, written: Iterable[Path]) -> None:
        pass

    monkeypatch.setattr(volume, "sync", nothing)
