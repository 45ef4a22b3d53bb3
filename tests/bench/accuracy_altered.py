"""The clips of `accuracy` once more, each altered in many ways: one configuration for all.

Everyone sees the same altered frames, ours and the peers, and is judged by the same rules.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
from attrs import evolve

from tests.bench import accuracy_events, altered_data
from tests.bench.accuracy import Accuracy, Mixture, highway
from tests.bench.alterations import ALTERATIONS, Alteration
from tests.bench.motion import OursAnySize, compared
from tests.bench.table import Row

_HIGHWAY = "video/cdnet_highway"
_PEERS = ("MOG2", "KNN")
_QUICK = slice(1, 3)
_METRIC, _CELL = 46, 12

Found = dict[str, dict[str, Row]]
"""by metric, then by the alteration's name"""


def run(quick: bool) -> list[Row]:
    """`quick`: few alterations."""
    if not accuracy_events.is_there():
        return []
    cv2.setNumThreads(1)
    alterations = ALTERATIONS[_QUICK] if quick else ALTERATIONS
    found: Found = {}
    for alteration in alterations:
        for row in judged(alteration):
            found.setdefault(row.metric, {})[alteration.name] = row
    print("\n".join(table(found, [one.name for one in alterations])))
    return [
        evolve(row, metric=f"{metric}, {name}")
        for metric, by_name in found.items()
        for name, row in by_name.items()
    ]


def judged(
    alteration: Alteration, clips: Sequence[str] = tuple(accuracy_events.JUDGES)
) -> list[Row]:
    """Those clips, altered so."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        altered_data.make(folder, alteration, clips)
        return list(_rows(folder, clips))


def _rows(folder: Path, clips: Sequence[str]) -> Iterator[Row]:
    for clip in clips:
        if (folder / clip).exists():
            yield from accuracy_events.JUDGES[clip](folder)[1]
    if (folder / _HIGHWAY).exists():
        ours = highway(OursAnySize(), folder)
        for kind in _PEERS:
            theirs: Accuracy = highway(Mixture(kind), folder)
            for row in compared("highway", ours, theirs, f"OpenCV {kind}"):
                yield evolve(row, metric=f"{row.metric} | {kind}")


def table(found: Found, names: Sequence[str]) -> Iterator[str]:
    """A line a metric: ours/peer's, with a ! where the goal was missed."""
    yield "== accuracy, altered clips: ours/peer's, ! where a goal is missed"
    yield "".ljust(_METRIC) + "".join(name.rjust(_CELL) for name in names)
    for metric, by_name in found.items():
        cells = (_cell(by_name.get(name)).rjust(_CELL) for name in names)
        yield metric.ljust(_METRIC) + "".join(cells)


def _cell(row: Row | None) -> str:
    if row is None:
        return "-"
    peer = "" if row.peer is None else f"/{_number(row.peer)}"
    return f"{_number(row.ours)}{peer}{'' if row.ok else '!'}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) != 1 else f"{value:.2f}"
