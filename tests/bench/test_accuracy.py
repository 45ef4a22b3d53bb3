"""The scores themselves, on cases that can be counted by hand."""

from __future__ import annotations

import pytest

from tests.bench.accuracy_dwells import cells, dwells
from tests.bench.accuracy_events import matched
from tests.bench.accuracy_tracks import overlap, score

HERE, THERE = (0.0, 0.0, 10.0, 20.0), (100.0, 0.0, 10.0, 20.0)


def test_overlap_is_intersection_over_union() -> None:
    assert overlap(HERE, HERE) == 1
    assert overlap(HERE, (5.0, 0.0, 10.0, 20.0)) == pytest.approx(1 / 3)
    assert overlap(HERE, THERE) == 0


def test_perfect_tracks_score_one() -> None:
    truth = [{1: HERE, 2: THERE}] * 10
    found = score(truth, [{7: HERE, 8: THERE}] * 10)
    assert (found.mota, found.idf1, found.switches) == (1, 1, 0)


def test_a_switch_a_miss_and_a_false_box_count() -> None:
    truth = [{1: HERE}] * 10
    ours = [{7: HERE}] * 5 + [{8: HERE}] * 4 + [{9: THERE}]
    found = score(truth, ours)
    assert (found.switches, found.missed, found.false) == (1, 1, 1)
    assert found.mota == pytest.approx(0.7)
    assert found.idf1 == pytest.approx(2 * 5 / 20)


def test_events_are_matched_one_to_one_in_their_direction() -> None:
    wanted = [(1.0, "forward"), (5.0, "forward"), (9.0, "backward")]
    found = [(1.2, "forward"), (1.3, "forward"), (5.1, "backward"), (9.0, "backward")]
    line = matched("clip", "line", wanted, found, 1.0)
    assert (line.true, line.false, line.missed) == (2, 2, 1)
    assert line.delay_s == pytest.approx(0.1)


def test_long_stays_in_a_cell_are_found_whoever_it_is_and_breaks_end_them() -> None:
    cell = cells(400, 400)["1/1 of 2x2"]
    stays = {1: range(2, 14), 2: [*range(5, 10), *range(12, 20)], 3: range(20)}
    truth = [
        {
            who: (300.0 if who == 3 else 50.0, 50.0, 20.0, 60.0)
            for who, at in stays.items()
            if n in at
        }
        for n in range(20)
    ]
    assert dwells(truth, cell, 1, 6) == [2, 12]
    assert dwells(truth, cell, 1, 10) == [2]
    assert dwells(truth, cell, 1, 11) == []
