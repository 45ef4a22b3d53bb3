from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.trajectories import block
from axxond.trajectories.block import Block, DamagedBlockError
from axxond.trajectories.points import POINT, Flag, Points, array
from tests.axxond.trajectories.tracks import T0, some

U16 = st.integers(0, 65_535)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 10**9).map(lambda ms: T0 + 1000 * ms),
        st.integers(1, 4), U16, U16, U16, U16, U16, U16, st.integers(0, 31),
    ),
    min_size=1, max_size=60,
)  # fmt: skip


def parsed(data: bytes) -> Block:
    header = block.read_header(data[: block.HEADER_BYTES])
    at = block.HEADER_BYTES + block.where_bytes(header)
    where = block.read_where(header, data[block.HEADER_BYTES : at])
    return Block(header, where, block.read_what(header, data[at:]))


def ordered(points: Points) -> Points:
    return points[np.argsort(points["object"], kind="stable")]


@given(ROWS)
def test_points_come_back_by_object_as_they_were(rows: list[tuple[int, ...]]) -> None:
    points = array(sorted(rows))  # type: ignore[arg-type,type-var]
    made = block.build(points, through=5, next_object=9)
    again = parsed(block.encode(made))
    assert (again.points == ordered(points)).all()
    assert (int(again.header["through"]), int(again.header["next_object"])) == (5, 9)


@given(ROWS)
def test_the_summary_bounds_all_points(rows: list[tuple[int, ...]]) -> None:
    points = array(sorted(rows))  # type: ignore[arg-type,type-var]
    made = block.build(points)
    header = made.header
    assert (points["time_us"] >= header["first_us"]).all()
    assert (points["time_us"] <= header["last_us"]).all()
    for at, (low, high, name) in enumerate((("left", "right", "x"), ("top", "bottom", "y"))):
        assert header[low] == points[name].min()
        assert header[high] == points[name].max()
        bounds = made.where.bounds[2 * at : 2 * at + 2].T
        for number, (least, most) in zip(made.where.number, bounds, strict=True):
            mine = points[points["object"] == number][name]
            assert (least, most) == (mine.min(), mine.max())


@given(st.data())
def test_a_damaged_block_is_refused_not_believed(data: st.DataObject) -> None:
    whole = bytearray(block.encode(block.build(some(40))))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedBlockError):
        parsed(bytes(whole))
    with pytest.raises(DamagedBlockError):
        parsed(block.encode(block.build(some(40)))[:at])


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DamagedBlockError):
        parsed(data)


def test_a_block_takes_at_most_twenty_bytes_a_point() -> None:
    points = some(4000, objects=200)
    assert len(block.encode(block.build(points))) / len(points) <= 20


def test_only_who_may_go_on_is_carried_over() -> None:
    points = np.concatenate([some(10, 1, first=1), some(10, 1, first=2), some(10, 1, first=3)])
    points["flags"] = Flag.MOVED
    points["flags"][9] = Flag.END
    points["time_us"][10:20] -= 60_000_000
    (row,) = block.carried(points)
    assert row["object"] == 3
    assert row["flags"] == Flag.MOVED | Flag.REPEATED
    assert points["flags"][-1] == Flag.MOVED


def test_points_too_far_apart_are_refused() -> None:
    points = np.zeros(2, POINT)
    points["time_us"] = [0, 50 * 86_400 * 10**6]
    with pytest.raises(ValueError, match="49 days"):
        block.build(points)
