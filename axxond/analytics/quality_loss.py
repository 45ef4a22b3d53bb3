"""Loss of quality: the picture is covered, out of focus, dazzled, dark or full of noise."""

from __future__ import annotations

import statistics
from collections import deque

import numpy as np
from attrs import astuple, frozen
from numpy.typing import NDArray

from axxond.analytics import port
from axxond.analytics import properties as read
from axxond.analytics.foreground import Scene
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
_LOST_DETAIL = 0.3  # of the usual
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
_BRIGHT, _DAZZLED = 250, 0.4
_DARK, _ALL_DARK = 24, 0.95
_POOL_PX = 2
_NOISE_BLOCK = 8, 16
_NOISE_LEVEL = 24.0  # grey levels from pixel to pixel of a difference of frames
_NOISE_SHARE = 0.8

Lines = NDArray[np.int16]


@frozen
class _Look:
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
    def of(cls, lines: Lines, small: Small, noise: float) -> _Look:
        """`lines`: every other one of it; `small`: all of it."""
        across = small[:, 1:] - small[:, :-1]
        edges = max(float((across * across).mean()) - noise, 0.0)
        contrast = max(float(small.var()) - noise / 2, _LEAST_CONTRAST)
        bright, dark = float((lines >= _BRIGHT).mean()), float((lines <= _DARK).mean())
        return cls(edges, noise, edges / contrast, bright, dark, float(small.mean()))

    def most(self, other: _Look) -> _Look:
        both = zip(astuple(self), astuple(other), strict=True)
        return _Look(*(max(one, another) for one, another in both))

    def towards(self, other: _Look, share: float) -> _Look:
        both = zip(astuple(self), astuple(other), strict=True)
        return _Look(*(one + share * (another - one) for one, another in both))


class QualityLoss:
    boxes: tuple[Box, ...] = ()

    def __init__(self, settings: DetectorSettings) -> None:
        hold_us = read.duration_us(settings.properties, "hold_s", DEFAULT_HOLD_S, 0, MAX_HOLD_S)
        self._state = Lasting(settings, _SURE_US, hold_us)
        self._began_us: int | None = None
        self._checked_us = 0
        self._bad_us: int | None = None
        self._usual = _Look()
        self._before: Lines | None = None
        self._small: Small | None = None  # of the check before
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
        picture = scene.plane.picture(scene.raw)
        lines = picture[::2].astype(np.int16)
        small = pooled(picture, _POOL_PX)  # which takes away half of the noise
        before, self._small = self._small, small
        if before is None or before.shape != small.shape:
            return []
        self._noises.append(_noise_power(small, before))
        look = _Look.of(lines, small, _SAFE * statistics.median(self._noises))
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

    def _wrong(self, scene: Scene, lines: Lines, look: _Look) -> str:
        """What is wrong with the picture, or ""."""
        usual = self._usual
        if self._before is not None and _noisy(lines - self._before):
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
        if young:
            self._usual = self._usual.most(look)
            self._colour = _colour(scene)
        self._colour += share * (_colour(scene) - self._colour)
        self._usual = self._usual.towards(look, share)
        if young or self._known is None:
            self._known = pooled(scene.plane.picture(scene.raw))

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
    tall, wide = scene.plane.height // 2, scene.plane.width // 2
    luma = float(scene.plane.picture(scene.raw)[::8, ::8].mean())
    apart = float(np.abs(now[:, :tall:4, :wide:4].astype(np.int16) - 128).mean())
    return 100 * apart / max(luma, _LEAST_LUMA)


def _noise_power(small: Small, before: Small) -> float:
    """What noise adds to the power of the gradients across, by those of the change between two
    frames; neighbours that share some of their noise differ less."""
    apart = (small - before)[::2]
    rough = np.abs(apart[:, 1::2] - apart[:, : apart.shape[1] // 2 * 2 : 2]).reshape(-1)
    quiet = rough.size // _QUIET_PARTS
    least = float(np.partition(rough, quiet)[:quiet].mean())
    return (least / _QUIET_DEVIATIONS) ** 2 / 2


def _noisy(change: Lines) -> bool:
    """Whether a change between frames is without any structure, nearly everywhere."""
    rough = np.abs(change[:, 1:] - change[:, :-1])
    down, across = _NOISE_BLOCK
    height, width = rough.shape[0] // down * down, rough.shape[1] // across * across
    if height == 0 or width == 0:
        return False
    blocks = rough[:height, :width].reshape(height // down, down, width // across, across)
    level = blocks.mean((1, 3), dtype=np.float32)
    return float((level > _NOISE_LEVEL).mean()) >= _NOISE_SHARE


def _make(settings: DetectorSettings, _plane: Plane) -> QualityLoss:
    return QualityLoss(settings)


port.register(KIND, _make)
