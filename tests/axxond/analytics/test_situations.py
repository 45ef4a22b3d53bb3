"""The situation detectors on rendered scenes, driven through the chain as live and offline do."""

from __future__ import annotations

from typing import Any

import pytest

from axxond.analytics.chain import Chain
from axxond.analytics.line_crossing import crossing, side
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.base.errors import ConfigError
from protocol.types import Phase
from tests.fakes.scene import Mover, SceneScript, shots

SIZE = (18, 44)
RIGHT_HALF = [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]
MIDDLE = [[0.3, 0], [0.7, 0], [0.7, 1], [0.3, 1]]
# In at the left at 3 s, over the middle at 5.9 s, out at the right at 8.6 s.
WALKER = Mover((-20, 70), (60, 0), SIZE, 190, enter_s=3)
COMES = Mover((-20, 70), (60, 0), SIZE, 190, enter_s=3, leave_s=6)
STAYS = Mover((160, 70), (0, 0), SIZE, 190, enter_s=6, leave_s=14)
GOES = Mover((160, 70), (60, 0), SIZE, 190, enter_s=14)
VISIT = (COMES, STAYS, GOES)


def run(movers: tuple[Mover, ...], seconds: float, kind: str, **given: Any) -> list[DetectorEvent]:
    chain = Chain([DetectorSettings("d1", kind, given)])
    script = SceneScript(movers=movers)
    found = [chain.frame(shot.luma, shot.time_us) for shot in shots(script, seconds)]
    found.append(chain.close(round(seconds * 1e6)))
    return [event for findings in found if findings is not None for event in findings.events]


def told(events: list[DetectorEvent]) -> list[tuple[Phase, float]]:
    return [(event.phase, event.time_us / 1e6) for event in events]


def test_motion_in_area_lasts_while_an_object_moves_inside() -> None:
    events = run((WALKER,), 12, "motion_in_area", zones=[RIGHT_HALF])
    (begin, began), (end, ended) = told(events)
    assert (begin, end) == (Phase.BEGIN, Phase.END)
    assert began == pytest.approx(5.9, abs=0.7)
    assert ended == pytest.approx(8.4, abs=0.7)
    assert events[0].object_id == events[1].object_id is not None


def test_motion_in_area_ends_when_the_object_stops() -> None:
    events = run((COMES, STAYS), 14, "motion_in_area", hold_s=0)
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    assert told(events)[1][1] == pytest.approx(7.5, abs=0.6)


def test_what_moves_outside_the_area_is_left_alone() -> None:
    for kind in ("motion_in_area", "appearance_in_area", "loitering"):
        upper = [[0, 0], [1, 0], [1, 0.3], [0, 0.3]]
        assert run((WALKER,), 10, kind, zones=[upper], time_s=0) == []
        assert run((WALKER,), 10, kind, masks=[[[0, 0], [1, 0], [1, 1], [0, 1]]]) == []


def test_a_stop_is_told_after_its_time_and_ends_with_it() -> None:
    events = run(VISIT, 20, "stop_in_area", time_s=5, zones=[MIDDLE])
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    (_, began), (_, ended) = told(events)
    assert began == pytest.approx(11, abs=0.6)
    assert ended == pytest.approx(14.3, abs=0.7)
    assert run(VISIT, 20, "stop_in_area", time_s=9, zones=[MIDDLE]) == []


def test_loitering_is_told_after_its_time_inside_and_ends_on_leaving() -> None:
    events = run(VISIT, 20, "loitering", time_s=6, zones=[MIDDLE])
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    (_, began), (_, ended) = told(events)
    # Its foot is in the middle from 4.8 s to 14.9 s.
    assert began == pytest.approx(10.8, abs=0.6)
    assert ended == pytest.approx(15.2, abs=0.7)
    assert run((WALKER,), 12, "loitering", time_s=6, zones=[MIDDLE]) == []


def test_one_who_crosses_the_perimeter_appears_once_and_disappears_once() -> None:
    (came,) = run((WALKER,), 12, "appearance_in_area", zones=[MIDDLE])
    (went,) = run((WALKER,), 12, "disappearance_in_area", zones=[MIDDLE])
    assert (came.phase, went.phase) == (Phase.INSTANT, Phase.INSTANT)
    assert came.time_us / 1e6 == pytest.approx(4.8, abs=0.4)
    assert went.time_us / 1e6 == pytest.approx(6.9, abs=0.4)


def test_coming_into_the_picture_is_appearing_where_the_area_is_the_frame() -> None:
    (came,) = run((WALKER,), 12, "appearance_in_area")
    assert came.time_us / 1e6 == pytest.approx(3.2, abs=0.5)


def test_one_who_vanishes_inside_disappears() -> None:
    (went,) = run((COMES,), 14, "disappearance_in_area", zones=[MIDDLE])
    assert went.time_us / 1e6 == pytest.approx(6, abs=0.6)


