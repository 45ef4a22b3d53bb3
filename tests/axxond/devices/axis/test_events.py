"""Events of Axis devices, from messages that genuine devices sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.axis.events import catalogue, read
from axxond.devices.control import DeviceEvent
from protocol.types import DeviceEventKind

_K = DeviceEventKind
NOW_US = 1_700_000_000_000_000

# What each genuine message says: kind, source, active, channel, initial.
TOLD = {
    "audio_init": (_K.SOUND, "TriggerLevel", False, "1", True),
    "daynight_init": (_K.OTHER, "DayNightVision", True, "1", True),
    "fence_guard_init": (_K.ANALYTICS, "Camera1Profile1", False, "1", True),
    "global_scene_change": (_K.TAMPER, "ImagingService", False, "1", True),
    "light_status_changed_init": (_K.OTHER, "Status", True, "", True),
    "light_status_init": (_K.OTHER, "0", False, "", True),
    "loitering_guard_init": (_K.ANALYTICS, "Camera1Profile1", False, "1", True),
    "motion_guard_init": (_K.MOTION, "Camera1ProfileANY", False, "1", True),
    "object_analytics_any_change": (_K.ANALYTICS, "Device1Scenario1", True, "", False),
    "object_analytics_init": (_K.ANALYTICS, "Device1Scenario1", False, "", True),
    "pir_change": (_K.MOTION, "0", True, "", False),
    "pir_init": (_K.MOTION, "0", False, "", True),
    "port_0_init": (_K.INPUT, "1", False, "", True),
    "port_any_init": (_K.OTHER, "-1", False, "", True),
    "ptz_move_end": (_K.OTHER, "Channel_1", False, "1", False),
    "ptz_move_init": (_K.OTHER, "Channel_1", False, "1", True),
    "ptz_move_start": (_K.OTHER, "Channel_1", True, "1", False),
    "ptz_preset_at_1_false": (_K.OTHER, "1", False, "1", False),
    "ptz_preset_at_1_true": (_K.OTHER, "1", True, "1", False),
    "ptz_preset_at_2_false": (_K.OTHER, "2", False, "1", False),
    "ptz_preset_at_2_true": (_K.OTHER, "2", True, "1", False),
    "ptz_preset_at_3_false": (_K.OTHER, "3", False, "1", False),
    "ptz_preset_at_3_true": (_K.OTHER, "3", True, "1", False),
    "ptz_preset_init_1": (_K.OTHER, "1", True, "1", True),
    "ptz_preset_init_2": (_K.OTHER, "2", False, "1", True),
    "ptz_preset_init_3": (_K.OTHER, "3", False, "1", True),
    "relay_init": (_K.OUTPUT, "3", False, "", True),
    "rule_engine_region_detector_init": (_K.MOTION, "Profile 1V", False, "1", True),
    "storage_alert_init": (_K.OTHER, "NetworkShare", False, "", True),
    "vmd3_init": (_K.MOTION, "0", False, "", True),
    "vmd4_any_change": (_K.MOTION, "Camera1ProfileANY", True, "1", False),
    "vmd4_any_init": (_K.MOTION, "Camera1ProfileANY", False, "1", True),
    "vmd4_c1p1_change": (_K.MOTION, "Camera1Profile1", True, "1", False),
    "vmd4_c1p1_init": (_K.MOTION, "Camera1Profile1", False, "1", True),
    "vmd4_c1p2_change": (_K.MOTION, "Camera1Profile2", True, "1", False),
    "vmd4_c1p2_init": (_K.MOTION, "Camera1Profile2", False, "1", True),
}
CATALOGUES = {
    "event_instance_pir_sensor": 1,
    "event_instance_storage_alert": 1,
    "event_instance_vmd4_profile1": 1,
    "event_instances": 44,
}
EMPTY = "first_message"


@pytest.fixture
def messages(shared_data: Path) -> dict[str, bytes]:
    folder = shared_data / "fixtures" / "axis"
    return {path.stem: path.read_bytes() for path in folder.glob("*.xml")}


def test_every_genuine_message_is_known(messages: dict[str, bytes]) -> None:
    assert messages.keys() == TOLD.keys() | CATALOGUES.keys() | {EMPTY}
    assert len(messages) == 41


def short(event: DeviceEvent) -> tuple[object, ...]:
    return event.kind, event.source, event.active, event.channel, event.initial


def test_genuine_messages_are_events(messages: dict[str, bytes]) -> None:
    found = {name: read(messages[name], NOW_US) for name in TOLD}
    assert {name: [short(event) for event in events] for name, events in found.items()} == {
        name: [told] for name, told in TOLD.items()
    }
    assert all(event.time_us == NOW_US for events in found.values() for event in events)
    assert found["vmd4_any_init"][0].topic == (
        "tnsaxis:CameraApplicationPlatform/VMD/Camera1ProfileANY"
    )


def test_the_first_message_of_a_stream_tells_nothing(messages: dict[str, bytes]) -> None:
    assert read(messages[EMPTY], NOW_US) == []
    assert catalogue(messages[EMPTY]) == []


def test_catalogues_are_read(messages: dict[str, bytes]) -> None:
    found = {name: catalogue(messages[name]) for name in CATALOGUES}
    assert {name: len(instances) for name, instances in found.items()} == CATALOGUES
    names = {one.topic: one.name for one in found["event_instances"]}
    assert names["RuleEngine/VMD3/vmd3_video_1"] == "VMD 3"
    assert names["CameraApplicationPlatform/VMD/Camera1Profile1"] == "VMD 4: VMD 4 ACAP"
    assert all(read(messages[name], NOW_US) == [] for name in CATALOGUES)


def test_a_port_that_is_an_output_tells_an_output(messages: dict[str, bytes]) -> None:
    (event,) = read(messages["port_0_init"], NOW_US, frozenset({"1"}))
    assert (event.kind, event.source) == (_K.OUTPUT, "1")


def test_several_events_may_stand_in_one_document(messages: dict[str, bytes]) -> None:
    first, second = (messages[name] for name in ("pir_change", "relay_init"))
    inner = second[second.index(b"<tt:Event>") : second.index(b"</tt:MetadataStream>")]
    both = first.replace(b"</tt:MetadataStream>", inner + b"</tt:MetadataStream>")
    assert [event.kind for event in read(both, NOW_US)] == [_K.MOTION, _K.OUTPUT]


def test_a_property_that_ceased_is_no_event(messages: dict[str, bytes]) -> None:
    assert read(messages["pir_init"].replace(b"Initialized", b"Deleted"), NOW_US) == []


def test_documents_with_a_dtd_are_not_read(messages: dict[str, bytes]) -> None:
    bomb = messages["pir_init"].replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1)
    assert read(bomb, NOW_US) == []


@given(st.data())
def test_fuzz_a_damaged_message_is_survived(data: st.DataObject) -> None:
    whole = (Path(__file__).parent / "port.xml").read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    much = data.draw(st.integers(0, 40))
    read(whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + much :], NOW_US)
    read(data.draw(st.binary(max_size=100)), NOW_US)
