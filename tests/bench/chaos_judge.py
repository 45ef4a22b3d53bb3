"""What the archive, its ledger and the journal say of a camera that was tormented."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from attrs import define, frozen

from axxond.archive.archive import Archive
from axxond.archive.model import JOIN_US, ArchiveSettings, GapRow
from axxond.base.clock import SystemClock
from axxond.base.units import GIB, SECOND_US
from protocol.types import EventRecord
from tests.bench.chaos_proxy import Fault

# A camera is back when it has been there for so long without a hole.
_STEADY_US = 4 * SECOND_US
# Before a fault's begin and after the return: what was on its way, and the hand-over of a session.
_BEFORE_US = SECOND_US
_AFTER_US = SECOND_US
_INTERRUPTED_US = JOIN_US  # what the ledger tells of
_HOLE = 1.6  # of the interval between pictures: beyond jitter


@frozen
class Outage:
    fault: Fault
    begin_us: int
    end_us: int


@define
class Verdict:
    """`back_s`: after the end of each fault; `lost_in_calm`: pictures missing apart from faults
    and their 1 s of grace."""

    pictures: int
    back_s: list[float]
    lost_in_calm: int
    interrupted: int
    not_in_ledger: int
    not_in_journal: int


async def judge(
    data: Path,
    camera: str,
    outages: Sequence[Outage],
    events: Sequence[EventRecord],
    frame_us: int,
) -> Verdict:
    (folder,) = (data / "archives").iterdir()
    settings = ArchiveSettings("judge", folder, 100 * GIB)
    archive = await Archive.open(settings, SystemClock(), lambda trouble: None)
    try:
        times = sorted(
            {
                packet.pts_us
                async for gop in archive.reader.gops(camera, 0, audio=False)
                for packet in gop
            }
        )
        gaps = await archive.reader.gaps(camera, 0, 1 << 60)
    finally:
        await archive.close()
    own = [
        one.time_us for one in events if one.object_id == camera and one.type == "device.failed"
    ]
    return verdict(times, gaps, own, outages, frame_us)


def verdict(
    times: Sequence[int],
    gaps: Sequence[GapRow],
    failed_us: Sequence[int],
    outages: Sequence[Outage],
    frame_us: int,
) -> Verdict:
    """Pure.  `times` are the recorded pictures' in order."""
    holes = [
        (before, after)
        for before, after in itertools.pairwise(times)
        if after - before > _HOLE * frame_us
    ]
    back = [_back_us(times, holes, outage) for outage in outages]
    windows = [
        (outage.begin_us - _BEFORE_US, back_us + _AFTER_US)
        for outage, back_us in zip(outages, back, strict=True)
    ]
    result = Verdict(
        len(times),
        [
            max(0, back_us - outage.end_us) / SECOND_US
            for outage, back_us in zip(outages, back, strict=True)
        ],
        sum(_missing(hole, windows, frame_us) for hole in holes),
        0,
        0,
        0,
    )
    for begin_us, end_us in windows:
        inside = [one for one in holes if one[0] < end_us and one[1] > begin_us]
        # The last picture stands for its own time.
        if not any(after - before - frame_us > _INTERRUPTED_US for before, after in inside):
            continue
        result.interrupted += 1
        result.not_in_ledger += not any(
            row.begin_us < end_us and row.end_us > begin_us for row in gaps
        )
        result.not_in_journal += not any(begin_us <= at <= end_us for at in failed_us)
    return result


def _back_us(times: Sequence[int], holes: Sequence[tuple[int, int]], outage: Outage) -> int:
    """The first picture after the end of a fault from which on there is no hole for a while; the
    end of all times when there is none."""
    for time_us in [one for one in times if one >= outage.end_us][:1] + [
        after for _, after in holes if after >= outage.end_us
    ]:
        if not any(time_us <= before < time_us + _STEADY_US for before, _ in holes):
            return time_us
    return times[-1] + (1 << 40) if times else 1 << 60


def _missing(hole: tuple[int, int], windows: Sequence[tuple[int, int]], frame_us: int) -> int:
    before, after = hole
    count = round((after - before) / frame_us) - 1
    places = [before + (after - before) * (k + 1) // (count + 1) for k in range(count)]
    return sum(
        not any(begin_us <= place <= end_us for begin_us, end_us in windows) for place in places
    )
