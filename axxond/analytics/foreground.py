"""What all detectors of one stream share: a frame's luma to foreground pixels and objects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from axxond.analytics.background import Background
from axxond.analytics.colours import Chroma, Colours
from axxond.analytics.kernels import cells
from axxond.analytics.light import Light
from axxond.analytics.matching import Area
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Bytes, Plane, Shrinker
from axxond.analytics.steady import Steady
from axxond.analytics.zones import zone
from axxond.base.units import SECOND_US
from protocol.types import Box

_LEARNING_US = SECOND_US
_MAX_BLOBS = 256
_LEAST_IN_CELL = 5  # of CELL_PX x CELL_PX pixels

# So much foreground at once is light, an infrared filter, a hand before the lens: not an object.
_DISTURBED_SHARE = 0.5
# Shorter is a flash; what stays longer is learnt anew.
_FLASH_US = SECOND_US // 2

# For so long after a change of light.
_GRACE_US = 2 * SECOND_US // 5
_GRACE_CELLS = 3  # that far around what was there before, things may have moved meanwhile

# Movement is told from a frame 0.3 to 0.6 s ago: slow walkers have moved on by then.
_PAST_US = 3 * SECOND_US // 10


class Blob(NamedTuple):
    """A group of foreground cells.  Shares of the picture: `area` (its foreground pixels) and
    `moving` (those of them that changed lately).  `strength`: their mean distance from the
    background, in grey levels."""

    box: Box
    area: float
    moving: float
    strength: float


class Groups:
    """Measures the groups of foreground cells inside one zone; owns the scratch."""

    def __init__(self, plane: Plane, inside: Bytes) -> None:
        shape = plane.rows, plane.columns
        self._zone = inside
        self._inside = plane.new()
        self._counts = np.zeros(shape, np.uint8)
        self._labels = np.zeros(shape, np.int32)
        self._parents = np.zeros(self._labels.size + 1, np.int32)
        self._table: NDArray[np.int32] = np.zeros((_MAX_BLOBS, cells.BLOB_COLUMNS), np.int32)

    def rows(self, mask: Bytes, strength: Bytes, luma: Bytes, past: Bytes) -> list[list[int]]:
        """As `kernels.cells` measures them (BLOB_COLUMNS), in pixels, top to bottom; of at most
        _MAX_BLOBS."""
        cells.count(mask, self._zone, self._inside, self._counts)
        groups = cells.connect(self._counts, _LEAST_IN_CELL, self._labels, self._parents)
        if not groups:
            return []
        cells.measure(self._labels, self._inside, strength, luma, past, groups, self._table)
        rows: list[list[int]] = self._table[:groups].tolist()
        return rows


@define
class Everywhere:
    """The groups of a scene's whole picture: measured once, whoever asks."""

    _groups: Groups
    _rows: list[list[int]] | None = field(default=None, init=False)

    def rows(self, scene: Scene) -> list[list[int]]:
        if self._rows is None:
            self._rows = self._groups.rows(scene.mask, scene.strength, scene.luma, scene.past)
        return self._rows


class Scene(NamedTuple):
    """One analysed frame.  luma: the working picture; past: an earlier one (0.3 to 0.6 s);
    mask: 1 where something is that is not background; strength: by how many grey levels; usual:
    one look of the background; looks: all of them, lines x number x pitch; raw: as luma, in the
    light that there is now.  All are planes that later frames overwrite.  `colours`: of the frame.
    `change`: what differs by more grey levels from an earlier picture has changed, whatever the
    noise; `reach`: what differs by more from the background is foreground.  `complete`: all looks
    are known.  `settled` is False while the background is being learnt or the light has just
    changed: nothing is to be concluded from the mask then.  `shaken`: since the past one the
    camera has swung, and was taken back by parts of a pixel.  `everywhere`: its groups.
    `objects`: what the tracker knows, where one runs."""

    plane: Plane
    time_us: int
    luma: Bytes
    past: Bytes
    mask: Bytes
    strength: Bytes
    usual: Bytes
    looks: Bytes
    raw: Bytes
    colours: Colours
    change: int
    reach: int
    complete: bool
    settled: bool
    shaken: bool
    everywhere: Everywhere
    objects: tuple[TrackedObject, ...] = ()


class Blobs:
    """Finds the blobs of a scene inside one zone, or in the whole picture."""

    def __init__(self, plane: Plane, inside: Bytes | None = None) -> None:
        self._pixels = plane.width * plane.height
        self._plane = plane
        self._groups = Groups(plane, inside) if inside is not None else None

    def find(self, scene: Scene, least_area: float = 0.0) -> list[Blob]:
        """Those of at least that area (a share of the picture), top to bottom; of at most
        _MAX_BLOBS."""
        return [self._blob(row) for row in self.rows(scene, least_area)]

    def rows(self, scene: Scene, least_area: float = 0.0) -> list[list[int]]:
        """The same as `Groups` has them."""
        if self._groups is None:
            rows = scene.everywhere.rows(scene)
        else:
            rows = self._groups.rows(scene.mask, scene.strength, scene.luma, scene.past)
        least_px = least_area * self._pixels
        return [row for row in rows if row[4] >= least_px]

    def _blob(self, row: list[int]) -> Blob:
        left, top, right, bottom, area, strength, moving = row
        width, height, pixels = self._plane.width, self._plane.height, self._pixels
        box = Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
        return Blob(box, area / pixels, moving / pixels, strength / area)


