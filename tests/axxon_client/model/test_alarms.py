from __future__ import annotations

from typing import Any

from attrs import evolve

from axxon_client.model.alarms import RECORD_ROLE, AlarmCriteria, AlarmFilter, AlarmModel
from protocol.types import AlarmRecord, AlarmState
from tests.fakes.requester import NOW_US


def alarm(number: int, **fields: Any) -> AlarmRecord:
    made = AlarmRecord(
        f"a{number}",
        f"camera{number % 2}",
        f"Door {number % 2}",
        "detector.motion",
        NOW_US + number * 1_000_000,
        None,
        AlarmState.PENDING,
    )
    return evolve(made, **fields)


def ids(model: AlarmModel | AlarmFilter) -> list[str]:
    return [model.index(n, 0).data(RECORD_ROLE).id for n in range(model.rowCount())]


def test_newest_alarms_come_first_whatever_the_order_of_arrival() -> None:
    model = AlarmModel()
    for number in (2, 1, 3):
        model.update(alarm(number))
    assert ids(model) == ["a3", "a2", "a1"]


def test_only_new_pending_alarms_are_raised() -> None:
    model = AlarmModel()
    raised: list[AlarmRecord] = []
    altered: list[AlarmRecord] = []
    model.raised.connect(raised.append)
    model.altered.connect(altered.append)
    model.load([alarm(1)])
    model.update(alarm(1, taken_by="guard"))
    model.update(alarm(2))
    model.update(alarm(3, state=AlarmState.FALSE))
    assert [a.id for a in raised] == ["a2"]
    assert [a.id for a in altered] == ["a1"]


def test_those_that_others_took_do_not_wait_for_me() -> None:
    model = AlarmModel()
    model.user = "me"
    counts: list[int] = []
    model.waiting_changed.connect(counts.append)
    model.load([alarm(1), alarm(2)])
    model.update(alarm(1, taken_by="other"))
    model.update(alarm(2, taken_by="me"))
    model.update(alarm(2, state=AlarmState.CONFIRMED))
    assert counts == [2, 1, 0]
    assert model.waiting == 0


def test_the_filter_looks_at_state_camera_and_text() -> None:
    model = AlarmModel()
    model.load([alarm(1), alarm(2), alarm(3, state=AlarmState.FALSE, comment="a cat")])
    shown = AlarmFilter(model)
    assert ids(shown) == ["a3", "a2", "a1"]
    shown.set_criteria(AlarmCriteria(frozenset({AlarmState.PENDING})))
    assert ids(shown) == ["a2", "a1"]
    shown.set_criteria(AlarmCriteria(camera="camera1"))
    assert ids(shown) == ["a3", "a1"]
    shown.set_criteria(AlarmCriteria(phrase="CAT"))
    assert ids(shown) == ["a3"]
    shown.set_criteria(AlarmCriteria(phrase="motion"))
    assert len(ids(shown)) == 3


def test_the_active_alarm_of_a_camera_is_its_newest_pending_one() -> None:
    model = AlarmModel()
    model.load([alarm(1), alarm(3), alarm(5, state=AlarmState.FALSE)])
    found = model.active_on("camera1")
    assert found is not None
    assert found.id == "a3"
    assert model.active_on("nobody") is None
