from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.line_crossing import crossing
from axxond.analytics.zones import Polygon, contains
from axxond.trajectories.points import place
from axxond.trajectories.search import InArea
from axxond.trajectories.store import Stored
from tests.axxond.trajectories.tracks import stored, walks

CORNER = st.tuples(st.floats(0, 1), st.floats(0, 1))
POLYGONS = st.lists(CORNER, min_size=3, max_size=6, unique=True).map(tuple)


def was_there(block: Stored, polygon: Polygon, number: int) -> bool:
    """The slow, obvious way."""
    assert block.made is not None
    rows = block.made.points
    way = [(place(row["x"]), place(row["y"])) for row in rows[rows["object"] == number]]
    edges = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return any(contains(polygon, *at) for at in way) or any(
        crossing(edge, one, other) is not None
        for edge in edges
        for one, other in itertools.pairwise(way)
    )


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), POLYGONS)
def test_who_was_in_an_area_is_found_as_by_looking_at_every_point(
    seed: int, polygon: Polygon
) -> None:
    (block,) = stored(walks(seed, 12))
    found = {
        int(number)
        for one in InArea(polygon).find([block])
        for number in one.block.where().number[one.runs]
    }
    numbers = {int(number) for number in block.where().number}
    assert found == {number for number in numbers if was_there(block, polygon, number)}


def test_who_only_went_through_between_two_points_was_there() -> None:
    (block,) = stored(walks(3, 1))
    where = block.where()
    assert where.places.shape[1] > 2
    where.places[:, :] = np.array([[20_000], [20_000]])
    where.places[0, 1:] = 40_000
    where.bounds[:, 0] = [20_000, 40_000, 20_000, 20_000]
    strip = ((0.4, 0.0), (0.41, 0.0), (0.41, 1.0), (0.4, 1.0))
    assert InArea(strip).runs(where).tolist() == [0]
