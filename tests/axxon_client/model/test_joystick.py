from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxon_client.model.joystick import DEAD_ZONE, Mapping, mapping_for, steer

at_rest = st.floats(-DEAD_ZONE * 0.99, DEAD_ZONE * 0.99)
axes = st.lists(st.floats(-1.5, 1.5), max_size=8)


@given(axes)
def test_whatever_a_stick_says_speeds_are_in_range(values: list[float]) -> None:
    for speed in steer(values, mapping_for(len(values))):
        assert -1.0 <= speed <= 1.0


@given(at_rest, at_rest)
def test_a_worn_stick_at_rest_moves_nothing(x: float, y: float) -> None:
    assert steer([x, y, 0.0], Mapping()) == (0.0, 0.0, 0.0)


def test_speed_begins_at_zero_beyond_the_dead_zone_and_reaches_the_end() -> None:
    assert steer([DEAD_ZONE + 0.001, 0.0], Mapping())[0] < 0.01
    assert steer([1.0, 0.0], Mapping())[0] == 1.0
    assert steer([-1.0, 0.0], Mapping())[0] == -1.0


def test_pushing_the_stick_away_looks_up() -> None:
    assert steer([0.0, -1.0], Mapping())[1] == 1.0


def test_zoom_is_the_third_axis_of_a_desk_stick_and_none_of_a_triggers() -> None:
    assert steer([0.0, 0.0, 1.0], mapping_for(3))[2] == 1.0
    resting_triggers = [0.0, 0.0, -1.0, 0.0, 0.0, -1.0]
    assert steer(resting_triggers, mapping_for(6)) == (0.0, 0.0, 0.0)
    assert steer([0.0, 1.0], mapping_for(2))[2] == 0.0
