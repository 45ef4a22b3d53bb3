"""A contact's bounce counts for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.base.units import MS_US
from axxond.devices.contact import Contact

DEBOUNCE_US = 50 * MS_US


@pytest.mark.parametrize("normally_closed", [False, True])
def test_what_is_known_first_counts_at_once(normally_closed: bool) -> None:
    contact = Contact(normally_closed, DEBOUNCE_US)
    assert contact.active is None
    assert contact.hear(True, 0)
    assert contact.active is not normally_closed


def test_a_change_counts_when_it_has_lasted() -> None:
    contact = Contact(False, DEBOUNCE_US)
    contact.hear(False, 0)
    assert not contact.hear(True, 1000)
    assert contact.due_us == 1000 + DEBOUNCE_US
    assert not contact.settle(DEBOUNCE_US)
    assert contact.settle(1000 + DEBOUNCE_US)
    assert contact.active is True
    assert contact.due_us is None


def test_bounce_is_nothing() -> None:
    contact = Contact(False, DEBOUNCE_US)
    contact.hear(False, 0)
    contact.hear(True, 1000)
    assert not contact.hear(False, 2000)
    assert contact.due_us is None
    assert not contact.settle(1_000_000)
    assert contact.active is False


def test_without_debounce_all_counts_at_once() -> None:
    contact = Contact(False, 0)
    contact.hear(False, 0)
    assert contact.hear(True, 1)
    assert contact.hear(False, 2)


def test_a_device_that_goes_away_leaves_nothing_known() -> None:
    contact = Contact(False, DEBOUNCE_US)
    contact.hear(True, 0)
    assert contact.hear(None, 1)
    assert contact.active is None
    assert not contact.hear(None, 2)


SAYINGS = st.lists(st.tuples(st.integers(1, 120), st.booleans()), min_size=1, max_size=40)


@given(sayings=SAYINGS, normally_closed=st.booleans())
def test_what_counts_is_the_last_state_that_lasted(
    sayings: list[tuple[int, bool]], normally_closed: bool
) -> None:
    """The oracle looks at the whole row of states at once."""
    contact = Contact(normally_closed, DEBOUNCE_US)
    at_us, heard = 0, []
    for wait_ms, closed in sayings:
        if contact.due_us is not None and contact.due_us <= at_us + wait_ms * MS_US:
            contact.settle(contact.due_us)
        at_us += wait_ms * MS_US
        contact.hear(closed, at_us)
        heard.append((at_us, closed is not normally_closed))
    end_us = at_us + DEBOUNCE_US
    if contact.due_us is not None:
        contact.settle(end_us)
    counts = heard[0][1]
    began_us, state = heard[0]
    for next_us, following in [*heard[1:], (end_us, None)]:
        if following is state:
            continue
        if next_us - began_us >= DEBOUNCE_US:
            counts = state
        began_us, state = next_us, following
    assert contact.active is counts
