"""Loss of quality: the picture is covered, out of focus, dazzled, dark or full of noise."""

from __future__ import annotations

import statistics
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
from axxond.analytics.kernels import quality
from axxond.analytics.lasting import Lasting
from axxond.analytics.plane import Bytes, Plane
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.situation import DEFAULT_HOLD_S, MAX_HOLD_S
from axxond.analytics.structure import Small, agreement, defocused, gradients, gradients_of, pooled
from axxond.base.units import SECOND_US
from protocol.types import Box

KIND = "quality_loss"
COVERED, BLUR, GLARE, DARK, NOISE = "covered", "blur", "glare", "dark", "noise"

_CHECK_US = SECOND_US // 5
_SURE_US = 4 * SECOND_US // 5  # an infrared filter that swings, exposure that hunts: shorter
_LEARNING_US = SECOND_US
_FOLLOW_US = 20 * SECOND_US  # how detailed the scene usually is
_RELEARN_US = 600 * SECOND_US  # what lasts that long is how the scene is now

# How detailed a picture is: the power of its gradients, but for that of noise, by the power of its
# contrast, so that light does not matter.
_NOISES = 5  # the noise is the median of so many checks,
_SAFE = 1.1  # and so much more of it is taken away than is measured
_CLEAR = 0.15  # of the noise's power: where the usual gradients, in the light that there is, are
# less, none can be missed; but for a light that fell at once to less than _DIM of the usual.
_DIM = 0.25
_LEAST_CONTRAST = 16.0  # squared grey levels: below, contrast is no measure
_LEAST_DETAIL = 0.01  # scenes with less cannot be judged
_LOST_DETAIL = 0.4  # of the usual
# A quarter of a still picture's pixels change the least: by 0.158 standard deviations of what
# noise makes of two frames, on average; motion and shaking spoil the rest of them.
_QUIET_PARTS, _QUIET_DEVIATIONS = 4, 0.158
# A picture out of focus is the known one, averaged over so many pixels of it to each side.
_DEFOCUS = 0, 1, 2
_SAME_STRUCTURE = 0.6
_LEAST_COLOUR, _COLOUR_LEFT = 1.5, 0.45
_LEAST_LUMA = 16.0
_CLIPPED = 0.1  # of the pixels have no colour for being too bright
_TILE_LIMIT = 0.4
_DAZZLED = 0.4
_ALL_DARK = 0.95
_NOISE_LEVEL = 24  # grey levels from pixel to pixel of a difference of frames
_NOISE_SHARE = 0.8

_SQUARE = quality.POOL_PX**2

Sums = NDArray[np.int16]
"""of squares of quality.POOL_PX"""


