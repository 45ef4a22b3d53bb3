"""Which segment and which GOPs come next, pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from attrs import frozen

from axxond.archive.model import JOIN_US, Entry, GapRow, SegmentInfo
from protocol.types import Span, StreamRole


@frozen
class GopPlace:
    """A GOP as one stretch of a file: its clusters follow each other."""

    entries: tuple[Entry, ...]

    @property
    def start_us(self) -> int:
        return self.entries[0].start_us

    @property
    def end_us(self) -> int:
        return max(one.end_us for one in self.entries)

    @property
    def offset(self) -> int:
        return self.entries[0].offset

    @property
    def end_offset(self) -> int:
        return self.entries[-1].offset + self.entries[-1].length


def gops_of(entries: Sequence[Entry]) -> list[GopPlace]:
    """Clusters joined to GOPs.  A continuation with no beginning before it (damage) is dropped,
    as is one that does not follow in the file."""
    places: list[list[Entry]] = []
    for one in entries:
        if one.key:
            places.append([one])
        elif places and places[-1][-1].offset + places[-1][-1].length == one.offset:
            places[-1].append(one)
    return [GopPlace(tuple(place)) for place in places]


def runs_of(places: Sequence[GopPlace], most_bytes: int) -> list[tuple[GopPlace, ...]]:
    """GOPs of a file in groups: in one they follow each other in the file and in time.  A group
    that has reached `most_bytes` gets no more."""
    runs: list[list[GopPlace]] = []
    size = 0
    for at, place in enumerate(places):
        if at == 0 or size >= most_bytes or not _follows(places[at - 1], place):
            runs.append([])
            size = 0
        runs[-1].append(place)
        size += place.end_offset - place.offset
    return [tuple(run) for run in runs]


def _follows(before: GopPlace, after: GopPlace) -> bool:
    near = abs(after.start_us - before.end_us) <= JOIN_US
    return near and before.end_offset == after.offset


def gop_at(places: Sequence[GopPlace], time_us: int) -> int:
    """The index of the GOP that holds `time_us`: the last that begins at or before it, else 0."""
    return max(0, bisect_right(places, time_us, key=lambda place: place.start_us) - 1)


def next_forward(
    rows: Iterable[SegmentInfo], position_us: int, last: SegmentInfo | None
) -> SegmentInfo | None:
    """The segment to read after `last` (None: to begin with) at `position_us`.

    The same link goes on as long as it has footage; then another that has; then the next one.
    """
    rows = [row for row in rows if last is None or row.key != last.key]
    if last is not None:
        same = [
            row
            for row in rows
            if row.identity.link == last.identity.link
            and last.begin_us < row.begin_us <= last.end_us + JOIN_US
        ]
        if same:
            return min(same, key=lambda row: row.begin_us)
    now = [row for row in rows if row.begin_us <= position_us < row.end_us]
    if now:
        return min(now, key=_rank)
    later = [row for row in rows if row.begin_us > position_us]
    return min(later, key=lambda row: (row.begin_us, *_rank(row)), default=None)


def next_backward(
    rows: Iterable[SegmentInfo], position_us: int, last: SegmentInfo | None
) -> SegmentInfo | None:
    """As `next_forward`, towards the past."""
    rows = [row for row in rows if last is None or row.key != last.key]
    if last is not None:
        same = [
            row
            for row in rows
            if row.identity.link == last.identity.link
            and row.begin_us < last.begin_us <= row.end_us + JOIN_US
        ]
        if same:
            return max(same, key=lambda row: row.begin_us)
    now = [row for row in rows if row.begin_us <= position_us < row.end_us]
    if now:
        return min(now, key=_rank)
    earlier = [row for row in rows if row.end_us <= position_us]
    return max(earlier, key=lambda row: row.end_us, default=None)


def _rank(row: SegmentInfo) -> tuple[bool, int, int]:
    """The high stream first, then the newest segment."""
    return row.identity.stream is not StreamRole.HIGH, -row.begin_us, -row.id


def joined(stretches: Iterable[tuple[int, int]], join_us: int) -> list[tuple[int, int]]:
    """Stretches in order of their begins; those that overlap or are up to `join_us` apart as
    one."""
    found: list[tuple[int, int]] = []
    for begin, end in stretches:
        if found and begin - found[-1][1] <= join_us:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def spans(
    footage: Sequence[tuple[int, int]], gaps: Iterable[GapRow], begin_us: int, end_us: int
) -> list[Span]:
    """A time line, clipped to [begin; end): footage, and gaps where there is no footage; of gaps
    that overlap (two links of a camera) the earlier one."""
    found = [
        Span(max(begin, begin_us), min(end, end_us), "footage")
        for begin, end in footage
        if begin < end_us and end > begin_us
    ]
    told = begin_us
    for gap in sorted(gaps, key=lambda one: one.begin_us):
        begin, end = max(gap.begin_us, told), min(gap.end_us, end_us)
        told = max(told, end)
        for left, right in _without(begin, end, footage):
            reason = f"{gap.reason.value}: {gap.text}" if gap.text else gap.reason.value
            found.append(Span(left, right, "gap", reason))
    return sorted(found, key=lambda span: span.begin_us)


def _without(begin: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """[begin; end) less the stretches in `taken` (sorted, disjoint)."""
    left = []
    first = max(0, bisect_right(taken, begin, key=lambda one: one[0]) - 1)
    for start, stop in taken[first:]:
        if start >= end:
            break
        if start > begin:
            left.append((begin, start))
        begin = max(begin, stop)
    if begin < end:
        left.append((begin, end))
    return left
