"""Time line geometry: times to pixels and back, zoom, marks.  Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence

from attrs import evolve, frozen

from axxon_client.model.words import DAY_US, HOUR_US, MINUTE_US, US
from protocol.types import Span

MIN_SPAN_US = 10 * US  # a second is then a tenth of the width
MAX_SPAN_US = 400 * DAY_US

# Distances between marks, the finest first; a labelled one needs `_LABEL_PX`.
_STEPS_US = [
    US, 2 * US, 5 * US, 10 * US, 15 * US, 30 * US,
    MINUTE_US, 2 * MINUTE_US, 5 * MINUTE_US, 10 * MINUTE_US, 15 * MINUTE_US, 30 * MINUTE_US,
    HOUR_US, 2 * HOUR_US, 3 * HOUR_US, 6 * HOUR_US, 12 * HOUR_US,
    DAY_US, 2 * DAY_US, 7 * DAY_US, 14 * DAY_US, 28 * DAY_US, 84 * DAY_US,
    168 * DAY_US, 336 * DAY_US,  # 400 days on 100 px: a label takes 288 days
]  # fmt: skip
_LABEL_PX = 72


class Detail(enum.StrEnum):
    """How much a zoom shows, for the rows of marks."""

    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"


@frozen
class Mark:
    x: float
    time_us: int
    label: str  # "" = a small one
    day: bool = False  # midnight


@frozen
class Axis:
    """A window [begin; end) on time, drawn over `width` pixels."""

    begin_us: int
    end_us: int
    width: float

    @property
    def span_us(self) -> int:
        return self.end_us - self.begin_us

    @property
    def us_per_px(self) -> float:
        return self.span_us / max(1.0, self.width)

    def x_of(self, time_us: int) -> float:
        return (time_us - self.begin_us) / self.us_per_px

    def time_at(self, x: float) -> int:
        return self.begin_us + round(x * self.us_per_px)

    def zoomed(self, factor: float, x: float) -> Axis:
        """`factor` > 1 shows less time; the time under `x` stays under `x`."""
        span = min(MAX_SPAN_US, max(MIN_SPAN_US, round(self.span_us / factor)))
        share = x / max(1.0, self.width)
        begin = self.time_at(x) - round(span * share)
        return evolve(self, begin_us=begin, end_us=begin + span)

    def moved(self, shift_us: int) -> Axis:
        return evolve(self, begin_us=self.begin_us + shift_us, end_us=self.end_us + shift_us)

    def dragged(self, pixels: float) -> Axis:
        return self.moved(-round(pixels * self.us_per_px))

    def resized(self, width: float) -> Axis:
        """Another width; the scale changes, the window stays."""
        return evolve(self, width=max(1.0, width))

    def centred(self, time_us: int) -> Axis:
        return self.moved(time_us - (self.begin_us + self.end_us) // 2)

    def showing(self, time_us: int, margin: float = 0.05) -> Axis:
        """Moved no further than needed for `time_us` to stand inside the margins."""
        room = round(self.span_us * margin)
        if time_us < self.begin_us + room:
            return self.moved(time_us - room - self.begin_us)
        if time_us > self.end_us - room:
            return self.moved(time_us + room - self.end_us)
        return self

    def holds(self, time_us: int) -> bool:
        return self.begin_us <= time_us < self.end_us

    @property
    def detail(self) -> Detail:
        if self.span_us > 2 * DAY_US:
            return Detail.DAY
        return Detail.HOUR if self.span_us > HOUR_US else Detail.MINUTE

    def step_us(self) -> int:
        """Between labelled marks."""
        least = self.us_per_px * _LABEL_PX
        return next((step for step in _STEPS_US if step >= least), _STEPS_US[-1])

    def marks(self, offset_us: int) -> list[Mark]:
        """Labelled and small marks; `offset_us` = local time minus UTC, so hours fall right."""
        step = self.step_us()
        small = _small_step(step)
        first = (self.begin_us + offset_us) // small * small - offset_us
        found = []
        for time_us in range(first, self.end_us + small, small):
            place = time_us + offset_us
            labelled = place % step == 0
            text = _label(place, step) if labelled else ""
            found.append(Mark(self.x_of(time_us), time_us, text, place % DAY_US == 0))
        return found


def _small_step(step: int) -> int:
    """A fifth, a quarter, a third or a half: whichever is in the table."""
    for parts in (5, 4, 3, 2):
        if step % parts == 0 and step // parts in _STEPS_US:
            return step // parts
    return step


def _label(local_us: int, step: int) -> str:
    moment = dt.datetime.fromtimestamp(local_us // US, dt.UTC)
    if local_us % DAY_US == 0 or step >= DAY_US:
        return moment.strftime("%d.%m.")
    return moment.strftime("%H:%M:%S" if step < MINUTE_US else "%H:%M")


def span_at(spans: Sequence[Span], time_us: int) -> Span | None:
    return next((span for span in spans if span.begin_us <= time_us < span.end_us), None)


def nearest(spans: Sequence[Span], time_us: int) -> int | None:
    """The time inside or at an edge of a span that is nearest to `time_us`."""
    places = [
        min(max(time_us, span.begin_us), max(span.begin_us, span.end_us - US)) for span in spans
    ]
    return min(places, key=lambda place: abs(place - time_us), default=None)
