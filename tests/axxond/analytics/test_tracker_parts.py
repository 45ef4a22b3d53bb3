"""Who is seen in parts, comes in part by part, or walks to where something lies."""

from __future__ import annotations

from attrs import evolve

from tests.axxond.analytics.test_tracker import numbers, run
from tests.fakes.scene import Mover, SceneScript


def test_a_body_and_legs_that_are_seen_later_are_one() -> None:
    body = Mover((20, 40), (25, 0), (24, 36), 200, enter_s=3)
    legs = Mover((96, 81), (25, 0), (16, 24), 200, enter_s=6)
    frames = run(SceneScript(movers=(body, legs)), 11)
    assert len(numbers(frames, 8)) == 1
    for at, found in frames:
        if at >= 9:
            (one,) = found
            assert abs(one.box.h * 180 - 65) < 8


def test_one_far_above_another_is_another() -> None:
    upper = Mover((20, 20), (25, 0), (24, 36), 200, enter_s=3)
    lower = Mover((98, 90), (25, 0), (20, 36), 200, enter_s=6)
    frames = run(SceneScript(movers=(upper, lower)), 11)
    assert len(numbers(frames, 8)) == 2


def test_who_comes_in_piece_by_piece_is_one() -> None:
    pieces = (
        Mover((-30, 50), (60, 0), (30, 12), 200, enter_s=3),
        Mover((-30, 100), (60, 0), (30, 12), 200, enter_s=3),
        Mover((-54, 50), (60, 0), (25, 62), 200, enter_s=3),
    )
    frames = run(SceneScript(movers=pieces), 7)
    assert len(numbers(frames, 4.5)) == 1
    assert all(len(found) == 1 for at, found in frames if at >= 4.5)


def test_who_comes_in_from_below_has_moved_before_his_feet_are_seen() -> None:
    tall = Mover((140, 185), (0, -60), (50, 160), 200, enter_s=3)
    frames = dict(run(SceneScript(movers=(tall,)), 6.5))
    assert [one.moved for one in frames[4.6]] == [True]
    (one,) = frames[6.3]
    assert abs(one.box.h * 180 - 160) < 24


def test_what_lay_still_and_then_goes_is_as_old_as_its_way() -> None:
    lies = Mover((100, 100), (0, 0), (18, 20), 200, enter_s=3, leave_s=9)
    goes = Mover((100, 100), (30, 0), (18, 20), 200, enter_s=9)
    frames = run(SceneScript(movers=(lies, goes)), 13)
    ages = {one.born_us / 1e6 for at, found in frames if at > 11 for one in found if one.moved}
    assert len(ages) == 1
    assert 7.5 <= ages.pop() <= 9.5


def test_who_walks_to_where_a_small_one_stands_keeps_his_own_number() -> None:
    small = Mover((74, 100), (10, 0), (14, 16), 200, enter_s=3, leave_s=10.6)
    stands = Mover((150, 100), (0, 0), (14, 16), 200, enter_s=10.6)
    comes = Mover((-40, 60), (50, 0), (40, 70), 40, enter_s=9, leave_s=12.6)
    stays = Mover((140, 60), (0, 0), (40, 70), 40, enter_s=12.6)
    frames = run(SceneScript(movers=(small, stands, comes, stays)), 18)
    first = numbers(frames, 7, 8)
    second = numbers(frames, 10.5, 11.5) - first
    assert len(first) == len(second) == 1
    large = {one.id for at, found in frames if at >= 16 for one in found if one.box.w * 320 > 30}
    assert large == second


def _wide(parted_until_s: float) -> tuple[Mover, ...]:
    """As wide as two people: to the right at 130 pixels a second from 3 s on, at 30 from 4 s on;
    after 4.1 s with a gap between two heads."""

    def part(left: int, top: int, size: tuple[int, int]) -> list[Mover]:
        quick = Mover((left, top), (130, 0), size, 200, enter_s=3, leave_s=4)
        return [quick, Mover((left + 130, top), (30, 0), size, 200, enter_s=4)]

    quick, slow = part(36, 60, (14, 30))
    later = evolve(slow, at=(166 + 30 * (parted_until_s - 4), 60), enter_s=parted_until_s)
    rest = part(20, 60, (18, 50)) + part(48, 60, (18, 50)) + part(36, 88, (14, 22))
    return *rest, quick, evolve(slow, leave_s=4.15), later


def test_one_that_looks_like_two_for_a_moment_is_one() -> None:
    frames = run(SceneScript(movers=_wide(4.25)), 8)
    assert len(numbers(frames)) == 1


def test_one_that_goes_on_to_look_like_two_is_two() -> None:
    frames = run(SceneScript(movers=_wide(9)), 8)
    assert len(numbers(frames, 6)) == 2
