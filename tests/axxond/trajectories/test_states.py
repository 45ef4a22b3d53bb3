from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from axxond.analytics.kernels import judging
from axxond.analytics.situation import Area, Attention, Rule
from axxond.trajectories import states as module
from axxond.trajectories.states import filled, states
from axxond.trajectories.tracks import Viewer, gather
from tests.axxond.trajectories.tracks import stored, walks


@pytest.mark.parametrize("expected", [0, 2, 3, 9])
def test_a_kernel_gets_the_room_that_it_says_it_needs(expected: int) -> None:
    def fill(out: NDArray[np.int64]) -> int:
        out[:3] = np.array([[1, 2], [3, 4], [5, 6]])[: len(out)]
        return 3

    assert filled(2, expected, fill).tolist() == [[1, 2], [3, 4], [5, 6]]


def test_many_objects_are_looked_at_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = Viewer(gather(stored(walks(1, 12)), 0, 1 << 60))
    attention = Attention(Area(), Rule.ENTERS)
    (whole,) = states(attention, viewer)
    monkeypatch.setattr(module, "_MAX_STATES", 300)
    parts = list(states(attention, viewer))
    assert len(parts) > 2
    assert np.concatenate([one.known for one in parts]).tolist() == whole.known.tolist()
    assert np.concatenate([one.indexes for one in parts]).tolist() == whole.indexes.tolist()
    assert all(int(one.table[-1, judging.STATES]) == len(one.known) for one in parts)


def test_who_lived_too_shortly_is_left_out() -> None:
    viewer = Viewer(gather(stored(walks(1, 12)), 0, 1 << 60))
    (some,) = states(Attention(Area(), Rule.STAYS, least_us=9_000_000), viewer)
    assert 0 < len(some.indexes) < 12
