"""The tracker on rendered scenes, where every object is known."""

from __future__ import annotations

from axxond.analytics.foreground import Foreground
from axxond.analytics.objects import TrackedObject
from axxond.analytics.plane import Plane
from axxond.analytics.tracker import Tracker, TrackerSettings
from tests.fakes.scene import Mover, SceneScript, shots

Frames = list[tuple[float, list[TrackedObject]]]

SIZE = (18, 44)


def run(
    script: SceneScript,
    seconds: float,
    settings: TrackerSettings | None = None,
    wall: tuple[int, int, int, int] | None = None,
) -> Frames:
    """The objects of each frame, with its time in seconds.  `wall`: left, top, right, bottom of
    what stands before all else."""
    plane = Plane.of(script.width, script.height)
    foreground = Foreground(plane)
    tracker = Tracker(plane, settings or TrackerSettings())
    frames = []
    for shot in shots(script, seconds):
        if wall is not None:
            left, top, right, bottom = wall
            shot.luma[top:bottom, left:right] = 120
        scene = foreground.feed(shot.luma, shot.time_us)
        frames.append((shot.time_us / 1e6, list(tracker.feed(scene))))
        for hole in tracker.holes:
            foreground.absorb(scene, hole)
    return frames


def numbers(frames: Frames, begin_s: float = 0, end_s: float = 1e9) -> set[int]:
    """Of the objects that have moved."""
    return {one.id for at, found in frames if begin_s <= at < end_s for one in found if one.moved}


def test_one_who_walks_through_keeps_one_number_and_is_then_forgotten() -> None:
    walker = Mover((-20, 70), (60, 0), SIZE, 190, enter_s=3)
    frames = run(SceneScript(movers=(walker,)), 12)
    assert len(numbers(frames)) == 1
    assert not frames[-1][1]
    speeds = [one.speed for at, found in frames if 5 <= at < 7 for one in found]
    assert all(abs(across - 60 / 320) < 0.03 and abs(down) < 0.03 for across, down in speeds)


def test_the_foot_and_the_box_lie_on_the_thing() -> None:
    walker = Mover((20, 60), (40, 10), SIZE, 190, enter_s=3)
    for at, found in run(SceneScript(movers=(walker,)), 8):
        if at < 4.5:
            continue
        (one,) = found
        left, top, right, bottom = walker.box(at) or (0, 0, 0, 0)
        assert abs(one.foot[0] * 320 - (left + right) / 2) < 3
        assert abs(one.foot[1] * 180 - bottom) < 3
        assert abs(one.box.w * 320 - (right - left)) < 6
        assert abs(one.box.h * 180 - (bottom - top)) < 6


def test_two_who_pass_each_other_keep_their_numbers() -> None:
    one = Mover((10, 60), (40, 0), SIZE, 215, enter_s=2.5)
    other = Mover((290, 70), (-40, 0), SIZE, 25, enter_s=2.5)
    frames = run(SceneScript(movers=(one, other)), 9)
    before = {o.id: o.foot[0] < 0.5 for o in dict(frames)[4.5] if o.moved}
    after = {o.id: o.foot[0] < 0.5 for o in dict(frames)[8.0] if o.moved}
    assert len(before) == 2
    assert after == {number: not left for number, left in before.items()}


def test_one_who_is_hidden_for_a_moment_keeps_its_number() -> None:
    walker = Mover((-20, 70), (50, 0), SIZE, 200, enter_s=3, leave_s=5.5)
    again = Mover((155, 70), (50, 0), SIZE, 200, enter_s=6.5)
    frames = run(SceneScript(movers=(walker, again)), 9)
    assert len(numbers(frames)) == 1
    assert [o.hidden for o in dict(frames)[6.0]] == [True]


def test_one_who_stands_still_is_told_so_and_stays_known() -> None:
    comes = Mover((-20, 70), (60, 0), SIZE, 190, enter_s=2, leave_s=5)
    stays = Mover((160, 70), (0, 0), SIZE, 190, enter_s=5)
    frames = run(SceneScript(movers=(comes, stays)), 90, TrackerSettings(idle_us=40_000_000))
    assert len(numbers(frames)) == 1
    (one,) = dict(frames)[88.0]
    assert 4.5 < one.still_us / 1e6 < 6.5


def test_a_thing_that_appears_and_never_moves_has_not_moved() -> None:
    left = Mover((160, 120), (0, 0), (16, 12), 220, enter_s=4)
    frames = run(SceneScript(movers=(left,)), 12)
    assert numbers(frames) == set()
    (one,) = frames[-1][1]
    assert not one.moved
    assert 4 <= one.still_us / 1e6 < 5