class Foreground:
    """Frames of one stream to scenes; the result is a function of the frames and their times."""

    def __init__(self, plane: Plane, antishaker: bool = True) -> None:
        self.plane = plane
        self._shrinker = Shrinker(plane)
        self._steady = Steady(plane) if antishaker else None
        self._light = Light(plane)
        self._background = Background(plane)
        self._colours = Colours(plane)
        self._groups = Groups(plane, zone(plane, (), ()))
        self._past = plane.new()
        self._coming = plane.new()  # the past from the next change on
        self._past_due_us = 0
        self._past_us = self._coming_us = 0
        self._swung_us = -1  # when a picture was last taken back
        self._settled_us: int | None = None
        self._disturbed_us: int | None = None
        self._grace_until_us = -1
        self._last = plane.new()  # the mask of the frame before
        self._before: NDArray[np.bool_] = np.zeros((plane.rows, plane.columns), np.bool_)

    def feed(self, luma: Bytes, time_us: int, chroma: Chroma | None = None) -> Scene:
        """`luma`: as `Shrinker.feed` wants it; `chroma`: Cb and Cr, where there are any; times
        rise."""
        raw = self._shrinker.feed(luma)
        if self._steady is not None:
            steadied = self._steady.feed(raw)
            self._swung_us = time_us if steadied is not raw else self._swung_us
            raw = steadied
        small = self._light.feed(raw, time_us)
        if self._settled_us is None:
            self._settled_us = time_us + _LEARNING_US
            self._past[:] = self._coming[:] = small
            self._past_us = self._coming_us = time_us
            self._past_due_us = time_us + _PAST_US
        elif time_us >= self._past_due_us:
            self._past, self._coming = self._coming, self._past
            self._coming[:] = small
            self._past_us, self._coming_us = self._coming_us, time_us
            self._past_due_us = time_us + _PAST_US
        self._last[:] = self._background.mask
        if self._light.jumped:
            self._begin_grace(time_us)
        share = self._background.feed(small, self._past, time_us)
        disturbed = self._is_disturbed(share, time_us)
        if disturbed:
            self._begin_grace(time_us)
        elif time_us <= self._grace_until_us:
            self._forgive(small)
        settled = time_us >= self._settled_us and not disturbed
        known = self._background
        self._colours.feed(chroma)
        if settled:
            self._colours.lift_shadows(known.mask, small, known.usual, time_us)
        looks = (
            small,
            self._past,
            known.mask,
            known.near,
            known.usual,
            known.looks,
            raw,
            self._colours,
            known.change,
            known.reach,
            known.complete,
        )
        shaken = self._swung_us >= self._past_us
        return Scene(self.plane, time_us, *looks, settled, shaken, Everywhere(self._groups))

    def absorb(self, scene: Scene, area: Area) -> None:
        """What is foreground there is background from now on."""
        self._background.absorb(scene.luma, area)

    def _begin_grace(self, time_us: int) -> None:
        """The light is another: what is foreground afterwards and was not before is its work."""
        if time_us > self._grace_until_us:
            self._before = _grown(_any_in_cell(self._last))
        self._grace_until_us = time_us + _GRACE_US

    def _forgive(self, luma: Bytes) -> None:
        picture = self.plane.picture
        fresh: NDArray[np.bool_] = picture(self._background.mask).astype(np.bool_)
        known = self._before.repeat(cells.CELL_PX, 0).repeat(cells.CELL_PX, 1)
        fresh &= ~known[: self.plane.height, : self.plane.width]
        if fresh.any():
            self._background.take(luma, fresh)
        # What was there moves on while the light settles.
        self._before = self._before | _grown(_any_in_cell(self._background.mask))

    def _is_disturbed(self, share: float, time_us: int) -> bool:
        """Whether the whole picture has changed; when it stays so, learn anew."""
        if share < _DISTURBED_SHARE:
            self._disturbed_us = None
            return False
        if self._disturbed_us is None:
            self._disturbed_us = time_us
        elif time_us - self._disturbed_us >= _FLASH_US:
            self._background.restart()
            self._light.restart()
            if self._steady is not None:
                self._steady.restart()
            self._colours.restart()
            self._disturbed_us = None
            self._settled_us = time_us + _LEARNING_US
        return True


def _any_in_cell(mask: Bytes) -> NDArray[np.bool_]:
    side = cells.CELL_PX
    lines, pitch = mask.shape
    blocks = mask.reshape(lines // side, side, pitch // side, side)
    return np.asarray(blocks.max((1, 3)), np.bool_)


def _grown(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With all cells up to _GRACE_CELLS away, across, down and aslant."""
    out = marked
    for axis in (0, 1):
        wide = out.copy()
        for step in range(1, _GRACE_CELLS + 1):
            ahead = [slice(None), slice(None)]
            back = [slice(None), slice(None)]
            ahead[axis], back[axis] = slice(step, None), slice(None, -step)
            wide[tuple(ahead)] |= out[tuple(back)]
            wide[tuple(back)] |= out[tuple(ahead)]
        out = wide
    return out
