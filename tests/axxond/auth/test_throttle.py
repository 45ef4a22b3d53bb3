"""Guessing gets slow, honest users hardly wait, the table stays small."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxond.auth.throttle import MAX_ENTRIES, Throttle

SECOND = 1_000_000
MINUTE = 60 * SECOND


def failures(throttle: Throttle, count: int, user: str = "bob", address: str = "10.0.0.1") -> None:
    for _time in range(count):
        throttle.failed(user, address, 0)


def test_a_few_mistakes_cost_nothing() -> None:
    throttle = Throttle()
    failures(throttle, 4)
    assert throttle.wait_us("bob", "10.0.0.1", 0) == 0


def test_the_wait_doubles_up_to_five_minutes() -> None:
    throttle = Throttle()
    failures(throttle, 4)
    waits = []
    for _count in range(13):
        failures(throttle, 1)
        waits.append(throttle.wait_us("bob", "10.0.0.1", 0) // SECOND)
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 300
    assert waits == sorted(waits)


def test_the_wait_passes_and_old_failures_are_forgotten() -> None:
    throttle = Throttle()
    failures(throttle, 6)
    assert throttle.wait_us("bob", "10.0.0.1", 0) == 2 * SECOND
    assert throttle.wait_us("bob", "10.0.0.1", 2 * SECOND) == 0
    assert throttle.wait_us("bob", "10.0.0.1", 16 * MINUTE) == 0
    throttle.failed("bob", "10.0.0.1", 16 * MINUTE)
    assert throttle.wait_us("bob", "10.0.0.1", 16 * MINUTE) == 0


def test_another_user_or_address_does_not_wait() -> None:
    throttle = Throttle()
    failures(throttle, 10)
    assert throttle.wait_us("eve", "10.0.0.1", 0) == 0
    assert throttle.wait_us("bob", "10.0.0.2", 0) == 0
    assert throttle.wait_us("BOB", "10.0.0.1", 0) > 0


def test_guessing_with_many_names_slows_the_address() -> None:
    throttle = Throttle()
    for number in range(25):
        throttle.failed(f"user{number}", "10.0.0.1", 0)
    assert throttle.wait_us("fresh", "10.0.0.1", 0) > 0
    assert throttle.wait_us("fresh", "10.0.0.2", 0) == 0


def test_guessing_from_many_addresses_slows_the_user_but_locks_nobody_out() -> None:
    throttle = Throttle()
    for number in range(2000):
        throttle.failed("bob", f"10.0.{number // 256}.{number % 256}", 0)
    assert 0 < throttle.wait_us("bob", "192.0.2.1", 0) <= 10 * SECOND


def test_success_forgets_the_users_mistakes_here() -> None:
    throttle = Throttle()
    failures(throttle, 4)
    throttle.succeeded("Bob", "10.0.0.1")
    failures(throttle, 4)
    assert throttle.wait_us("bob", "10.0.0.1", 0) == 0


def test_one_ipv6_host_is_one_address() -> None:
    throttle = Throttle()
    for number in range(25):
        throttle.failed(f"user{number}", f"2001:db8::{number:x}", 0)
    assert throttle.wait_us("fresh", "2001:db8::ffff", 0) > 0
    assert throttle.wait_us("fresh", "2001:db8:0:1::1", 0) == 0
    failures(throttle, 25, "bob", "::ffff:10.0.0.9")
    assert throttle.wait_us("bob", "10.0.0.9", 0) > 0


def test_a_clock_set_back_locks_nobody_out() -> None:
    throttle = Throttle()
    for _time in range(30):
        throttle.failed("bob", "10.0.0.1", 100 * MINUTE)
    assert throttle.wait_us("bob", "10.0.0.1", 0) == 0


def test_the_table_is_bounded() -> None:
    throttle = Throttle()
    for number in range(MAX_ENTRIES // 2):
        throttle.failed(f"user{number}", f"address{number}", number)
    assert len(throttle) == MAX_ENTRIES


attempts = st.tuples(
    st.sampled_from("ab"), st.sampled_from("xy"), st.booleans(), st.integers(0, 400 * SECOND)
)


@given(st.lists(attempts, max_size=60))
def test_nobody_ever_waits_longer_than_five_minutes(
    steps: list[tuple[str, str, bool, int]],
) -> None:
    throttle, now_us = Throttle(), 0
    for user, address, good, step_us in steps:
        now_us += step_us
        assert 0 <= throttle.wait_us(user, address, now_us) <= 5 * MINUTE
        if good:
            throttle.succeeded(user, address)
        else:
            throttle.failed(user, address, now_us)
