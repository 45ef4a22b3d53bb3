"""What was recorded of a camera, day by day: figures from the ledger, and where it lies."""

from __future__ import annotations

from attrs import frozen
from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model import words
from axxon_client.model.bridge import Failure, Requester
from axxon_client.model.words import DAY_US, MINUTE_US
from protocol.messages import Coverage, GetCoverage, GetTimeLine, TimeLine
from protocol.types import CoverageDay, Span

_DETAIL_US = 5 * MINUTE_US  # a day is some 280 px wide
_ALMOST = 0.9995  # less is no longer rounded up to all


@frozen
class DayRow:
    """A day; `footage` and `gaps` are what of it lies where."""

    day: CoverageDay
    footage: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()

    @property
    def lost_us(self) -> int:
        return sum(self.day.lost_us.values())

    @property
    def share(self) -> float | None:
        """Recorded, of what was wanted; None: nothing was."""
        wanted = self.day.recorded_us + self.lost_us
        return self.day.recorded_us / wanted if wanted > 0 else None

    def share_text(self) -> str:
        share = self.share
        if share is None:
            return "–"
        return "100 %" if share > _ALMOST else f"{100 * share:.1f} %"

    def lost_text(self) -> str:
        """How long and why: `3 min: the camera was not reachable`, longest first."""
        lost = sorted(self.day.lost_us.items(), key=lambda pair: -pair[1])
        return ";  ".join(
            f"{words.lasted(lost_us)}: {words.gap(reason)}" for reason, lost_us in lost if lost_us
        )

    def first_footage_us(self) -> int | None:
        """Where to go for this day."""
        return max(self.footage[0].begin_us, self.day.begin_us) if self.footage else None


def rows(days: list[CoverageDay], spans: list[Span]) -> list[DayRow]:
    """Newest first."""
    made = []
    for day in reversed(days):
        mine = [s for s in spans if s.begin_us < day.end_us and s.end_us > day.begin_us]
        mine.sort(key=lambda span: span.begin_us)
        footage = tuple(span for span in mine if span.kind == "footage")
        made.append(DayRow(day, footage, tuple(span for span in mine if span.kind == "gap")))
    return made


class CoverageModel(QObject):
    """Signals: `changed()`; `failed(Failure)`."""

    changed = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, requester: Requester, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requester = requester
        self.rows: list[DayRow] = []
        self.loading = False
        self._days: list[CoverageDay] = []
        self._spans: list[Span] = []
        self._asked = 0

    def ask(self, camera: str, begin_us: int, end_us: int) -> None:
        self._asked += 1
        number = self._asked
        self.rows, self._days, self._spans = [], [], []
        self.loading = True
        self.changed.emit()

        def figures(reply: Coverage, _payload: bytes) -> None:
            if number == self._asked:
                self._days, self.loading = reply.days, False
                self._join()

        def line(reply: TimeLine, _payload: bytes) -> None:
            if number == self._asked:
                self._spans = reply.spans
                self._join()

        def failed(failure: Failure) -> None:
            if number == self._asked and self.loading:
                self.loading = False
                self.changed.emit()
                self.failed.emit(failure)

        self._requester.request(GetCoverage(camera, begin_us, end_us), figures, failed, self)
        request = GetTimeLine(camera, begin_us, end_us, _DETAIL_US)
        self._requester.request(request, line, failed, self)

    def _join(self) -> None:
        self.rows = rows(self._days, self._spans)
        self.changed.emit()


def days_before(now_us: int, count: int) -> tuple[int, int]:
    """So many whole days of local time, today among them, up to now."""
    midnight = words.local(now_us).replace(hour=0, minute=0, second=0, microsecond=0)
    begin_us = round(midnight.timestamp()) * 1_000_000 - (count - 1) * DAY_US
    return begin_us, now_us
