"""The server's port onto the archives: one answer from all that hold a camera.  On the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from axxond.app.names import FOREIGN_MARK
from axxond.app.runtime import Runtime
from axxond.app.together import Read, backwards, forwards
from axxond.archive.archive import Archive
from axxond.archive.merged import Stretch
from axxond.archive.model import JOIN_US, GapRow
from axxond.archive.plan import joined as joined_stretches
from axxond.archive.plan import spans as spans_of
from axxond.archive.stored import Piece
from axxond.base.units import DAY_US
from axxond.journal import Journal
from axxond.media.packet import Packet
from axxond.responses.alarms import AlarmBook
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import QueryAlarms, QueryJournal, TimeLine
from protocol.types import CameraLine, EventRecord, Phase, Span

_PAGE = 1000
# Pages of detector events that a time line reads; older ones of the period are left out.
_MAX_PAGES = 5
_ALARM_STEP_US = DAY_US
_END_OF_TIME_US = 1 << 52


class Footage:
    """`ports.Archives`."""

    def __init__(self, runtime: Runtime, journal: Journal, alarms: AlarmBook) -> None:
        self._runtime = runtime
        self._journal = journal
        self._alarms = alarms

    async def timeline(self, camera: str, begin_us: int, end_us: int, detail_us: int) -> TimeLine:
        line = await self._line(camera, begin_us, end_us, detail_us)
        spans = line.spans
        spans += await self._detector_spans(camera, begin_us, end_us, detail_us)
        spans += await self._alarm_spans(camera, begin_us, end_us)
        return TimeLine(line.first_us, line.last_us, spans)

    async def timelines(
        self, cameras: list[str], begin_us: int, end_us: int, detail_us: int
    ) -> list[CameraLine]:
        return [await self._line(one, begin_us, end_us, detail_us) for one in cameras]

    async def key_frame_at(self, camera: str, time_us: int) -> Packet | None:
        """The nearest before that time, of any archive."""
        frames = []
        for archive, there in self._runtime.holding(camera):
            frame = await archive.reader.key_frame_at(there, time_us)
            if frame is not None:
                frames.append(frame)
        before = [frame for frame in frames if frame.pts_us <= time_us]
        if before:
            return max(before, key=lambda frame: frame.pts_us)
        return min(frames, key=lambda frame: frame.pts_us, default=None)

    async def find_recording(self, camera: str, time_us: int, reverse: bool) -> Stretch | None:
        found = []
        for archive, there in self._runtime.holding(camera):
            stretch = await archive.reader.neighbour(there, time_us, reverse)
            if stretch is not None:
                found.append(stretch)
        return (max if reverse else min)(found, default=None)

    async def find_alarm(self, camera: str, time_us: int, reverse: bool) -> Stretch | None:
        """The newest that began before; or, since alarms are found newest first, the last of
        those after: in steps that grow, so that a long time is not read for one alarm."""
        step_us = _ALARM_STEP_US
        begin_us = time_us + 1
        while True:
            end_us = min(begin_us + step_us, _END_OF_TIME_US)
            period = (0, time_us) if reverse else (begin_us, end_us)
            query = QueryAlarms(*period, cameras=[camera], limit=_PAGE)
            alarms = (await self._alarms.query(query)).alarms
            begun = [
                alarm
                for alarm in alarms
                if (alarm.begin_us < time_us if reverse else alarm.begin_us > time_us)
            ]
            if begun or reverse or end_us >= _END_OF_TIME_US:
                break
            step_us *= 8
        chosen = (max if reverse else min)(begun, key=lambda one: one.begin_us, default=None)
        if chosen is None:
            return None
        return chosen.begin_us, chosen.end_us or chosen.begin_us

    async def interval(self, camera: str, begin_us: int, end_us: int, count: int) -> list[Packet]:
        """Key frames spread evenly over the footage of a period, each once."""
        frames: dict[int, Packet] = {}
        footage: list[Stretch] = []
        for archive, there in self._runtime.holding(camera):
            footage += await archive.reader.footage(there, begin_us, end_us)
        for time_us in spread(sorted(footage), begin_us, end_us, count):
            frame = await self.key_frame_at(camera, time_us)
            if frame is not None and frame.pts_us < end_us:
                frames[frame.pts_us] = frame
        return [frames[time_us] for time_us in sorted(frames)]

    async def _line(self, camera: str, begin_us: int, end_us: int, detail_us: int) -> CameraLine:
        """Of all archives that hold the camera: gaps are where none has footage."""
        footage: list[Stretch] = []
        gaps: list[GapRow] = []
        bounds = []
        for archive, there in self._runtime.holding(camera):
            found = await archive.reader.bounds(there)
            if found is not None:
                bounds.append(found)
            if found is not None or archive.recorder.open_gaps(there, end_us):
                footage += await archive.reader.footage(there, begin_us, end_us, detail_us)
                gaps += await archive.reader.gaps(there, begin_us, end_us, detail_us)
        whole = joined_stretches(sorted(footage), max(detail_us, JOIN_US))
        spans = spans_of(whole, gaps, begin_us, end_us)
        first_us = min((first for first, _last in bounds), default=None)
        last_us = max((last for _first, last in bounds), default=None)
        return CameraLine(camera, first_us, last_us, spans)

    async def gops(
        self,
        camera: str,
        archive: str,
        from_us: int,
        reverse: bool,
        key_frames_only: bool,
        audio: bool,
    ) -> AsyncIterator[list[Packet]]:
        """From the archive of that id; "" = that which has footage nearest to the time, and where
        it has none the others."""
        found = await self._choose(camera, archive, from_us, reverse)
        reads = [_gops_of(one, reverse, key_frames_only, audio) for one in found]
        if not reads:
            return
        if reverse:
            async for gop in backwards(reads[0](from_us), reads[1:], from_us):
                yield gop
            return
        async for piece in forwards(reads[0](from_us), reads[1:], from_us):
            assert isinstance(piece, list)
            yield piece

    async def stored(self, camera: str, from_us: int, audio: bool) -> AsyncIterator[Piece]:
        """As `archive.reader.Reader.stored`, of the archive that has footage nearest; what it
        lacks and another has comes as GOPs."""
        found = await self._choose(camera, "", from_us, False)
        if found:
            archive, there = found[0]
            first = archive.reader.stored(there, from_us, audio)
            others = [_gops_of(one, False, False, audio) for one in found[1:]]
            async for piece in forwards(first, others, from_us):
                yield piece

    async def _choose(
        self, camera: str, archive: str, from_us: int, reverse: bool
    ) -> list[tuple[Archive, str]]:
        """The archives to read, the nearest first, and the camera's id there."""
        if archive:
            chosen = self._runtime.archives.get(archive)
            if chosen is None:
                raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such archive", archive)
            return [(chosen, camera.removeprefix(f"{archive}{FOREIGN_MARK}"))]
        found: list[tuple[int, tuple[Archive, str]]] = []
        for candidate, there in self._runtime.holding(camera):
            bounds = await candidate.reader.bounds(there)
            if bounds is not None:
                found.append((_distance(bounds, from_us, reverse), (candidate, there)))
        return [one for _, one in sorted(found, key=lambda each: each[0])]

    async def _alarm_spans(self, camera: str, begin_us: int, end_us: int) -> list[Span]:
        page = await self._alarms.query(
            QueryAlarms(begin_us=begin_us, end_us=end_us, cameras=[camera], limit=_PAGE)
        )
        return [
            Span(alarm.begin_us, alarm.end_us or end_us, "alarm", id=alarm.id)
            for alarm in page.alarms
        ]

    async def _detector_spans(
        self, camera: str, begin_us: int, end_us: int, detail_us: int
    ) -> list[Span]:
        events: list[EventRecord] = []
        before_id = None
        for _page in range(_MAX_PAGES):
            query = QueryJournal(
                begin_us=begin_us,
                end_us=end_us,
                types=["detector."],
                objects=[camera],
                before_id=before_id,
                limit=_PAGE,
            )
            page = await self._journal.query(query)
            events += page.events
            if not page.more:
                break
            before_id = page.events[-1].id
        return joined(detector_spans(reversed(events), begin_us, end_us), detail_us)


