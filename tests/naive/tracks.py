"""The slow, obvious twins of kernels.tracks: from objects at their ticks, one after the other."""

from __future__ import annotations

from axxond.analytics.line_crossing import side
from axxond.analytics.situation import Attention
from axxond.trajectories.tracks import TICK_US, Track

HIDDEN, MOVED, INSIDE, FITS, STOOD = 1, 4, 16, 32, 64


def states(attention: Attention, track: Track) -> list[int]:
    """At each tick, without where it began and whether it crossed."""
    found = []
    for tick in range(track.first_tick, track.last_tick + 1):
        thing = track.at(tick)
        area = attention.area
        stood = attention.stand_us and tick * TICK_US - thing.still_us >= attention.stand_us
        state = HIDDEN * thing.hidden | MOVED * thing.moved | STOOD * bool(stood)
        found.append(state | INSIDE * area.holds(thing.foot) | FITS * area.fits(thing))
    return found


def crossed(attention: Attention, track: Track) -> list[bool]:
    """At each tick, whether the way from the one before goes over a line or its continuation."""
    found = []
    for tick in range(track.first_tick, track.last_tick + 1):
        thing = track.at(tick)
        over = any(
            (side(line, thing.before) < 0) != (side(line, thing.foot) < 0)
            for line in attention.lines
        )
        found.append(over and thing.moved)
    return found
