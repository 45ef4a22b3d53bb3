from __future__ import annotations

import pytest

from axxon_client.net.states import CHANGES, IllegalChangeError, LinkPhase, LinkState, change


def test_every_state_has_a_row_and_can_be_left() -> None:
    assert set(CHANGES) == set(LinkPhase)
    assert all(CHANGES.values())


def test_every_busy_state_can_be_closed() -> None:
    for phase in set(LinkPhase) - {LinkPhase.OFFLINE}:
        assert LinkPhase.OFFLINE in CHANGES[phase]


def test_a_change_outside_the_table_is_a_bug() -> None:
    with pytest.raises(IllegalChangeError, match="offline -> ready"):
        change(LinkState(LinkPhase.OFFLINE), LinkState(LinkPhase.READY))
