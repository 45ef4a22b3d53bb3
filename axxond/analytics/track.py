"""One track: where a thing is supposed to be, in pixels of the working picture."""

from __future__ import annotations

import math

from attrs import define, field

from axxond.analytics.matching import Area, Pattern
from axxond.analytics.objects import Colour
from axxond.base.units import SECOND_US

# Per height of the thing: what it may gain in speed a second, and how exactly its foot is seen.
_PUSH = 1.5
_BLUR = 0.10
_LEAST_BLUR_PX = 0.7
_FIRST_SPEED = 1.5  # heights a second: nobody knows yet

_SIZE_STEP = 0.15
_YOUNG_SIZE_STEP = 0.4
_YOUNG_FRAMES = 6

_COLOUR_STEP = 0.2

GROWN_UP_US = SECOND_US
"""younger ones may still come into the picture, or be pieces of another"""

_JITTER = 0.3  # of its width: less is standing still
_LEAST_JITTER_PX = 2.5
_FAR_JITTERS = 3.0
_FADE_S = 1.5  # the speed of what is not seen dies away


@define
class _Axis:
    """A Kalman filter of constant speed; both axes share the variances."""

    at: float
    speed: float = 0.0

    def predict(self, step_s: float) -> None:
        self.at += self.speed * step_s

    def correct(self, seen: float, gain: float, speed_gain: float) -> None:
        apart = seen - self.at
        self.at += gain * apart
        self.speed += speed_gain * apart


