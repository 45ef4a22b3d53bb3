"""As `ingest`, with 1280x720 at 2 Mbit/s."""

from __future__ import annotations

from tests.bench.ingest import Load, compare
from tests.bench.table import Row

_CLIP = ("--size", "1280x720", "--bitrate", "2000k")


def run(quick: bool) -> list[Row]:
    if quick:
        return compare(Load("ingest-heavy", 16, 12, 1, _CLIP))
    return compare(Load("ingest-heavy", 64, 20, 3, _CLIP))