def detector_spans(events: Iterable[EventRecord], begin_us: int, end_us: int) -> list[Span]:
    """Oldest first.  An end without its begin began before the period, and the other way round."""
    spans: list[Span] = []
    begun: dict[str, int] = {}
    for event in events:
        if event.phase is Phase.BEGIN:
            begun[event.group] = event.time_us
        elif event.phase is Phase.END:
            began_us = begun.pop(event.group, begin_us)
            spans.append(Span(began_us, max(event.time_us, began_us + 1), "detector"))
        else:
            spans.append(Span(event.time_us, event.time_us + 1, "detector"))
    spans += [Span(began_us, end_us, "detector") for began_us in begun.values()]
    return sorted(spans, key=lambda span: span.begin_us)


def joined(spans: Iterable[Span], detail_us: int) -> list[Span]:
    """In order; spans of one kind that are less than `detail_us` apart become one."""
    result: list[Span] = []
    for span in spans:
        if result and span.begin_us - result[-1].end_us < detail_us:
            last = result.pop()
            span = Span(last.begin_us, max(last.end_us, span.end_us), span.kind)  # noqa: PLW2901
        result.append(span)
    return result


def spread(footage: Sequence[Stretch], begin_us: int, end_us: int, count: int) -> list[int]:
    """The middles of `count` equal parts of the footage within [begin; end), holes left out."""
    inside: list[Stretch] = []
    told = begin_us
    for begin, end in footage:
        begin, end = max(begin, told), min(end, end_us)  # noqa: PLW2901
        if begin < end:
            inside.append((begin, end))
            told = end
    total_us = sum(end - begin for begin, end in inside)
    found: list[int] = []
    passed_us = 0
    for begin, end in inside:
        while len(found) < count:
            at_us = total_us * (2 * len(found) + 1) // (2 * count) - passed_us
            if at_us >= end - begin:
                break
            found.append(begin + at_us)
        passed_us += end - begin
    return found


def _gops_of(
    place: tuple[Archive, str], reverse: bool, key_frames_only: bool, audio: bool
) -> Read:
    archive, there = place
    return lambda from_us: archive.reader.gops(there, from_us, reverse, key_frames_only, audio)


def _distance(bounds: tuple[int, int], from_us: int, reverse: bool) -> int:
    first, last = bounds
    if first <= from_us <= last:
        return 0
    gap = first - from_us if from_us < first else from_us - last
    wrong_way = from_us < first if reverse else from_us > last
    return gap + (1 << 60 if wrong_way else 0)
