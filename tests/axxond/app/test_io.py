"""Sensors, relays and camera-side detectors, from a device's words to events."""

from __future__ import annotations

import asyncio

import pytest

from axxond.devices.control import DeviceEvent
from protocol.devicetypes import IoState
from protocol.errors import ProtocolError
from protocol.types import DeviceEventKind, ObjectKind, Phase
from tests.axxond.app.plant import Plant


def says(
    plant: Plant,
    kind: DeviceEventKind,
    source: str,
    active: bool | None,
    initial: bool = False,
) -> None:
    plant.device.happened.put_nowait(DeviceEvent(kind, source, active, 1, "", initial))


def states(plant: Plant) -> dict[str, bool | None]:
    return {one.object_id: one.active for one in plant.io.states()}


def phases(plant: Plant, detector: str) -> list[Phase]:
    return [one.phase for one in plant.fired if one.detector_id == detector]


async def test_a_new_sensor_has_the_state_that_the_device_told(plant: Plant) -> None:
    await plant.add("door", ObjectKind.SENSOR, input="in1")
    await plant.add("other", ObjectKind.SENSOR, input="in9")
    await plant.add("shut", ObjectKind.SENSOR, input="in1", normally_closed=True)
    assert states(plant) == {"door": False, "other": None, "shut": True}
    assert phases(plant, "shut") == [Phase.BEGIN]
    assert phases(plant, "door") == []


async def test_a_sensor_added_later_has_the_state_of_now(plant: Plant) -> None:
    """Also of an input that the device tells only the changes of."""
    await plant.add("first", ObjectKind.SENSOR, input="in1", debounce_ms=0)
    says(plant, DeviceEventKind.INPUT, "in9", True, initial=True)
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["first"])
    await plant.add("later", ObjectKind.SENSOR, input="in1")
    await plant.add("other", ObjectKind.SENSOR, input="in9")
    assert states(plant) == {"first": True, "later": True, "other": True}


async def test_what_was_heard_before_a_device_was_away_is_old(plant: Plant) -> None:
    await plant.add("first", ObjectKind.SENSOR, input="in1", debounce_ms=0)
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["first"])
    plant.device.away = True
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["first"] is None)
    plant.device.away = False
    await plant.until(lambda: states(plant)["first"] is False)
    await plant.add("later", ObjectKind.SENSOR, input="in1")
    assert states(plant)["later"] is False


async def test_a_relay_added_later_has_the_state_it_was_switched_to(plant: Plant) -> None:
    await plant.add("light", ObjectKind.RELAY, output="out1")
    plant.io.switched("light", True)
    await plant.add("same", ObjectKind.RELAY, output="out1")
    assert states(plant) == {"light": True, "same": True}


async def test_a_change_that_lasts_is_an_event(plant: Plant) -> None:
    await plant.add("door", ObjectKind.SENSOR, input="in1", debounce_ms=20)
    told: list[IoState] = []
    plant.io.listen(told.append)
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["door"])
    assert phases(plant, "door") == [Phase.BEGIN]
    assert [one.active for one in told] == [True]
    says(plant, DeviceEventKind.INPUT, "in1", False)
    await plant.until(lambda: states(plant)["door"] is False)
    assert phases(plant, "door") == [Phase.BEGIN, Phase.END]


async def test_bounce_is_no_event(plant: Plant) -> None:
    await plant.add("door", ObjectKind.SENSOR, input="in1", debounce_ms=100)
    for active in (True, False, True, False):
        says(plant, DeviceEventKind.INPUT, "in1", active)
    await asyncio.sleep(0.25)
    assert plant.fired == []


async def test_an_input_that_tells_instants_only_fires_at_each(plant: Plant) -> None:
    await plant.add("bell", ObjectKind.SENSOR, input="in1")
    says(plant, DeviceEventKind.INPUT, "in1", None)
    await plant.until(lambda: plant.fired)
    assert phases(plant, "bell") == [Phase.INSTANT]


async def test_other_inputs_and_outputs_are_not_heard(plant: Plant) -> None:
    await plant.add("door", ObjectKind.SENSOR, input="in1", debounce_ms=0)
    says(plant, DeviceEventKind.INPUT, "in2", True)
    says(plant, DeviceEventKind.OUTPUT, "in1", True)
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["door"])
    assert len(plant.fired) == 1


async def test_nothing_is_known_while_the_device_is_away(plant: Plant) -> None:
    await plant.add("door", ObjectKind.SENSOR, input="in1", debounce_ms=0)
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["door"])
    plant.device.away = True
    says(plant, DeviceEventKind.INPUT, "in1", False)
    await plant.until(lambda: states(plant)["door"] is None)
    assert phases(plant, "door") == [Phase.BEGIN, Phase.END]
    plant.device.away = False
    await plant.until(lambda: states(plant)["door"] is False)


