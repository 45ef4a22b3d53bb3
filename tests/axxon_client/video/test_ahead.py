from __future__ import annotations

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.video.ahead import MAX_BYTES, MAX_PICTURES, Ahead, Want


@frozen
class Shot:
    pts_us: int
    bytes: int = 1


def filled(target: int, *times: int, reverse: bool = False) -> Ahead[Shot]:
    ahead: Ahead[Shot] = Ahead()
    ahead.begin(target, reverse)
    for time in times:
        ahead.add(Shot(time))
    return ahead


def test_before_the_target_only_the_last_picture_counts() -> None:
    ahead = filled(35, 10, 20, 30, 40)
    assert ahead.due(35) == (Shot(30), 0)
    assert ahead.next_us == 40


def test_nothing_is_known_of_the_target_until_a_picture_behind_it() -> None:
    ahead = filled(35, 10, 20, 30)
    assert ahead.due(35) == (None, 0)
    assert ahead.want() is Want.PICTURES


def test_the_end_settles_what_is_seen_at_the_target() -> None:
    ahead = filled(35, 10, 20)
    ahead.add_end()
    assert ahead.due(35) == (Shot(20), 0)
    assert ahead.want() is Want.END


def test_late_pictures_are_counted_not_shown() -> None:
    ahead = filled(0, 10, 20, 30, 40)
    assert ahead.due(35) == (Shot(30), 2)
    assert ahead.due(35) == (None, 0)


def test_a_gap_lasts_until_its_end_is_reached() -> None:
    ahead = filled(0, 10)
    ahead.add_gap(100)
    ahead.add(Shot(100))
    assert ahead.due(10) == (Shot(10), 0)
    assert (ahead.want(), ahead.next_us) == (Want.GAP, 100)
    assert ahead.due(50) == (None, 0)
    assert ahead.due(100) == (Shot(100), 0)


def test_backwards_the_order_is_turned() -> None:
    ahead = filled(35, 50, 40, 30, 20, reverse=True)
    assert ahead.due(35) == (Shot(40), 0)
    assert ahead.due(30) == (Shot(30), 0)
    assert ahead.next_us == 20


def test_it_is_full_by_number_and_by_size() -> None:
    many = filled(0, *range(MAX_PICTURES))
    assert many.full
    large: Ahead[Shot] = Ahead()
    large.begin(0, False)
    large.add(Shot(1, MAX_BYTES))
    assert large.full
    large.due(1)
    assert not large.full


def test_beginning_anew_forgets_all() -> None:
    ahead = filled(0, 10, 20)
    ahead.begin(100, False)
    assert ahead.want() is Want.PICTURES
    assert not ahead.full


@given(
    st.lists(st.integers(0, 1000), min_size=1, unique=True),
    st.lists(st.integers(0, 1000), min_size=1),
    st.booleans(),
)
def test_what_is_shown_is_the_newest_that_is_due(
    times: list[int], moments: list[int], reverse: bool
) -> None:
    ordered = sorted(times, reverse=reverse)
    ahead = filled(1001 if reverse else 0, *ordered, reverse=reverse)
    shown = late = 0
    for moment in sorted(moments, reverse=reverse):
        picture, missed = ahead.due(moment)
        due = [t for t in ordered if (t >= moment if reverse else t <= moment)]
        late += missed
        if picture is not None:
            shown += 1
            assert picture.pts_us == due[-1]
        assert shown + late == len(due)


def test_its_reach_is_up_to_where_it_is_known_what_is_shown() -> None:
    ahead = filled(5)
    assert ahead.reach_us == 5
    ahead.add(Shot(10))
    ahead.add(Shot(20))
    assert ahead.reach_us == 20
    ahead.due(30)
    assert ahead.reach_us == 20
    ahead.add_gap(90)
    assert ahead.reach_us == 90
    ahead.add_end()
    assert ahead.reach_us is None


def test_deeper_it_takes_more() -> None:
    ahead = filled(0, *range(MAX_PICTURES))
    ahead.depth = 2 * MAX_PICTURES
    assert not ahead.full