class _Look(NamedTuple):
    """Of a picture: the power of its gradients across, without that of `noise`, in squared grey
    levels; the same by that of its contrast; the shares of it that are `bright` and `dark`; and
    its mean `light`, in grey levels."""

    edges: float = 0.0
    noise: float = 0.0
    detail: float = 0.0
    bright: float = 0.0
    dark: float = 0.0
    light: float = 0.0

    @classmethod
    def of(cls, found: list[int], plane: Plane, noise: float) -> _Look:
        """`found`: by `kernels.quality.look`."""
        total, squares, edges, bright, dark = found
        rows, columns = _small_shape(plane)
        count, pairs = rows * columns, rows * (columns - 1)
        across = max(edges / pairs / _SQUARE**2 - noise, 0.0)
        spread = (count * squares - total * total) / count**2 / _SQUARE**2
        contrast = max(spread - noise / 2, _LEAST_CONTRAST)
        pixels = -(-plane.height // 2) * plane.width
        shares = bright / pixels, dark / pixels
        return cls(across, noise, across / contrast, *shares, total / count / _SQUARE)

    def most(self, other: _Look) -> _Look:
        return _Look(*map(max, self, other))

    def towards(self, other: _Look, share: float) -> _Look:
        both = zip(self, other, strict=True)
        return _Look(*(one + share * (another - one) for one, another in both))


class QualityLoss:
    boxes: tuple[Box, ...] = ()

    def __init__(self, settings: DetectorSettings, plane: Plane) -> None:
        hold_us = read.duration_us(settings.properties, "hold_s", DEFAULT_HOLD_S, 0, MAX_HOLD_S)
        self._state = Lasting(settings, _SURE_US, hold_us)
        self._began_us: int | None = None
        self._checked_us = 0
        self._bad_us: int | None = None
        self._usual = _Look()
        self._before: Bytes | None = None  # every other line
        self._small: Sums = np.zeros(_small_shape(plane), np.int16)
        self._small_before = np.zeros_like(self._small)
        self._checks = 0
        self._look = np.zeros(quality.LOOK, np.int64)
        self._histogram = np.zeros(quality.ROUGHNESSES, np.int32)
        self._noises: deque[float] = deque(maxlen=_NOISES)
        self._known: Small | None = None
        self._colour = 0.0

    def feed(self, scene: Scene) -> list[DetectorEvent]:
        now_us = scene.time_us
        if self._began_us is None:
            self._began_us = self._checked_us = now_us - _CHECK_US
        passed_us = now_us - self._checked_us
        if passed_us < _CHECK_US - SECOND_US // 50:
            return []
        self._checked_us = now_us
        plane = scene.plane
        self._small, self._small_before = self._small_before, self._small
        quality.look(scene.raw, plane.height, plane.width, self._small, self._look)
        self._checks += 1
        if self._checks == 1:
            return []
        self._noises.append(self._noise_power())
        noise = _SAFE * statistics.median(self._noises)
        look = _Look.of(self._look.tolist(), plane, noise)
        lines = plane.picture(scene.raw)[::2].copy()
        reason = ""
        if now_us - self._began_us > _LEARNING_US:
            reason = self._wrong(scene, lines, look)
        self._before = lines
        if not reason:
            self._learn(scene, look, passed_us)
        self._watch_relearning(now_us, bool(reason))
        return self._state.feed(now_us, bool(reason), reason)

    def interrupt(self, _time_us: int) -> list[DetectorEvent]:
        return self._state.end()

    def _wrong(self, scene: Scene, lines: Bytes, look: _Look) -> str:
        """What is wrong with the picture, or ""."""
        usual = self._usual
        if self._before is not None and _noisy(lines, self._before):
            return NOISE
        if look.bright >= max(_DAZZLED, 2 * usual.bright):
            return GLARE
        if look.dark >= _ALL_DARK > 2 * usual.dark:
            return DARK
        if usual.detail < _LEAST_DETAIL or look.detail >= _LOST_DETAIL * usual.detail:
            return ""
        dimmed = min(look.light / max(usual.light, 1.0), 1.0)
        if dimmed > _DIM and usual.edges * dimmed**2 < _CLEAR * look.noise:
            return ""
        if not self._is_alike(scene.plane.picture(scene.raw)):
            return COVERED
        if look.bright < _CLIPPED and self._has_turned(_colour(scene)):
            self._forget()
            return ""
        return BLUR

    def _is_alike(self, picture: Bytes) -> bool:
        """Whether it is the known scene, be it out of focus."""
        if self._known is None:
            return False
        now = gradients(picture)
        found = (
            agreement(now, gradients_of(defocused(self._known, reach)), _TILE_LIMIT)
            for reach in _DEFOCUS
        )
        return any(one is not None and one.median >= _SAME_STRUCTURE for one in found)

    def _has_turned(self, colour: float) -> bool:
        """Whether the infrared filter swung: the same place, with its colours gone or back."""
        low, high = sorted((colour, self._colour))
        return high >= _LEAST_COLOUR and low <= _COLOUR_LEFT * high

    def _forget(self) -> None:
        self._began_us, self._bad_us, self._known = None, None, None
        self._usual = _Look()

    def _learn(self, scene: Scene, look: _Look, passed_us: int) -> None:
        share = min(passed_us / _FOLLOW_US, 1.0)
        young = self._began_us is None or scene.time_us - self._began_us <= _LEARNING_US
        colour = _colour(scene)
        if young:
            self._usual = self._usual.most(look)
            self._colour = colour
        self._colour += share * (colour - self._colour)
        self._usual = self._usual.towards(look, share)
        if young or self._known is None:
            self._known = pooled(scene.plane.picture(scene.raw))

    def _noise_power(self) -> float:
        """What noise adds to the power of the gradients across, by those of the change between
        two frames; neighbours that share some of their noise differ less."""
        rows, columns = self._small.shape
        count = -(-rows // 2) * (columns // 2) // _QUIET_PARTS
        total: int = quality.quiet(self._small, self._small_before, self._histogram, count)
        deviation: float = total / count / _SQUARE / _QUIET_DEVIATIONS
        return deviation * deviation / 2

    def _watch_relearning(self, now_us: int, bad: bool) -> None:
        if not bad:
            self._bad_us = None
        elif self._bad_us is None:
            self._bad_us = now_us
        elif now_us - self._bad_us >= _RELEARN_US:
            self._forget()


def _colour(scene: Scene) -> float:
    """How far Cb and Cr are from grey, on average, in % of the luma, which dims with them; 0
    without any."""
    now = scene.colours.now
    if now is None:
        return 0.0
    out = np.zeros(4, np.int64)
    quality.colours(scene.raw, now, scene.plane.height, scene.plane.width, out)
    luma, pixels, apart, values = out.tolist()
    usual: float = max(luma / pixels, _LEAST_LUMA)
    return 100 * (apart / values) / usual


def _small_shape(plane: Plane) -> tuple[int, int]:
    return plane.height // quality.POOL_PX, plane.width // quality.POOL_PX


def _noisy(lines: Bytes, before: Bytes) -> bool:
    """Whether the change from before is without any structure, nearly everywhere."""
    down = lines.shape[0] // quality.NOISE_DOWN
    across = (lines.shape[1] - 1) // quality.NOISE_ACROSS
    blocks: int = down * across
    sums = np.empty(lines.shape[1] - 1, np.int16)
    noisy: int = quality.noisy(lines, before, _NOISE_LEVEL, sums)
    return blocks > 0 and noisy / blocks >= _NOISE_SHARE


def _make(settings: DetectorSettings, plane: Plane) -> QualityLoss:
    return QualityLoss(settings, plane)


port.register(KIND, _make)
