"""Reads back by time: GOPs in both directions, key frames, the time line.

Plans on the event loop from the volumes' indexes (`source`) and from what is being written; reads
files in the default executor, one pread a GOP.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from attrs import evolve, frozen

from axxond.archive.errors import EbmlError
from axxond.archive.merged import Stretch
from axxond.archive.model import JOIN_US, GapRow, SegmentInfo
from axxond.archive.plan import (
    GopPlace,
    gop_at,
    joined,
    next_backward,
    next_forward,
    runs_of,
    spans,
)
from axxond.archive.segmentfile import SegmentFile
from axxond.archive.source import Source
from axxond.archive.stored import Piece, StoredGops
from axxond.base.tasks import in_thread
from axxond.base.units import DAY_US, MIB
from axxond.media.packet import Packet
from protocol.types import Span

log = logging.getLogger(__name__)


# A piece that is passed on as it is stored: a cancelled export waits for one.
_STORED_BYTES = 16 * MIB


@frozen
class _Read:
    """How to read: `key_frames_only` needs a GOP's first bytes only; `as_stored`: what is in the
    middle of a file is not looked into."""

    key_frames_only: bool = False
    audio: bool = True
    as_stored: bool = False


class Reader:
    """`sources` are the volumes; `open_gaps(camera)` gives gaps that go on, from the recorder."""

    def __init__(
        self, sources: Sequence[Source], open_gaps: Callable[[str], list[GapRow]]
    ) -> None:
        self._sources = {source.number: source for source in sources}
        self._open_gaps = open_gaps

    async def gops(
        self,
        camera: str,
        from_us: int,
        reverse: bool = False,
        key_frames_only: bool = False,
        audio: bool = True,
    ) -> AsyncIterator[list[Packet]]:
        """GOPs from the one that holds `from_us` (or the next that there is) to the newest
        footage, about a second ago; `reverse`: to the oldest.

        Each GOP is in decoding order; the first packet after a hole, and of every GOP in reverse,
        is marked as a discontinuity.  Damaged and meanwhile deleted footage is passed over; what
        two volumes hold is read once.
        """
        async for piece in self._pieces(camera, from_us, reverse, _Read(key_frames_only, audio)):
            assert isinstance(piece, list)
            yield piece

    def stored(self, camera: str, from_us: int, audio: bool) -> AsyncIterator[Piece]:
        """As `gops` forwards, but what is undamaged in the middle of a file comes as it stands
        there, some GOPs at a time, with sound whatever `audio` says."""
        return self._pieces(camera, from_us, False, _Read(audio=audio, as_stored=True))

    async def _pieces(
        self, camera: str, from_us: int, reverse: bool, how: _Read
    ) -> AsyncIterator[Piece]:
        last: SegmentInfo | None = None
        position = from_us
        seen = _Seen(reverse)
        while True:
            found = await self._next_segment(camera, position, last, reverse)
            if found is None:
                return
            info, places = found
            places = _from_position(places, position, last, info, reverse)
            async for whole in self._segment_gops(info, places, how):
                if isinstance(whole, StoredGops):
                    yield seen.pass_over(whole)
                    continue
                gop = seen.fresh(whole, same_file=last is not None and last.key == info.key)
                if not gop:
                    continue
                if seen.is_break(gop):
                    gop[0] = evolve(gop[0], discontinuity=True)
                seen.take(gop)
                yield gop
            last = info
            position = info.begin_us - 1 if reverse else max(position, info.end_us)

    async def key_frame_at(self, camera: str, time_us: int) -> Packet | None:
        """The video key frame at or before a time, else the first after it; None: no footage."""
        for reverse in (True, False):
            async for gop in self.gops(camera, time_us, reverse, True, False):
                frame = gop[0]
                if not frame.is_video:
                    continue
                if reverse and frame.pts_us > time_us:
                    continue
                return frame
        return None

    async def bounds(self, camera: str) -> tuple[int, int] | None:
        """(oldest, newest) footage of a camera."""
        found = [await source.bounds(camera) for source in self._sources.values()]
        ends = [one for one in found if one is not None]
        if not ends:
            return None
        return min(begin for begin, _ in ends), max(end for _, end in ends)

    async def footage(
        self, camera: str, begin_us: int, end_us: int, detail_us: int = 0
    ) -> list[Stretch]:
        """Stretches that touch [begin; end), and may reach further; joined where less than
        `detail_us` (at least 2 s, what jitter makes) apart."""
        detail_us = max(detail_us, JOIN_US)
        found: list[Stretch] = []
        for source in self._sources.values():
            found += await source.footage(camera, begin_us, end_us, detail_us)
        return [
            one
            for one in joined(sorted(found), detail_us)
            if one[0] < end_us and one[1] > begin_us
        ]

    async def gaps(
        self, camera: str, begin_us: int, end_us: int, detail_us: int = 0
    ) -> list[GapRow]:
        """The ledger's rows that touch [begin; end), those that go on included.  Of gaps much
        shorter than `detail_us` some are left out."""
        rows: dict[tuple[str, int], GapRow] = {}
        for source in self._sources.values():
            for row in await source.gaps(camera, begin_us, end_us, detail_us):
                known = rows.get((row.link, row.begin_us))
                if known is None or known.end_us < row.end_us:
                    rows[row.link, row.begin_us] = row
        # A gap that goes on has a row, too, as long as it was some seconds ago.
        rows |= {(row.link, row.begin_us): row for row in self._open_gaps(camera)}
        return sorted(rows.values(), key=lambda row: row.begin_us)

    async def timeline(
        self, camera: str, begin_us: int, end_us: int, detail_us: int = 1_000_000
    ) -> list[Span]:
        """Footage and gaps that touch [begin; end), clipped to it; footage that is less than
        `detail_us` (at least 2 s, what jitter makes) apart is one span."""
        footage = await self.footage(camera, begin_us, end_us, detail_us)
        gaps = await self.gaps(camera, begin_us, end_us, detail_us)
        return spans(footage, gaps, begin_us, end_us)

    async def neighbour(self, camera: str, time_us: int, reverse: bool) -> Stretch | None:
        """The unbroken stretch that begins after a time; `reverse`: the last that begins before
        it.  None: there is none."""
        bounds = await self.bounds(camera)
        if bounds is None:
            return None
        first_us, last_us = bounds
        near_us = min(time_us, last_us + 1) if reverse else max(time_us, first_us - 1)
        reach_us = DAY_US
        while True:
            begin, end = (
                (near_us - reach_us, near_us) if reverse else (near_us, near_us + reach_us)
            )
            found = await self.footage(camera, begin, end)
            inside = [one for one in found if (one[0] < time_us if reverse else one[0] > time_us)]
            if inside:
                nearest = max(inside) if reverse else min(inside)
                return await self._whole(camera, nearest, last_us - first_us)
            if reach_us > last_us - first_us:
                return None
            reach_us *= 8

    async def _whole(self, camera: str, part: Stretch, most_us: int) -> Stretch:
        """The stretch that a part belongs to; one is cut at the ends of what was looked at."""
        reach_us = DAY_US
        while True:
            begin, end = part[0] - reach_us, part[1] + reach_us
            found = await self.footage(camera, begin, end)
            whole = next((one for one in found if one[0] <= part[0] < one[1]), part)
            if (begin < whole[0] and whole[1] < end) or reach_us > most_us:
                return whole
            reach_us *= 8

    async def _next_segment(
        self, camera: str, position_us: int, last: SegmentInfo | None, reverse: bool
    ) -> tuple[SegmentInfo, list[GopPlace]] | None:
        # A successor may begin a little before its predecessor ends.
        reach = position_us + (JOIN_US if reverse else -JOIN_US)
        rows: list[SegmentInfo] = []
        for source in self._sources.values():
            rows += await source.segments(camera, reach, reverse)
        choose = next_backward if reverse else next_forward
        info = choose(rows, position_us, last)
        if info is None:
            return None
        return info, await self._sources[info.volume].places(info)

    async def _segment_gops(
        self, info: SegmentInfo, places: list[GopPlace], how: _Read
    ) -> AsyncIterator[Piece]:
        path = self._sources[info.volume].folder / info.path
        try:
            file = await in_thread(SegmentFile, path)
        except (OSError, EbmlError) as error:
            log.warning("segment %s cannot be read: %s", info.path, error)
            return
        try:
            for run in _runs(places, how):
                if len(run) > 1:
                    yield StoredGops(path, file.header, run)
                    continue
                packets = await in_thread(file.read, run[0], how.audio, how.key_frames_only)
                if packets:
                    yield packets
        finally:
            file.close()


def _runs(places: list[GopPlace], how: _Read) -> Iterable[tuple[GopPlace, ...]]:
    """Of what is handed on as it is stored, but for the file's first GOP and its last: of them
    it must be known what other files hold, too."""
    if not how.as_stored:
        return ((place,) for place in places)
    return [(places[0],), *runs_of(places[1:-1], _STORED_BYTES), *zip(places[1:][-1:])]


class _Seen:
    """What was read last, so that footage that two files hold is handed out once.

    A file that begins within a GOP repeats it from its key frame (a disk failed in the middle of
    it), and a disk that hung may have kept what went to another one as well.
    """

    def __init__(self, reverse: bool) -> None:
        self._reverse = reverse
        self._edge_us: int | None = None
        self._last: set[tuple[bool, int]] = set()

    def fresh(self, gop: list[Packet], same_file: bool) -> list[Packet]:
        if same_file or self._edge_us is None:
            return gop
        begin, _end = _ends(gop)
        if self._reverse:
            return gop if begin < self._edge_us else []
        if begin >= self._edge_us:
            return gop
        return [one for one in gop if (one.is_video, one.pts_us) not in self._last]

    def is_break(self, gop: list[Packet]) -> bool:
        return self._reverse or not self._goes_on(_ends(gop)[0])

    def _goes_on(self, begin_us: int) -> bool:
        return self._edge_us is not None and abs(begin_us - self._edge_us) <= JOIN_US

    def pass_over(self, stored: StoredGops) -> StoredGops:
        """Of the middle of a file, forwards."""
        goes_on = self._goes_on(stored.start_us)
        self._edge_us = stored.end_us
        return stored if goes_on else evolve(stored, discontinuity=True)

    def take(self, gop: list[Packet]) -> None:
        begin, end = _ends(gop)
        self._edge_us = begin if self._reverse else end
        self._last = {(one.is_video, one.pts_us) for one in gop}


def _ends(gop: list[Packet]) -> Stretch:
    return gop[0].pts_us, max(one.pts_us + one.duration_us for one in gop)


def _from_position(
    places: list[GopPlace],
    position_us: int,
    last: SegmentInfo | None,
    info: SegmentInfo,
    reverse: bool,
) -> list[GopPlace]:
    """The GOPs of a segment that are still to be read, in the order of reading."""
    goes_on = last is not None and last.identity.link == info.identity.link
    if reverse:
        if goes_on:
            return places[::-1]
        return places[: gop_at(places, position_us) + 1][::-1]
    if goes_on:
        return places
    return places[gop_at(places, position_us) :]
