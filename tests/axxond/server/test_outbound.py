from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.server.credit import MAX_CREDIT_BYTES, Credit
from axxond.server.outbound import MAX_LIVE_BYTES, MAX_LIVE_LAG_US, Outbound

SECOND = 1_000_000
MB = 1 << 20


class Line:
    """A connection of which a test says how much has left."""

    def __init__(self) -> None:
        self.sent_bytes = 0
        self.left_bytes = 0

    @property
    def outbound_bytes(self) -> int:
        return self.sent_bytes - self.left_bytes


def test_a_line_that_keeps_up_has_no_lag() -> None:
    line = Line()
    outbound = Outbound(line)
    for now in range(0, 10 * SECOND, 40_000):
        line.sent_bytes += 100_000
        line.left_bytes = line.sent_bytes
        assert outbound.lag_us(now) == 0
        assert not outbound.must_skip(now)


def test_lag_is_the_age_of_the_oldest_byte_that_waits() -> None:
    """A line that carries half of what is sent is behind by half the time gone."""
    line = Line()
    outbound = Outbound(line)
    for now in range(0, 10 * SECOND + 1, 40_000):
        line.sent_bytes += 10_000
        line.left_bytes = line.sent_bytes // 2
        lag = outbound.lag_us(now)
        assert abs(lag - now / 2) < 250_000, now


def test_a_slow_line_skips_by_time_long_before_it_skips_by_size() -> None:
    line = Line()
    outbound = Outbound(line)
    now = 0
    while not outbound.must_skip(now):
        line.sent_bytes += 10_000
        line.left_bytes = line.sent_bytes // 2
        now += 40_000
    assert line.outbound_bytes < MAX_LIVE_BYTES / 4
    assert now < 3 * MAX_LIVE_LAG_US


def test_a_flood_skips_by_size_at_once() -> None:
    line = Line()
    outbound = Outbound(line)
    line.sent_bytes = MAX_LIVE_BYTES
    assert not outbound.must_skip(0)
    line.sent_bytes += 1
    assert outbound.must_skip(0)
    assert not outbound.may_resume()
    line.left_bytes = line.sent_bytes
    assert outbound.may_resume()


@given(st.lists(st.tuples(st.integers(0, MB), st.integers(0, MB), st.integers(0, SECOND))))
def test_lag_is_never_more_than_the_time_gone(steps: list[tuple[int, int, int]]) -> None:
    line = Line()
    outbound = Outbound(line)
    now = 0
    for sent, left, pause in steps:
        now += pause
        line.sent_bytes += sent
        line.left_bytes = min(line.sent_bytes, line.left_bytes + left)
        lag = outbound.lag_us(now)
        assert 0 <= lag <= now
        assert line.outbound_bytes or lag == 0


async def test_credit_is_spent_while_there_is_any() -> None:
    credit = Credit(10)
    await credit.spend(4)
    await credit.spend(100)  # a packet larger than what is left
    assert credit.left_bytes == -94
    credit.grant(94)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(credit.spend(1), 0)
    credit.grant(1)
    await credit.spend(1)
    assert credit.left_bytes == 0


def test_credit_has_a_bound() -> None:
    credit = Credit(1 << 40)
    assert credit.left_bytes == MAX_CREDIT_BYTES
    credit.grant(1 << 40)
    assert credit.left_bytes == MAX_CREDIT_BYTES
