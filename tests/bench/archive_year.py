"""The time line of a year of 64 cameras, from an index as such a year leaves it."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from axxond.archive.archive import Archive
from axxond.archive.index import Index, Op, put_gap, put_segment
from axxond.archive.model import ArchiveSettings, GapRow, Identity, SegmentInfo
from axxond.archive.segment import INDEX_NAME
from axxond.base.clock import SystemClock
from axxond.base.units import DAY_US, MINUTE_US
from protocol.types import GapReason, StreamRole
from tests.bench.table import Row, limited

_CAMERAS = 64
_T0 = 1_700_000_000_000_000 // DAY_US * DAY_US
_GOAL_MS = 100.0
_PIXELS = 2000
# Segments of an hour: what a time line costs does not hang on how many there are in an hour.
_SEGMENT_US = 60 * MINUTE_US
_HOLES_A_DAY = 3


def _fill(folder: Path, days: int) -> int:
    """An index of so many days; the number of its gaps."""
    dice = random.Random(7)
    number = gaps = 0
    with closing(Index(folder / INDEX_NAME)) as index:
        for day in range(days):
            ops: list[Op] = []
            for camera in range(_CAMERAS):
                holes = set(dice.sample(range(24), _HOLES_A_DAY))
                for hour in range(24):
                    number += 1
                    begin = _T0 + day * DAY_US + hour * _SEGMENT_US
                    end = begin + _SEGMENT_US - (hour in holes) * 5 * MINUTE_US
                    ops += _hour(number, camera, (begin, end))
                gaps += len(holes)
            index.apply(ops)
    return gaps


def _hour(number: int, camera: int, span_us: tuple[int, int]) -> list[Op]:
    begin, end = span_us
    who = Identity(f"c{camera}", f"Camera {camera}", StreamRole.HIGH, f"l{camera}")
    ops = [put_segment(SegmentInfo(number, f"gone/{number}.mkv", who, begin, end, 36 << 20))]
    if end < begin + _SEGMENT_US:
        missed = GapRow(f"c{camera}", f"l{camera}", end, begin + _SEGMENT_US,
                        GapReason.CAMERA_DOWN, "no pictures")  # fmt: skip
        ops.append(put_gap(missed))
    return ops


async def _ask(folder: Path, days: int) -> list[float]:
    archive = Archive(ArchiveSettings("a", folder, 1 << 60), SystemClock(), _refuse)
    await archive.stores[0].source.open(folder / INDEX_NAME)
    took = []
    end_us = _T0 + days * DAY_US
    for _ in range(5):
        began = time.perf_counter()
        for camera in range(_CAMERAS):
            spans = await archive.reader.timeline(
                f"c{camera}", _T0, end_us, (end_us - _T0) // _PIXELS
            )
            assert any(span.kind == "footage" for span in spans)
        took.append((time.perf_counter() - began) * 1000)
    await archive.close()
    return took


def _refuse(trouble: object) -> None:
    raise AssertionError(trouble)


def time_line(quick: bool) -> list[Row]:
    """A year; in a hurry a month."""
    days = 30 if quick else 365
    with tempfile.TemporaryDirectory() as place:
        gaps = _fill(Path(place), days)
        took = asyncio.run(_ask(Path(place), days))
    name = f"time line of {days} days x {_CAMERAS} cameras, {gaps} gaps"
    return [limited(name, "ms", statistics.median(took), _GOAL_MS)]
