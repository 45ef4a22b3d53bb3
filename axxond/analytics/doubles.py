"""Which tracks are one thing: two in one place, a body and its legs, pieces of who comes in."""

from __future__ import annotations

from collections.abc import Iterable

from axxond.analytics.matching import Area
from axxond.analytics.pieces import is_stacked
from axxond.analytics.track import GROWN_UP_US, Track

_SAME_PLACE = 0.75
_PART_INSIDE, _PART_SIZE = 0.8, 0.6  # of a part of another one: in it, and that small
_PART_WIDTH = 0.15  # of a leg to its body


def double_of(area: Area, kept: Iterable[Track]) -> Track | None:
    """Which of them is in the same place, or what it is a part of."""
    left, top, right, bottom = area
    for one in kept:
        # Most are beside it; that is seen without a call.
        other_left, other_top, other_right, other_bottom = one.area
        across = left < other_right and other_left < right
        if across and top < other_bottom and other_top < bottom and _is_double(area, one.area):
            return one
    return None


def body_of(track: Track, kept: Iterable[Track], now_us: int) -> Track | None:
    """Which of them it is just above or below of, each seen on its own."""
    if track.shown_us < now_us or track.seen_us < now_us:
        return None
    left, _, right, _ = blob = track.blob
    for one in kept:
        other_left, _, other_right, _ = one.blob
        if left >= other_right or other_left >= right:
            continue
        if one.shown_us == one.seen_us == now_us and is_stacked(one.blob, blob, _PART_WIDTH):
            return one
    return None


def is_new_part(track: Track, group: Iterable[Track], now_us: int) -> bool:
    """It is in one blob with another one, and neither is known for long: pieces of who comes in.
    Who were two part again."""
    if track.lent or now_us - track.born_us >= GROWN_UP_US:
        return False
    return any(now_us - one.born_us < GROWN_UP_US for one in group)


def was_there_before(track: Track, other: Track) -> bool:
    """It is the older one of the two, and not what lay there when the other one came."""
    older = track.moved and not track.lent and track.id < other.id
    return older and (track.rested_us < other.born_us or not other.start.is_beside(track.area))


def _is_double(one: Area, larger: Area) -> bool:
    part = one.size < _PART_SIZE * larger.size and one.inside(larger) > _PART_INSIDE
    return part or one.overlap(larger) > _SAME_PLACE
