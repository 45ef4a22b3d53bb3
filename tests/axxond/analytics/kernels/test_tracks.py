from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import tracks as kernels
from axxond.analytics.situation import Area, Attention, Rule
from axxond.trajectories.states import States, states
from axxond.trajectories.tracks import Tracks, Viewer, gather, thing
from tests.axxond.trajectories.tracks import stored, walks
from tests.naive import tracks as naive

SEEDS = st.integers(0, 2**32 - 1)
ZONE = ((0.2, 0.1), (0.8, 0.3), (0.5, 0.5), (0.7, 0.9), (0.3, 0.95))
MASK = ((0.4, 0.4), (0.9, 0.4), (0.9, 0.9), (0.4, 0.9))
AREAS = (
    Area(),
    Area((ZONE,)),
    Area((), (MASK,)),
    Area((ZONE, MASK), (((0.0, 0.5), (1.0, 0.5), (1.0, 0.6)),), 0.5, 3.0),
)


def all_states(attention: Attention, tracks: Tracks) -> States:
    (found,) = states(attention, Viewer(tracks))
    return found


@settings(max_examples=15)
@given(SEEDS, st.sampled_from(AREAS), st.sampled_from([0, 1_500_000]))
def test_states_are_those_of_the_twin(seed: int, area: Area, stand_us: int) -> None:
    attention = Attention(area, Rule.STAYS, stand_us=stand_us)
    tracks = gather(stored(walks(seed, 4)), 0, 1 << 60)
    known = all_states(attention, tracks).known
    wanted = [
        state
        for at in range(len(tracks))
        for state in naive.states(attention, naive.track(tracks, at))
    ]
    assert (known & 0xF7).tolist() == wanted


@settings(max_examples=15)
@given(SEEDS)
def test_no_crossing_of_the_twin_is_missed_and_few_are_told_for_nothing(seed: int) -> None:
    lines = (((0.5, 1.0), (0.5, 0.0)), ((0.1, 0.5), (0.9, 0.6)))
    attention = Attention(Area(), Rule.CROSSES, lines=lines)
    tracks = gather(stored(walks(seed, 6)), 0, 1 << 60)
    known = all_states(attention, tracks).known
    wanted = [
        over
        for at in range(len(tracks))
        for over in naive.crossed(attention, naive.track(tracks, at))
    ]
    told = (known & kernels.CROSSED != 0).tolist()
    assert all(mine or not twins for mine, twins in zip(told, wanted, strict=True))
    assert sum(told) <= sum(wanted) + 1 + len(wanted) // 100


@pytest.mark.parametrize("rows", [0, 3])
def test_changes_say_how_much_room_they_want(rows: int) -> None:
    known = np.array([36, 52, 52, 36, 36], np.uint8)
    objects = np.array([[0, 0, 100, 0], [0, 0, 0, 5]], np.int64)
    out = np.zeros((rows, 3), np.int64)
    assert kernels.changes(known, objects, out) == 3
    if rows:
        assert out.tolist() == [[0, 101, 0], [0, 103, 0], [0, 104, 1]]


@settings(max_examples=15)
@given(SEEDS)
def test_an_object_at_a_tick_is_that_of_the_twin(seed: int) -> None:
    tracks = gather(stored(walks(seed, 4)), 0, 1 << 60)
    viewer = Viewer(tracks)
    for at in range(len(tracks)):
        slow = naive.track(tracks, at)
        ticks = range(slow.first_tick, slow.last_tick + 1)
        assert (viewer.first[at], viewer.last[at]) == (slow.first_tick, slow.last_tick)
        for tick, look in zip(ticks, viewer.look([at] * len(ticks), ticks), strict=True):
            one, other = thing(look), slow.at(tick)
            assert one._replace(speed=(0, 0)) == other._replace(speed=(0, 0))
