"""What the oracle says of paths that can be followed by hand."""

from __future__ import annotations

import pytest

from tests.bench.synthetic import oracle
from tests.fakes.scenes.paths import Path, stay, walk
from tests.fakes.scenes.script import Script
from tests.fakes.scenes.things import Thing

# Left to right at a tenth of the frame a second: at x = 0.5 at 10 s; stands there for 6 s.
VISIT = walk(5, [(0.0, 0.8), (0.5, 0.8), (1.0, 0.8)], 0.1, (0, 6))
MIDDLE = (0.3, 0.0, 0.7, 1.0)


def script(*paths: Path, bags: tuple[Path, ...] = (), seconds: float = 40) -> Script:
    things = [Thing("person", path, 0.3, 60) for path in paths]
    things += [Thing("bag", path, 0.1, 60) for path in bags]
    return Script(1, seconds, things=tuple(things))


def test_a_path_is_walked_at_its_pace_and_waits() -> None:
    assert VISIT.at(4.9) is None
    assert VISIT.at(7.5) == pytest.approx((0.25, 0.8))
    assert VISIT.at(13) == pytest.approx((0.5, 0.8))
    assert VISIT.end_s == pytest.approx(21)
    assert (VISIT.moves(8), VISIT.moves(13)) == (True, False)


def test_an_area_is_entered_and_left_when_the_foot_is() -> None:
    (came,) = oracle.appearance(script(VISIT), MIDDLE)
    (went,) = oracle.disappearance(script(VISIT), MIDDLE)
    assert came.at_s == pytest.approx(8, abs=0.1)
    assert went.at_s == pytest.approx(18, abs=0.1)


def test_moving_inside_begins_again_after_a_stop() -> None:
    begins = [one.at_s for one in oracle.motion_in_area(script(VISIT), MIDDLE)]
    assert begins == pytest.approx([8, 16], abs=0.15)
    assert len(oracle.motion(script(VISIT))) == 2


def test_stops_and_stays_are_told_after_their_time() -> None:
    (stopped,) = oracle.stop_in_area(script(VISIT), MIDDLE, 4)
    (stayed,) = oracle.loitering(script(VISIT), MIDDLE, 9)
    assert stopped.at_s == pytest.approx(14)
    assert stayed.at_s == pytest.approx(17, abs=0.1)
    assert oracle.stop_in_area(script(VISIT), MIDDLE, 7) == ()
    assert oracle.loitering(script(VISIT), MIDDLE, 11) == ()


def test_a_line_is_crossed_in_the_direction_of_the_right_hand() -> None:
    down = ((0.4, 0.0), (0.4, 1.0))
    (crossed,) = oracle.crossings(script(VISIT), [down])
    assert (crossed.direction, crossed.at_s) == ("backward", pytest.approx(9, abs=0.1))
    (crossed,) = oracle.crossings(script(VISIT), [(down[1], down[0])])
    assert crossed.direction == "forward"
    assert oracle.crossings(script(VISIT), [((0.4, 0.0), (0.4, 0.5))]) == ()


def test_more_than_so_many_are_counted_while_they_are_together() -> None:
    other = stay(12, 30, (0.6, 0.9))
    (many,) = oracle.multiple_objects(script(VISIT, other), MIDDLE, 1)
    assert many.at_s == pytest.approx(12, abs=0.1)
    assert oracle.multiple_objects(script(VISIT, other), MIDDLE, 2) == ()


def test_a_bag_is_abandoned_when_it_came_and_stayed() -> None:
    left, there, taken = stay(5, 40, (0.5, 0.8)), stay(0, 40, (0.6, 0.8)), stay(5, 12, (0.2, 0.8))
    (one,) = oracle.abandoned(script(bags=(left, there, taken)), oracle.WHOLE, 15)
    assert one.at_s == pytest.approx(20)
