"""Which blobs are pieces of one thing, and which are two who were seen as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from axxond.analytics.calm import is_calm
from axxond.analytics.foreground import Scene
from axxond.analytics.matching import Area
from axxond.analytics.parting import UPRIGHT
from axxond.analytics.track import Track
from axxond.base.units import SECOND_US

PIECE = 0.6
"""of a blob that must lie in an expected box for it to be a piece of the thing"""
_GROWTH = 1.25  # of the thing's size, with the piece

# Nobody knows yet how large a young thing is.  A body and its legs: the share of the narrower one
# that lies over (or under) the other, its width to the other's, the gap to the height of both, and
# their height to their width at most.
_YOUNG_US = 3 * SECOND_US // 2
_ABOVE, _ALIKE_WIDTH, _GAP, _SLIM = 0.6, 0.35, 0.15, 3.6
_LEAST_GAP_PX = 4

_TALL = 0.55  # height of somebody to another one's


def with_pieces(
    scene: Scene, blobs: Sequence[Area], owners: Mapping[int, Sequence[Track]]
) -> list[Area]:
    """Blobs, those of one track each joined with what else is a piece of it; joined pieces become
    empty."""
    areas = list(blobs)
    for column, piece in enumerate(blobs):
        if column in owners:
            continue
        for at, group in owners.items():
            if len(group) == 1 and _is_piece(scene, group[0], areas[at], piece):
                areas[at] = areas[at].joined(piece)
                areas[column] = Area(0, 0, 0, 0)
                break
    return areas


def is_upright(one: Area, height: float) -> bool:
    """As people are, beside somebody of that height."""
    return one.height >= max(UPRIGHT * one.width, _TALL * height)


def _is_piece(scene: Scene, track: Track, blob: Area, piece: Area) -> bool:
    """Whether it belongs to the thing that is seen as that blob."""
    if scene.time_us - track.born_us < _YOUNG_US and is_stacked(blob, piece):
        return True
    if piece.inside(track.area) < PIECE or _are_two(track, blob, piece):
        return False
    whole = blob.joined(piece)
    fits = whole.width <= _GROWTH * track.width + 4 and whole.height <= _GROWTH * track.height + 4
    return fits and not _is_left_behind(scene, blob, piece)


def _is_left_behind(scene: Scene, blob: Area, piece: Area) -> bool:
    """It stays while the other goes on beside it; of a body above its legs either may be calm."""
    return _are_beside(blob, piece) and is_calm(scene, piece) and not is_calm(scene, blob)


def is_stacked(one: Area, other: Area, least_width: float = _ALIKE_WIDTH) -> bool:
    """One just above the other: what is between them looks like the ground."""
    left, top, right, bottom = one
    other_left, other_top, other_right, other_bottom = other
    across = min(right, other_right) - max(left, other_left)
    narrow, wide = sorted((right - left, other_right - other_left))
    if across < _ABOVE * narrow or narrow < least_width * wide:
        return False
    height = max(bottom, other_bottom) - min(top, other_top)
    gap = max(top, other_top) - min(bottom, other_bottom)  # negative when they overlap
    near = -_GAP * height <= gap <= max(_GAP * height, _LEAST_GAP_PX)
    return near and height <= _SLIM * (max(right, other_right) - min(left, other_left))


def _are_two(track: Track, blob: Area, piece: Area) -> bool:
    """Two people who were seen as one: both upright, side by side."""
    upright = all(is_upright(one, track.height) for one in (blob, piece))
    return upright and _are_beside(blob, piece)


def _are_beside(one: Area, other: Area) -> bool:
    """They have no column in common."""
    return min(one.right, other.right) <= max(one.left, other.left)