@pytest.mark.parametrize(
    ("line", "direction"),
    [
        ([[0.5, 0], [0.5, 1]], "backward"),  # down the picture: the right hand is on the left
        ([[0.5, 1], [0.5, 0]], "forward"),
    ],
)
def test_a_line_is_crossed_in_a_direction(line: list[list[float]], direction: str) -> None:
    (crossed,) = run((WALKER,), 12, "line_crossing", lines=[line])
    assert (crossed.phase, crossed.direction) == (Phase.INSTANT, direction)
    assert crossed.time_us / 1e6 == pytest.approx(5.85, abs=0.25)
    other = {"forward": "backward", "backward": "forward"}[direction]
    assert run((WALKER,), 12, "line_crossing", lines=[line], direction=other) == []
    assert len(run((WALKER,), 12, "line_crossing", lines=[line], direction=direction)) == 1


def test_a_line_beside_the_way_is_not_crossed() -> None:
    assert run((WALKER,), 12, "line_crossing", lines=[[[0.5, 0], [0.5, 0.4]]]) == []


def test_sides_and_crossings_of_a_line() -> None:
    upright = ((0.5, 1.0), (0.5, 0.0))
    assert side(upright, (0.2, 0.5)) < 0 < side(upright, (0.8, 0.5))
    assert crossing(upright, (0.4, 0.5), (0.6, 0.5)) == pytest.approx(0.5)
    assert crossing(upright, (0.4, 0.5), (0.45, 0.5)) is None
    assert crossing(((0.5, 1.0), (0.5, 0.8)), (0.4, 0.5), (0.6, 0.5)) is None


BAG = Mover((170, 120), (0, 0), (16, 14), 225, enter_s=6, leave_s=40)


def test_a_left_thing_is_told_after_its_time_and_ends_when_it_is_taken() -> None:
    events = run((WALKER, BAG), 50, "abandoned_object", time_s=15, hold_s=1)
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    (_, began), (_, ended) = told(events)
    assert began == pytest.approx(21.5, abs=1)
    assert 39.5 < ended < 43


def test_a_thing_that_is_taken_away_is_not_a_left_one() -> None:
    stood = Mover((170, 120), (0, 0), (16, 14), 225, enter_s=0, leave_s=6)
    assert run((WALKER, stood), 30, "abandoned_object", time_s=15) == []


def test_a_left_thing_outside_the_area_or_taken_in_time_is_none() -> None:
    left_half = [[0, 0], [0.4, 0], [0.4, 1], [0, 1]]
    assert run((BAG,), 30, "abandoned_object", time_s=15, zones=[left_half]) == []
    assert run((BAG,), 30, "abandoned_object", time_s=30) == []


def test_more_than_so_many_objects_are_one_event() -> None:
    three = tuple(
        Mover((-20, 20 + 50 * row), (40, 0), (16, 34), (225, 15, 235)[row], enter_s=3)
        for row in range(3)
    )
    events = run(three, 15, "multiple_objects", count=2)
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    assert events[0].object_id is None
    assert run(three, 15, "multiple_objects", count=3) == []


def test_an_interruption_ends_what_lasts() -> None:
    chain = Chain([DetectorSettings("d1", "loitering", {"time_s": 0})])
    for shot in shots(SceneScript(movers=(COMES, STAYS)), 8):
        chain.frame(shot.luma, shot.time_us)
    ended = chain.gap(8_200_000)
    assert ended is not None
    assert [event.phase for event in ended.events] == [Phase.END]


def test_objects_keep_counting_after_an_interruption() -> None:
    chain = Chain([DetectorSettings("d1", "tracker")])
    seen: list[set[int]] = []
    for begin_us in (0, 100_000_000):
        numbers: set[int] = set()
        for shot in shots(SceneScript(movers=(WALKER,)), 7, begin_us):
            chain.frame(shot.luma, shot.time_us)
            numbers |= {one.id for one in chain.objects}
        seen.append(numbers)
    assert seen[0]
    assert seen[1]
    assert not seen[0] & seen[1]


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("loitering", {"time_s": -1}, "time_s"),
        ("stop_in_area", {"time_s": 3601}, "time_s"),
        ("abandoned_object", {"time_s": 14}, "time_s"),
        ("abandoned_object", {"sensitivity": 0}, "sensitivity"),
        ("line_crossing", {"direction": "up"}, "direction"),
        ("line_crossing", {"lines": [[[0, 0], [0, 0]]]}, "lines"),
        ("line_crossing", {"lines": [[[0, 0], [2, 0]]]}, "lines"),
        ("multiple_objects", {"count": 0}, "count"),
        ("motion_in_area", {"zones": [[[0, 0]]]}, "zones"),
        ("tracker", {"sensitivity": 101}, "sensitivity"),
    ],
)
def test_wrong_settings_are_named(kind: str, given: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Chain([DetectorSettings("d7", kind, given)])
    assert (caught.value.obj, caught.value.field) == ("d7", field)