async def test_a_subscription_that_breaks_makes_no_event(plant: Plant) -> None:
    """What the device said when it connected is older than the events since."""
    await plant.add("door", ObjectKind.SENSOR, input="in1", debounce_ms=0)
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["door"])
    keeper = plant.runtime.keepers["gate"]
    keeper.subscribed(False)
    keeper.subscribed(True)
    await asyncio.sleep(0.02)
    assert phases(plant, "door") == [Phase.BEGIN]


async def test_a_removed_or_disabled_sensor_ends_what_it_began(plant: Plant) -> None:
    await plant.add("door", ObjectKind.SENSOR, input="in1", debounce_ms=0)
    says(plant, DeviceEventKind.INPUT, "in1", True)
    await plant.until(lambda: states(plant)["door"])
    await plant.alter("door", enabled=False)
    assert phases(plant, "door") == [Phase.BEGIN, Phase.END]
    assert states(plant) == {}


async def camera_side(plant: Plant, **properties: object) -> None:
    given = {"type": "camera_side", "hold_s": 0.05, **properties}
    await plant.add("own", ObjectKind.DETECTOR, **given)


async def test_what_the_camera_notices_is_held_and_ends(plant: Plant) -> None:
    await camera_side(plant)
    says(plant, DeviceEventKind.MOTION, "rule1", True)
    await plant.until(lambda: phases(plant, "own"))
    says(plant, DeviceEventKind.MOTION, "rule1", False)
    says(plant, DeviceEventKind.MOTION, "rule1", True)  # within the hold time: the same event
    await asyncio.sleep(0.15)
    assert phases(plant, "own") == [Phase.BEGIN]
    says(plant, DeviceEventKind.MOTION, "rule1", False)
    await plant.until(lambda: len(phases(plant, "own")) == 2)
    assert phases(plant, "own") == [Phase.BEGIN, Phase.END]


async def test_only_the_chosen_kinds_and_rule_count(plant: Plant) -> None:
    await camera_side(plant, camera_events=["tamper"], source="lens")
    says(plant, DeviceEventKind.MOTION, "lens", True)
    says(plant, DeviceEventKind.TAMPER, "other", True)
    says(plant, DeviceEventKind.TAMPER, "lens", False, initial=True)
    says(plant, DeviceEventKind.TAMPER, "lens", True)
    await plant.until(lambda: plant.fired)
    assert phases(plant, "own") == [Phase.BEGIN]


async def test_a_relay_goes_on_for_its_time_and_off_again(plant: Plant) -> None:
    await plant.add("lamp", ObjectKind.RELAY, output="out1")
    await plant.relays.switch("lamp", True, 0.05, "ann", "10.0.0.9")
    assert states(plant)["lamp"] is True
    assert plant.device.description.outputs[0].active
    await plant.until(lambda: not plant.device.description.outputs[0].active)
    await plant.until(lambda: len(plant.told("relay.switched")) == 2)
    on, off = plant.told("relay.switched")
    assert (on.text, on.user, on.address) == ("Switched on for 0.05 s", "ann", "10.0.0.9")
    assert "time was over" in off.text


async def test_switching_again_begins_its_time_anew(plant: Plant) -> None:
    await plant.add("lamp", ObjectKind.RELAY, output="out1", pulse_s=0.1)
    await plant.relays.switch("lamp", True, 0.0)
    await plant.relays.switch("lamp", True, 60.0)
    await asyncio.sleep(0.2)
    assert plant.device.description.outputs[0].active


async def test_a_relay_that_is_normally_closed_is_on_while_its_output_is_not(
    plant: Plant,
) -> None:
    await plant.add("lamp", ObjectKind.RELAY, output="out1", normally_closed=True)
    assert states(plant)["lamp"] is True
    await plant.relays.switch("lamp", False, 0)
    assert plant.device.description.outputs[0].active
    assert states(plant)["lamp"] is False


async def test_what_is_on_for_a_time_goes_off_when_the_server_ends(plant: Plant) -> None:
    await plant.add("lamp", ObjectKind.RELAY, output="out1")
    await plant.relays.switch("lamp", True, 600)
    await plant.relays.close()
    assert not plant.device.description.outputs[0].active


async def test_a_response_that_fails_is_an_event(plant: Plant) -> None:
    await plant.add("lamp", ObjectKind.RELAY, output="out1")
    plant.device.away = True
    plant.relays.respond("lamp", True, 5)
    await plant.until(lambda: plant.told("relay.failed"))
    assert "could not be switched on" in plant.told("relay.failed")[0].text


async def test_there_is_no_such_relay(plant: Plant) -> None:
    with pytest.raises(ProtocolError, match="no such relay"):
        await plant.relays.switch("gate", True, 0)
