"""What detectors see becomes at most one alarm and one recording a camera."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxond.responses.engine import (
    REJOIN_US,
    Action,
    Conditions,
    EndAlarm,
    Engine,
    ExtendAlarm,
    GoToPreset,
    RaiseAlarm,
    Record,
    Responses,
    SwitchRelay,
    Trigger,
)
from protocol.types import Phase

MOTION = "detector.motion"
ALARMING = Conditions(armed=True, raises_alarm=True)
DISARMED = Conditions(armed=False, raises_alarm=True)
QUIET = Conditions(armed=True, raises_alarm=False)


def begin(detector: str = "d", camera: str = "c", at: int = 1) -> Trigger:
    return Trigger(detector, camera, MOTION, Phase.BEGIN, at)


def end(detector: str = "d", camera: str = "c", at: int = 2) -> Trigger:
    return Trigger(detector, camera, MOTION, Phase.END, at)


def test_motion_on_an_armed_camera_raises_an_alarm_and_records_until_it_ends() -> None:
    engine = Engine()
    assert engine.trigger(begin(), ALARMING) == [Record("c", True, 1), RaiseAlarm("c", MOTION, 1)]
    assert engine.trigger(end(), ALARMING) == [EndAlarm("c", 2), Record("c", False, 2)]


def test_disarmed_or_quiet_detectors_only_record() -> None:
    for conditions in (DISARMED, QUIET):
        engine = Engine()
        assert engine.trigger(begin(), conditions) == [Record("c", True, 1)]
        assert engine.trigger(end(), conditions) == [Record("c", False, 2)]


def test_two_detectors_make_one_alarm_that_ends_with_the_last() -> None:
    engine = Engine()
    engine.trigger(begin("a"), ALARMING)
    assert engine.trigger(begin("b"), ALARMING) == []
    assert engine.trigger(end("a"), ALARMING) == []
    assert engine.trigger(end("b", at=9), ALARMING) == [EndAlarm("c", 9), Record("c", False, 9)]


def test_the_alarm_ends_when_only_quiet_detectors_go_on() -> None:
    engine = Engine()
    engine.trigger(begin("quiet"), QUIET)
    engine.trigger(begin("loud"), ALARMING)
    assert engine.trigger(end("loud"), ALARMING) == [EndAlarm("c", 2)]


def test_cameras_do_not_mix() -> None:
    engine = Engine()
    engine.trigger(begin(camera="c"), ALARMING)
    assert engine.trigger(begin(camera="e"), ALARMING) == [
        Record("e", True, 1),
        RaiseAlarm("e", MOTION, 1),
    ]


def test_disarming_ends_the_alarm_but_not_the_recording() -> None:
    engine = Engine()
    engine.trigger(begin(), ALARMING)
    assert engine.disarmed("c", 5) == [EndAlarm("c", 5)]
    assert engine.disarmed("c", 6) == []
    assert engine.trigger(end(), DISARMED) == [Record("c", False, 2)]


def test_arming_raises_an_alarm_for_what_is_seen_already() -> None:
    engine = Engine()
    engine.trigger(begin("quiet"), DISARMED)
    assert engine.armed("c", frozenset({"d"}), 5) == []
    engine.trigger(begin("d"), DISARMED)
    assert engine.armed("c", frozenset({"d"}), 5) == [RaiseAlarm("c", MOTION, 5)]
    assert engine.armed("c", frozenset({"d"}), 6) == []


def test_what_begins_soon_after_the_end_extends_the_alarm() -> None:
    engine = Engine()
    engine.trigger(begin(), ALARMING)
    engine.trigger(end(at=100), ALARMING)
    assert engine.trigger(begin("other", at=100 + REJOIN_US), ALARMING) == [
        Record("c", True, 100 + REJOIN_US),
        ExtendAlarm("c", MOTION, 100 + REJOIN_US),
    ]
    engine.trigger(end("other", at=200 + REJOIN_US), ALARMING)
    later_us = 201 + 2 * REJOIN_US
    assert engine.trigger(begin(at=later_us), ALARMING)[1:] == [RaiseAlarm("c", MOTION, later_us)]


def test_an_instant_begins_and_ends_at_once() -> None:
    instant = Trigger("d", "c", "x", Phase.INSTANT, 7)
    assert Engine().trigger(instant, ALARMING) == [
        Record("c", True, 7),
        RaiseAlarm("c", "x", 7),
        EndAlarm("c", 7),
        Record("c", False, 7),
    ]


def test_forgetting_a_camera_ends_everything_of_it() -> None:
    engine = Engine()
    engine.trigger(begin("a"), ALARMING)
    engine.trigger(begin("b"), QUIET)
    assert engine.forget("c", 9) == [EndAlarm("c", 9), Record("c", False, 9)]
    assert engine.forget("c", 10) == []


def test_an_end_without_a_begin_does_nothing() -> None:
    assert Engine().trigger(end(), ALARMING) == []


cameras, detectors = st.sampled_from("xy"), st.sampled_from("abc")
steps = st.one_of(
    st.tuples(st.just("trigger"), cameras, detectors, st.sampled_from(Phase), st.booleans()),
    st.tuples(st.just("arm"), cameras),
    st.tuples(st.just("disarm"), cameras),
    st.tuples(st.just("forget"), cameras),
)


@given(st.lists(steps, max_size=60))
def test_alarms_and_recordings_alternate_and_all_end(todo: list[tuple[object, ...]]) -> None:
    engine = Engine()
    armed = {"x": True, "y": True}
    actions: list[Action] = []
    for at, step in enumerate(todo):
        camera = str(step[1])
        if step[0] == "trigger":
            event = Trigger(f"{camera}{step[2]}", camera, MOTION, Phase(str(step[3])), at)
            actions += engine.trigger(event, Conditions(armed[camera], bool(step[4])))
        elif step[0] == "arm":
            armed[camera] = True
            actions += engine.armed(camera, frozenset({f"{camera}a"}), at)
        elif step[0] == "disarm":
            armed[camera] = False
            actions += engine.disarmed(camera, at)
        else:
            actions += engine.forget(camera, at)
    for camera in armed:
        actions += engine.forget(camera, 999)
        own = [action for action in actions if action.camera == camera]
        alarms = [type(action) for action in own if not isinstance(action, Record)]
        assert alarms[1::2] == [EndAlarm] * (len(alarms) // 2)
        assert set(alarms[::2]) <= {RaiseAlarm, ExtendAlarm}
        assert len(alarms) % 2 == 0
        recordings = [action.on for action in own if isinstance(action, Record)]
        assert recordings == [True, False] * (len(recordings) // 2)


def starting(phase: Phase, responses: Responses, detector: str = "d", at: int = 1) -> Trigger:
    return Trigger(detector, "c", MOTION, phase, at, responses)


SILENT = Conditions(armed=False, raises_alarm=False, records=False)


def test_a_relay_with_a_time_is_switched_on_once_and_left_to_its_time() -> None:
    engine, wanted = Engine(), Responses("lamp", 5.0)
    assert engine.trigger(starting(Phase.BEGIN, wanted), SILENT) == [
        SwitchRelay("lamp", True, 5.0)
    ]
    assert engine.trigger(starting(Phase.END, wanted), SILENT) == []
    assert engine.trigger(starting(Phase.INSTANT, wanted), SILENT) == [
        SwitchRelay("lamp", True, 5.0)
    ]


def test_a_relay_without_a_time_stays_on_until_the_last_that_holds_it_ends() -> None:
    engine, wanted = Engine(), Responses("lamp")
    engine.trigger(starting(Phase.BEGIN, wanted, "a"), SILENT)
    engine.trigger(starting(Phase.BEGIN, wanted, "b"), SILENT)
    assert engine.trigger(starting(Phase.END, wanted, "a"), SILENT) == []
    assert engine.trigger(starting(Phase.END, wanted, "b"), SILENT) == [SwitchRelay("lamp", False)]
    assert engine.trigger(starting(Phase.INSTANT, wanted), SILENT) == [], "nothing would end it"


def test_a_preset_is_gone_to_when_it_begins() -> None:
    engine, wanted = Engine(), Responses(telemetry="t", preset="p1")
    assert engine.trigger(starting(Phase.BEGIN, wanted), SILENT) == [GoToPreset("t", "p1")]
    assert engine.trigger(starting(Phase.END, wanted), SILENT) == []
    assert engine.trigger(starting(Phase.BEGIN, Responses(telemetry="t")), SILENT) == []


def test_a_sensor_that_records_nothing_leaves_a_detectors_recording_alone() -> None:
    engine = Engine()
    engine.trigger(begin("sensor"), SILENT)
    assert engine.trigger(begin("d"), QUIET) == [Record("c", True, 1)]
    assert engine.trigger(end("d"), QUIET) == [Record("c", False, 2)]
    assert engine.trigger(end("sensor"), SILENT) == []


def test_detectors_that_stop_end_nothing_of_a_sensors() -> None:
    engine = Engine()
    engine.trigger(begin("sensor"), ALARMING)
    engine.trigger(begin("d"), ALARMING)
    assert engine.forget("c", 5, frozenset({"sensor"})) == []
    assert engine.trigger(end("sensor", at=9), ALARMING) == [
        EndAlarm("c", 9),
        Record("c", False, 9),
    ]
