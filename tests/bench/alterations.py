"""How footage is altered: what becomes of its pictures, and of their places and times.

What another camera, another light or another coding would have made of the same scene.  Places
and times of the ground truth are altered alike (see `altered_truth`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tests.bench.accuracy import Luma

_DRIFT, _DRIFT_S = 0.15, 60.0
_SHAKE_PX = 1
_NO_COLOUR = 128


class Picture(NamedTuple):
    """Bytes of Y, Cb, Cr, as a decoder has them; colour of half the width and height."""

    y: Luma
    cb: Luma
    cr: Luma


class Still(NamedTuple):
    """A frame: its number from the beginning of the footage, its time there, its picture."""

    number: int
    at_s: float
    picture: Picture


Look = Callable[[Still], Picture]


@frozen
class Alteration:
    """`each`: one of so many frames is kept, from `cut_s` on.  `backwards`: the last one comes
    first.  `crf`: of H.264; None: without loss.  `shaken`: the camera trembles, by a pixel."""

    name: str
    look: Look | None = None
    mirrored: bool = False
    scale: float = 1.0
    each: int = 1
    cut_s: float = 0.0
    backwards: bool = False
    crf: int | None = None
    shaken: bool = False

    def stills(self, footage: Iterable[Still]) -> Iterator[Still]:
        """Altered, and numbered from 0; times are from the cut on."""
        kept = self._kept(footage)
        if not self.backwards:
            yield from kept
            return
        whole = list(kept)
        for number, still in enumerate(reversed(whole)):
            yield Still(number, whole[-1].at_s - still.at_s, still.picture)

    def _kept(self, footage: Iterable[Still]) -> Iterator[Still]:
        first: Still | None = None
        for still in footage:
            if still.at_s < self.cut_s:
                continue
            first = first or still
            if (still.number - first.number) % self.each:
                continue
            picture = self.look(still) if self.look else still.picture
            y, cb, cr = picture
            colours = (self.plane(plane, still.number, 0.5) for plane in (cb, cr))
            planes = Picture(self.plane(y, still.number), *colours)
            number = (still.number - first.number) // self.each
            yield Still(number, still.at_s - self.cut_s, planes)

    def plane(self, whole: Luma, number: int, share: float = 1.0, sharp: bool = False) -> Luma:
        """One plane of a frame, of that share of the luma's width; `sharp`: without new values
        in between."""
        if self.shaken:
            whole = _shaken(whole, number, share)
        if self.scale != 1:
            kind = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
            size = round(whole.shape[1] * self.scale), round(whole.shape[0] * self.scale)
            how = cv2.INTER_NEAREST if sharp else kind
            whole = np.asarray(cv2.resize(whole, size, interpolation=how), np.uint8)
        return np.ascontiguousarray(whole[:, ::-1] if self.mirrored else whole)


def _shaken(whole: Luma, number: int, share: float) -> Luma:
    """`share`: of the luma's width."""
    right, down = np.random.default_rng(number).integers(-_SHAKE_PX, _SHAKE_PX + 1, 2) * share
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    height, width = whole.shape
    moved = cv2.warpAffine(whole, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _by(table: Callable[[Luma], Luma]) -> Look:
    """Of the luma alone."""
    return lambda still: still.picture._replace(y=table(still.picture.y))


def _levels(values: NDArray[Any]) -> Luma:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _gamma(power: float) -> Look:
    table = _levels(255 * (np.arange(256) / 255) ** power)
    return _by(lambda y: table[y])


def _flattened(share: float) -> Look:
    table = _levels(128 + (np.arange(256) - 128.0) * share)
    return lambda still: Picture(*(table[plane] for plane in still.picture))


def _noisy(sigma: float) -> Look:
    def look(still: Still) -> Picture:
        chance = np.random.default_rng(still.number)
        y = still.picture.y
        return still.picture._replace(y=_levels(y + chance.normal(0, sigma, y.shape)))

    return look


def _grey(still: Still) -> Picture:
    y, cb, cr = still.picture
    return Picture(y, np.full_like(cb, _NO_COLOUR), np.full_like(cr, _NO_COLOUR))


def _drifting(still: Still) -> Picture:
    light = 1 + _DRIFT * math.sin(2 * math.pi * still.at_s / _DRIFT_S)
    return still.picture._replace(y=_levels(still.picture.y * light))


ALTERATIONS = (
    Alteration("as it is"),
    Alteration("mirrored", mirrored=True),
    Alteration("backwards", backwards=True),
    Alteration("gamma 0.6", _gamma(0.6)),
    Alteration("gamma 1.6", _gamma(1.6)),
    Alteration("contrast", _flattened(0.6)),
    Alteration("noise 6", _noisy(6)),
    Alteration("crf 36", crf=36),
    Alteration("half size", scale=0.5),
    Alteration("double", scale=2.0),
    Alteration("half rate", each=2),
    Alteration("grey", _grey),
    Alteration("from 3 s", cut_s=3),
    Alteration("from 10 s", cut_s=10),
    Alteration("shaking", shaken=True),
    Alteration("drift", _drifting),
)
