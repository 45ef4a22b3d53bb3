"""The server's port onto the archives: one answer from all that hold a camera.  On the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from axxond.app.runtime import Runtime
from axxond.archive.archive import Archive
from axxond.journal import Journal
from axxond.media.packet import Packet
from axxond.responses.alarms import AlarmBook
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import QueryAlarms, QueryJournal, TimeLine
from protocol.types import EventRecord, Phase, Span

_PAGE = 1000
# Pages of detector events that a time line reads; older ones of the period are left out.
_MAX_PAGES = 5


class Footage:
    """`ports.Archives`."""

    def __init__(self, runtime: Runtime, journal: Journal, alarms: AlarmBook) -> None:
        self._runtime = runtime
        self._journal = journal
        self._alarms = alarms

    async def timeline(self, camera: str, begin_us: int, end_us: int, detail_us: int) -> TimeLine:
        spans: list[Span] = []
        bounds = []
        for archive in self._runtime.archives.values():
            found = await archive.reader.bounds(camera)
            if found is not None:
                bounds.append(found)
                spans += await archive.reader.timeline(camera, begin_us, end_us, detail_us)
        spans += await self._detector_spans(camera, begin_us, end_us, detail_us)
        spans += await self._alarm_spans(camera, begin_us, end_us)
        first_us = min((first for first, _last in bounds), default=None)
        last_us = max((last for _first, last in bounds), default=None)
        return TimeLine(first_us, last_us, spans)

    async def key_frame_at(self, camera: str, time_us: int) -> Packet | None:
        """The nearest before that time, of any archive."""
        frames = []
        for archive in self._runtime.archives.values():
            frame = await archive.reader.key_frame_at(camera, time_us)
            if frame is not None:
                frames.append(frame)
        return max(frames, key=lambda frame: frame.pts_us, default=None)

    async def gops(
        self,
        camera: str,
        archive: str,
        from_us: int,
        reverse: bool,
        key_frames_only: bool,
        audio: bool,
    ) -> AsyncIterator[list[Packet]]:
        """From the archive of that id; "" = that which has footage nearest to the time."""
        chosen = await self._choose(camera, archive, from_us, reverse)
        if chosen is None:
            return
        gops = chosen.reader.gops(camera, from_us, reverse, key_frames_only, audio)
        async for gop in gops:
            yield gop

    async def _choose(
        self, camera: str, archive: str, from_us: int, reverse: bool
    ) -> Archive | None:
        if archive:
            chosen = self._runtime.archives.get(archive)
            if chosen is None:
                raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such archive", archive)
            return chosen
        best: tuple[int, Archive] | None = None
        for candidate in self._runtime.archives.values():
            bounds = await candidate.reader.bounds(camera)
            if bounds is None:
                continue
            distance_us = _distance(bounds, from_us, reverse)
            if best is None or distance_us < best[0]:
                best = distance_us, candidate
        return best[1] if best is not None else None

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


def _distance(bounds: tuple[int, int], from_us: int, reverse: bool) -> int:
    first, last = bounds
    if first <= from_us <= last:
        return 0
    gap = first - from_us if from_us < first else from_us - last
    wrong_way = from_us < first if reverse else from_us > last
    return gap + (1 << 60 if wrong_way else 0)
