"""When a device that says nothing is asked, and when it is given up."""

from __future__ import annotations

from axxond.devices.onvif.silence import Silence

LONGEST_S = 60.0


def subscribed(silence: Silence, now_s: float = 0.0) -> Silence:
    """It has told its states."""
    silence.begin(now_s)
    silence.heard(now_s)
    return silence


def proven(silence: Silence) -> Silence:
    """It has told them on request, too."""
    assert subscribed(silence).must_ask(0.0), "at once, at first"
    silence.heard(0.0)
    return silence


def test_a_dropped_subscription_is_given_up_within_ten_seconds() -> None:
    silence, now_s = proven(Silence()), 0.0
    while not silence.is_dead:
        now_s += silence.wait_s(now_s, LONGEST_S)
        if silence.must_ask(now_s):
            assert silence.is_dead, "if the next pull brings nothing"
    assert now_s + silence.wait_s(now_s, LONGEST_S) < 9.0


def test_a_device_that_answers_is_asked_again_and_again_and_kept() -> None:
    silence, now_s = proven(Silence()), 0.0
    for _ in range(100):
        now_s += silence.wait_s(now_s, LONGEST_S)
        assert silence.must_ask(now_s)
        silence.heard(now_s)
        assert not silence.is_dead
    assert now_s < 800.0


def test_a_device_that_never_told_states_is_left_alone() -> None:
    silence = Silence()
    silence.begin(0.0)
    assert silence.wait_s(0.0, LONGEST_S) == LONGEST_S
    assert not silence.must_ask(1e6)


def test_a_device_that_never_answers_is_asked_less_often() -> None:
    silence = subscribed(Silence())
    assert silence.must_ask(0.0)
    silence.give_up()
    subscribed(silence, 10.0)
    assert not silence.must_ask(40.0)
    assert silence.must_ask(70.0)


def test_one_that_answered_before_it_dropped_us_is_asked_as_soon_again() -> None:
    silence = proven(Silence())
    for now_s in (10.0, 20.0, 30.0):
        assert silence.must_ask(now_s)
        silence.give_up()
        assert not subscribed(silence, now_s).must_ask(now_s + 1.0)


def test_a_pull_waits_no_longer_than_the_device_bears() -> None:
    assert subscribed(Silence()).wait_s(0.0, 1.0) == 1.0
