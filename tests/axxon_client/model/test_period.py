"""Marks on the time line: never the wrong way round."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxon_client.model.period import LEAST_US, MarkedPeriod

times = st.integers(0, 10**13)
marks = st.sampled_from(["with_begin", "with_end"])
ends = st.sampled_from(["begin", "end"])


@given(st.lists(st.one_of(st.tuples(marks, times), st.tuples(ends, times)), max_size=8))
def test_whatever_is_marked_and_dragged_the_end_stays_behind_the_beginning(
    acts: list[tuple[str, int]],
) -> None:
    period = MarkedPeriod()
    for act, time_us in acts:
        if act in ("begin", "end"):
            period = period.dragged(act, time_us)
        else:
            period = getattr(period, act)(time_us)
        if period.whole is not None:
            assert period.whole[1] - period.whole[0] >= LEAST_US


@given(times, times)
def test_the_newest_mark_always_stands(one: int, other: int) -> None:
    assert MarkedPeriod().with_begin(one).with_end(other).end_us == other
    assert MarkedPeriod().with_end(one).with_begin(other).begin_us == other


def test_a_mark_on_the_wrong_side_begins_a_new_period() -> None:
    period = MarkedPeriod(1_000_000, 5_000_000)
    assert period.with_begin(6_000_000) == MarkedPeriod(6_000_000, None)
    assert period.with_end(500_000) == MarkedPeriod(None, 500_000)
    assert period.with_begin(2_000_000) == MarkedPeriod(2_000_000, 5_000_000)
