"""Camera position change: what the camera looks at is another scene, and stays so."""

from __future__ import annotations

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.lasting import Lasting
from axxond.analytics.plane import Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.situation import DEFAULT_HOLD_S, MAX_HOLD_S
from axxond.analytics.structure import Agreement, Gradients, agreement, gradients
from axxond.base.units import SECOND_US
from protocol.types import Box

KIND = "position_change"

_CHECK_US = SECOND_US // 2
_SURE_US = 3 * SECOND_US
_FOLLOW_US = 30 * SECOND_US
_DOUBTFUL_FOLLOW_US = 300 * SECOND_US  # of a scene much of which is another
# The new scene is the known one after that long, which ends the event.
_ACCEPT_US = 15 * SECOND_US
_TILE_LIMIT = 0.4
_OTHER_SCENE = 0.75  # of the tiles are another's
# Or so many, and the middle one has nothing of the known scene.
_LARGELY_OTHER, _NO_TRACE = 0.6, 0.25
_SAME_SCENE = 0.3
# A camera that was turned stands still again; a hand before it does not.
_STEADY_LIMIT = 0.7
_STEADY = 0.25


class PositionChange:
    boxes: tuple[Box, ...] = ()

    def __init__(self, settings: DetectorSettings) -> None:
        hold_us = read.duration_us(settings.properties, "hold_s", DEFAULT_HOLD_S, 0, MAX_HOLD_S)
        self._state = Lasting(settings, _SURE_US, hold_us)
        self._known: Gradients | None = None
        self._last: Gradients | None = None
        self._checked_us: int | None = None
        self._changed_us: int | None = None

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        now_us = scene.time_us
        if self._checked_us is not None and now_us - self._checked_us < _CHECK_US:
            return []
        passed_us = now_us - (self._checked_us or now_us)
        self._checked_us = now_us
        now = gradients(scene.plane.picture(scene.raw))
        last, self._last = self._last, now
        if self._known is None or last is None:
            self._known = now
            return []
        alike = agreement(now, self._known, _TILE_LIMIT)
        other = alike is not None and _is_other(alike)
        steady = agreement(now, last, _STEADY_LIMIT)
        moved = other and steady is not None and steady.low <= _STEADY
        if not other:
            same = alike is None or alike.low <= _SAME_SCENE
            follow_us = _FOLLOW_US if same else _DOUBTFUL_FOLLOW_US
            self._known += min(passed_us / follow_us, 1.0) * (now - self._known)
        self._accept(now, now_us, moved)
        return self._state.feed(now_us, moved)

    def interrupt(self, _time_us: int) -> list[DetectorEvent]:
        return self._state.end()

    def _accept(self, now: Gradients, now_us: int, moved: bool) -> None:
        if not moved:
            self._changed_us = None
        elif self._changed_us is None:
            self._changed_us = now_us
        elif now_us - self._changed_us >= _ACCEPT_US:
            self._known, self._changed_us = now, None


def _is_other(alike: Agreement) -> bool:
    largely = alike.low >= _LARGELY_OTHER and alike.median <= _NO_TRACE
    return alike.low >= _OTHER_SCENE or largely


def _make(settings: DetectorSettings, _plane: Plane) -> PositionChange:
    return PositionChange(settings)


port.register(KIND, _make)