@define
class Track:
    """`x`, `bottom`: the middle of its lower edge; with `width` and `height` they make `area`."""

    id: int
    width: float
    height: float
    x: _Axis
    bottom: _Axis
    born_us: int
    seen_us: int
    area: Area
    anchor: Area
    still_us: int
    start: Area
    before: tuple[float, float]
    before_us: int
    was: Area  # in the frame before, with what it shared a blob with
    blob: Area  # that it was seen in last
    frames: int = 1
    moved: bool = False
    lent: bool = False  # it has moved only as a part of something else
    entering: bool = False  # it has been at the frame's edge ever since it was born
    start_us: int = 0
    way_px: float = 0.0  # all the way that it was seen to go since `start`
    last: tuple[float, float] = (0.0, 0.0)  # where it was seen last
    shown_us: int = 0  # when it was foreground last
    judged_us: int = 0  # when it was last found to be a thing, not a hole
    covered_us: int = 0  # when something was last before it
    rested_us: int = 0  # when it was last standing still
    parting_us: int = 0  # when its blob last looked like several things
    crowded_us: int = 0  # when it was last alone in its blob
    whole_us: int = 0  # when it was last seen whole, or with others
    double_us: int = 0  # how long it has been where an older one is
    gone: bool = False
    pattern: Pattern | None = None
    pattern_us: int = 0
    colour: tuple[float, float, float] | None = None
    _p: list[float] = field(factory=lambda: [1.0, 0.0, 1.0])

    @classmethod
    def begin(cls, number: int, area: Area, now_us: int) -> Track:
        foot = (area.x, area.bottom)
        track = cls(
            number, area.width, area.height, _Axis(area.x), _Axis(area.bottom),
            now_us, now_us, area, area, now_us, area, foot, now_us, area, area,
        )  # fmt: skip
        track.last, track.start_us = foot, now_us
        track.shown_us = track.whole_us = track.crowded_us = track.pattern_us = now_us
        track._p = [track._blur() ** 2, 0.0, (_FIRST_SPEED * area.height) ** 2]
        track._place()
        return track

    @property
    def foot(self) -> tuple[float, float]:
        return self.x.at, self.bottom.at

    def _place(self) -> None:
        x, bottom, half = self.x.at, self.bottom.at, self.width / 2
        self.area = Area(x - half, bottom - self.height, x + half, bottom)

    def predict(self, step_s: float, hidden: bool) -> None:
        """Where it is so much later; `hidden`: it was not seen last time."""
        if hidden:
            kept = math.exp(-step_s / _FADE_S)
            self.x.speed *= kept
            self.bottom.speed *= kept
        self.x.predict(step_s)
        self.bottom.predict(step_s)
        self._place()
        push = (_PUSH * self.height) ** 2
        p = self._p
        p[0] += step_s * (2 * p[1] + step_s * p[2]) + push * step_s**4 / 4
        p[1] += step_s * p[2] + push * step_s**3 / 2
        p[2] += push * step_s**2

    def stop(self) -> None:
        """It stays where it is until it is seen to go."""
        self.x.speed = self.bottom.speed = 0.0

    def see(
        self, x: float, bottom: float, now_us: int, doubt: float = 1.0, blob: Area | None = None
    ) -> None:
        """It was seen there, as that blob if it was one; `doubt` times less exactly than usual."""
        noise = (self._blur() * doubt) ** 2
        p0, p1, p2 = self._p
        gain, speed_gain = p0 / (p0 + noise), p1 / (p0 + noise)
        self.x.correct(x, gain, speed_gain)
        self.bottom.correct(bottom, gain, speed_gain)
        self._place()
        self._p = [p0 * (1 - gain), p1 * (1 - gain), p2 - speed_gain * p1]
        self.seen_us = now_us
        self.frames += 1
        self.way_px += math.dist(self.last, (x, bottom))
        self.last = (x, bottom)
        # Where it was seen: the filter runs on for a moment when a thing stops.
        seen = blob
        if seen is None:
            half = self.width / 2
            seen = Area(x - half, bottom - self.height, x + half, bottom)
        if self._has_left(seen):
            self.anchor = seen
            self.still_us = now_us

    def _has_left(self, seen: Area) -> bool:
        """Its place: all of it has moved, or its foot so far that it cannot be a part of it that
        comes and goes (legs before dark ground)."""
        known, jitter_px = self.anchor, self.jitter_px
        foot = math.hypot(seen.x - known.x, seen.bottom - known.bottom)
        return foot > _FAR_JITTERS * jitter_px or went_px(known, seen) > jitter_px

    def resize(self, area: Area) -> None:
        step = _YOUNG_SIZE_STEP if self.frames <= _YOUNG_FRAMES else _SIZE_STEP
        self.width += step * (area.width - self.width)
        self.height += step * (area.height - self.height)
        self._place()

    def grow(self, part: Track) -> None:
        """That is a part of it, too."""
        whole = self.area.joined(part.area)
        self.width, self.height = whole.width, whole.height
        self.x.at, self.bottom.at = whole.x, whole.bottom
        self._place()
        self.before = self.foot
        self.anchor = self.anchor.joined(part.anchor)
        self.pattern = None

    def scale(self, ratio: float) -> None:
        """It is so many times as large."""
        self.width *= ratio
        self.height *= ratio
        self._place()

    def shift(self, right: float, down: float) -> None:
        """It is so far beside of where it was supposed to be."""
        self.x.at += right
        self.bottom.at += down
        self._place()

    def dye(self, seen: Colour | None) -> None:
        """It was seen with that colour."""
        if seen is None:
            return
        red, green, blue = self.colour or seen
        self.colour = (
            red + _COLOUR_STEP * (seen[0] - red),
            green + _COLOUR_STEP * (seen[1] - green),
            blue + _COLOUR_STEP * (seen[2] - blue),
        )

    @property
    def rgb(self) -> Colour | None:
        if self.colour is None:
            return None
        red, green, blue = self.colour
        return round(red), round(green), round(blue)

    def begin_anew(self, now_us: int) -> None:
        """Whatever it did until now was not going anywhere."""
        self.start, self.start_us, self.way_px = self.area, now_us, 0.0

    def travelled(self) -> float:
        """From where it began, in pixels; that it grew or shrank does not count."""
        return went_px(self.start, self.area)

    def shifted(self, footless: bool) -> float:
        """Its foot, from where it began, in pixels; its middle, where its foot is not seen."""
        now, then = self.area, self.start
        down = now.y - then.y if footless else now.bottom - then.bottom
        return math.hypot(now.x - then.x, down)

    @property
    def jitter_px(self) -> float:
        return max(_JITTER * min(self.width, self.height), _LEAST_JITTER_PX)

    def _blur(self) -> float:
        return max(_BLUR * self.height, _LEAST_BLUR_PX)


def went_px(one: Area, other: Area) -> float:
    """How far both edges of a side went the same way, across and down together."""
    left, top, right, bottom = one
    other_left, other_top, other_right, other_bottom = other
    across = _common(other_left - left, other_right - right)
    down = _common(other_top - top, other_bottom - bottom)
    return math.hypot(across, down)


def _common(one: float, other: float) -> float:
    """What both edges moved in the same direction."""
    return min(abs(one), abs(other)) if one * other > 0 else 0.0


def seconds(step_us: int) -> float:
    return step_us / SECOND_US
