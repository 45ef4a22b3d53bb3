"""Which volume a link's next file goes to, pure.

What is recorded goes where there is room, spread by size; nothing is deleted as long as a volume
has room.  When none has, the archive turns as one ring: on the volume whose footage is the oldest
of all, so that no newer footage goes before older; those that are nearly as old share the work.
"""

from __future__ import annotations

from collections.abc import Sequence

from axxond.archive.lane import Lane
from axxond.base.units import HOUR_US, MIB

# Oldest footage that is apart by less, or by a twentieth of all that is kept, is as old.
_AS_OLD_US = HOUR_US
_AS_OLD_SHARE = 20
# About what a camera of 2 Mbit/s writes in a segment's five minutes.
_LINK_BYTES = 64 * MIB


def choose(lanes: Sequence[Lane], now_on: int | None = None) -> Lane | None:
    """With room: the least full one, in steps of a tenth, among equals the one that was given
    least for its size so far.  A volume in trouble only where the link has no other; None when
    no volume is open."""
    fit = [lane for lane in lanes if lane.fit]
    if not fit:
        stay = [lane for lane in lanes if lane.number == now_on]
        return next(iter([*stay, *(lane for lane in lanes if lane.ready)]), None)
    roomy = [lane for lane in fit if lane.has_room]
    if roomy:
        return min(roomy, key=lambda lane: (_fullness(lane), *_given(lane)))
    return min(_oldest(fit), key=_given)


def should_leave(lane: Lane, lanes: Sequence[Lane]) -> bool:
    """Whether its links go at once, in the middle of a file: it would have to delete soon, and
    another has room, or has older footage to give up."""
    if not lane.is_brimming:
        return False
    fit = [one for one in lanes if one.fit]
    return any(one.has_room for one in fit) or lane not in _oldest(fit)


def _oldest(lanes: list[Lane]) -> list[Lane]:
    """Those whose next footage to go is the oldest, or nearly so; all when nothing may go."""
    ages = {lane.number: age for lane in lanes if (age := lane.next_to_go_us) is not None}
    if not ages:
        return lanes
    first = min(ages.values())
    newest = max(lane.catalog.last_us or 0 for lane in lanes)
    reach_us = max(_AS_OLD_US, (newest - first) // _AS_OLD_SHARE)
    return [lane for lane in lanes if ages.get(lane.number, newest) <= first + reach_us]


def _fullness(lane: Lane) -> int:
    return 10 * lane.catalog.used_bytes // max(1, lane.capacity_bytes)


def _given(lane: Lane) -> tuple[float, int]:
    """A link counts as a share of what it will write before it is asked again."""
    quota = max(1, lane.quota_bytes)
    return (lane.written_bytes + lane.links * _LINK_BYTES) / quota, lane.number