def test_what_is_not_seen_to_go_on_does_not() -> None:
    glimpse = Mover((100, 70), (18, 0), SIZE, 190, enter_s=3.001, leave_s=3.501)
    assert numbers(run(SceneScript(movers=(glimpse,)), 6)) == set()
    longer = Mover((100, 70), (18, 0), SIZE, 190, enter_s=3.001, leave_s=3.801)
    assert len(numbers(run(SceneScript(movers=(longer,)), 6))) == 1


def test_the_hole_that_something_left_is_soon_forgotten() -> None:
    stood = Mover((150, 70), (0, 0), SIZE, 200, enter_s=0, leave_s=5)
    goes = Mover((150, 70), (50, 0), SIZE, 200, enter_s=5)
    frames = run(SceneScript(movers=(stood, goes)), 14)
    assert len(numbers(frames, 7.5)) == 1
    assert all(len(found) <= 1 for at, found in frames if at > 7.5)
    assert frames[-1][1] == []


def test_the_next_one_who_looks_like_who_left_a_hole_is_seen_there() -> None:
    movers = (
        Mover((150, 70), (0, 0), SIZE, 230, enter_s=0, leave_s=5),
        Mover((150, 70), (60, 0), SIZE, 230, enter_s=5),
        Mover((-20, 70), (50, 0), SIZE, 230, enter_s=14, leave_s=17.4),
        Mover((150, 70), (0, 0), SIZE, 230, enter_s=17.4),
    )
    frames = run(SceneScript(movers=movers), 21)
    assert [one.hidden for one in frames[-1][1]] == [False]
    assert numbers(frames, 20) == numbers(frames, 15.5, 17)


def test_fifty_objects_at_once_keep_their_numbers() -> None:
    movers = tuple(
        Mover((30 + 60 * column, 20 + 66 * row), (12, 0), (14, 34), 220 - 20 * (column % 3), 2.5)
        for row in range(5)
        for column in range(10)
    )
    script = SceneScript(width=640, height=360, movers=movers, background=(60, 110))
    frames = run(script, 7)
    assert len(numbers(frames, 4.5)) == 50


def test_size_limits_leave_things_out() -> None:
    walker = Mover((20, 60), (30, 0), SIZE, 190, enter_s=3)  # 1.4 % of the frame
    script = SceneScript(movers=(walker,))
    assert numbers(run(script, 6, TrackerSettings(min_size=2.5))) == set()
    assert numbers(run(script, 6, TrackerSettings(max_size=0.8))) == set()
    assert len(numbers(run(script, 6))) == 1


def test_noise_makes_no_objects() -> None:
    frames = run(SceneScript(noise=8, seed=3), 30, TrackerSettings(sensitivity=100))
    assert all(found == [] for _, found in frames)


def test_one_who_walks_behind_a_wall_keeps_his_foot_and_his_size() -> None:
    walker = Mover((10, 60), (50, 0), SIZE, 190, enter_s=2)
    hidden = 0
    for at, found in run(SceneScript(movers=(walker,)), 8, wall=(140, 82, 180, 130)):
        left, _, right, bottom = walker.box(at) or (0, 0, 0, 0)
        if not (left >= 140 and right <= 180):
            continue
        (one,) = found
        assert abs(one.foot[1] * 180 - bottom) < 4
        assert abs(one.box.h * 180 - SIZE[1]) < 6
        hidden += 1
    assert hidden >= 4


def test_two_who_meet_are_known_apart_and_where_they_are() -> None:
    pair = [Mover((60, 50), (20, 0), SIZE, 200, 2), Mover((238, 54), (-20, 0), SIZE, 40, 2)]
    frames = run(SceneScript(movers=tuple(pair)), 8)
    before, after = numbers(frames, 4, 5), numbers(frames, 6.6, 8)
    assert len(before) == 2
    assert after == before
    met_s = 6.2
    for at, found in frames:
        if not met_s - 0.6 <= at <= met_s:
            continue
        boxes = [mover.box(at) or (0, 0, 0, 0) for mover in pair]
        for one, (left, _, right, bottom) in zip(
            sorted(found, key=lambda one: one.id), boxes, strict=True
        ):
            assert abs(one.foot[0] * 320 - (left + right) / 2) < 5
            assert abs(one.foot[1] * 180 - bottom) < 5
