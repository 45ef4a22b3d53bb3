"""Who steers, and what a PTZ camera does while nobody does."""

from __future__ import annotations

from axxond.base.units import SECOND_US
from axxond.devices.turns import GoHome, GoTo, Rounds, Stop, Turns

RELEASE_US = 15 * SECOND_US


def test_one_user_steers_until_released() -> None:
    turns = Turns()
    assert turns.take("ann", 50, 0, RELEASE_US) == ""
    assert turns.take("bob", 50, SECOND_US, RELEASE_US) == "ann"
    assert turns.take("ann", 50, 10 * SECOND_US, RELEASE_US) == ""
    assert turns.take("bob", 50, 24 * SECOND_US, RELEASE_US) == "ann"
    assert turns.take("bob", 50, 25 * SECOND_US, RELEASE_US) == ""


def test_a_higher_priority_takes_it_away_and_keeps_it() -> None:
    turns = Turns()
    turns.take("guard", 50, 0, RELEASE_US)
    assert turns.take("chief", 60, 1, RELEASE_US) == ""
    assert turns.take("guard", 50, 2, RELEASE_US) == "chief"


def test_only_the_holder_gives_it_back() -> None:
    turns = Turns()
    turns.take("ann", 50, 0, RELEASE_US)
    turns.release("bob")
    assert turns.holder(1) is not None
    turns.release("ann")
    assert turns.holder(2) is None


def patrol() -> Rounds:
    stops = (Stop("door", 10 * SECOND_US), Stop("till", 20 * SECOND_US))
    rounds = Rounds(stops, 0, 0)
    rounds.patrolling = True
    return rounds


def went(rounds: Rounds, begin_s: int, end_s: int) -> list[tuple[int, str]]:
    """(second, preset) for a tick a second."""
    found = []
    for second in range(begin_s, end_s):
        what = rounds.due(second * SECOND_US, held=False)
        if isinstance(what, GoTo):
            found.append((second, what.preset))
    return found


def test_a_patrol_stays_at_each_stop_for_its_time() -> None:
    expected = [(0, "door"), (10, "till"), (30, "door"), (40, "till")]
    assert went(patrol(), 0, 60) == expected


def test_steering_interrupts_a_patrol_which_goes_on_with_the_same_stop() -> None:
    rounds = patrol()
    assert went(rounds, 0, 12) == [(0, "door"), (10, "till")]
    rounds.steered(12 * SECOND_US)
    assert rounds.due(13 * SECOND_US, held=True) is None
    assert went(rounds, 27, 30) == [(27, "till")]


def test_home_once_after_idleness() -> None:
    rounds = Rounds((), 30 * SECOND_US, 0)
    assert rounds.due(100 * SECOND_US, held=False) is None, "nobody has moved it"
    rounds.steered(100 * SECOND_US)
    assert rounds.due(120 * SECOND_US, held=True) is None
    assert rounds.due(149 * SECOND_US, held=False) is None
    assert rounds.due(150 * SECOND_US, held=False) == GoHome()
    assert rounds.due(200 * SECOND_US, held=False) is None


def test_without_a_wish_it_stays_where_it_is() -> None:
    rounds = Rounds((), 0, 0)
    rounds.steered(0)
    assert rounds.due(1 << 50, held=False) is None
