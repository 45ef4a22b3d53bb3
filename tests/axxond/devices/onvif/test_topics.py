"""Notifications as events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices import elements
from axxond.devices.control import DeviceEvent
from axxond.devices.onvif import metadata
from axxond.devices.onvif.topics import Reader, stamp_us
from protocol.types import DeviceEventKind

_K = DeviceEventKind
_NOW_US = 1_750_000_000_000_000
_READER = Reader({"vsc-1": "source-1"})
_OFFSET_US = 3_600_000_000


def _notification(
    topic: str, source: str = "", data: str = "", operation: str = "Changed", stamp: str = ""
) -> str:
    def items(text: str) -> str:
        pairs = [pair.split("=") for pair in text.split()]
        return "".join(f'<SimpleItem Name="{k}" Value="{v}"/>' for k, v in pairs)

    return (
        f"<NotificationMessage><Topic>{topic}</Topic><Message>"
        f'<Message UtcTime="{stamp}" PropertyOperation="{operation}">'
        f"<Source>{items(source)}</Source><Data>{items(data)}</Data>"
        "</Message></Message></NotificationMessage>"
    )


def _event(*given: str, **more: str) -> DeviceEvent | None:
    root = elements.parse(_notification(*given, **more).encode())
    assert root is not None
    return _READER.event(root, _NOW_US, _OFFSET_US)


@pytest.mark.parametrize(
    ("topic", "source", "data", "kind", "subject", "active"),
    [
        ("tns1:Device/Trigger/DigitalInput", "InputToken=1", "LogicalState=true", "INPUT", "1", 1),
        ("tns1:Device/Trigger/Relay", "RelayToken=R", "LogicalState=inactive", "OUTPUT", "R", 0),
        (
            "tns1:RuleEngine/CellMotionDetector/Motion",
            "VideoSourceConfigurationToken=vsc-1 Rule=M",
            "IsMotion=true",
            "MOTION",
            "M",
            1,
        ),
        ("tns1:VideoSource/MotionAlarm", "Source=s", "State=0", "MOTION", "s", 0),
        ("tns1:VideoSource/GlobalSceneChange/X", "Source=s", "State=1", "TAMPER", "s", 1),
        ("tns1:VideoSource/SignalLoss", "Source=s", "State=true", "SIGNAL", "s", 1),
        ("tns1:AudioAnalytics/Audio/DetectedSound", "", "IsSoundDetected=1", "SOUND", "", 1),
        ("tns1:RuleEngine/PeopleDetector/People", "Rule=P", "IsPeople=true", "ANALYTICS", "P", 1),
        ("tns1:RuleEngine/LineDetector/Crossed", "Rule=L", "ObjectId=12", "ANALYTICS", "L", None),
        ("tns1:Monitoring/ProcessorUsage", "Token=c", "Value=12", "OTHER", "c", None),
        ("Device/Trigger/DigitalInput", "InputToken=1", "State=True", "INPUT", "1", 1),
    ],
)
def test_topics_of_the_field(
    topic: str, source: str, data: str, kind: str, subject: str, active: int | None
) -> None:
    event = _event(topic, source, data)
    assert event is not None
    assert (event.kind.name, event.source) == (kind, subject)
    assert event.active is (None if active is None else bool(active))


def test_the_channel_is_that_of_the_source() -> None:
    event = _event("tns1:RuleEngine/X", "VideoSourceConfigurationToken=vsc-1 Rule=M", "a=1")
    assert event is not None
    assert event.channel == "source-1"


def test_a_property_that_ceased_is_no_event() -> None:
    assert _event("tns1:VideoSource/MotionAlarm", "Source=s", "State=1", "Deleted") is None


@pytest.mark.parametrize(
    ("stamp", "offset_us"),
    [
        ("2025-06-15T16:06:35Z", -5_000_000),  # by a clock an hour ahead
        ("2025-06-15T16:06:35", -5_000_000),  # without a zone it is UTC
        ("2025-06-15T16:06:41Z", 0),  # not later than its arrival
        ("2025-06-15T10:00:00Z", 0),  # a clock that has jumped
        ("yesterday", 0),
    ],
)
def test_the_devices_stamp_is_believed_within_reason(stamp: str, offset_us: int) -> None:
    event = _event("tns1:VideoSource/MotionAlarm", "Source=s", "State=1", stamp=stamp)
    assert event is not None
    assert event.time_us == _NOW_US + offset_us


def test_a_state_told_at_first_is_of_now() -> None:
    event = _event("tns1:X", "", "a=1", "Initialized", "2025-06-15T16:06:35Z")
    assert event is not None
    assert (event.initial, event.time_us) == (True, _NOW_US)


def test_events_come_out_of_a_metadata_document() -> None:
    told = _notification("tns1:Device/Trigger/DigitalInput", "InputToken=1", "LogicalState=1")
    document = f"<MetadataStream><Event>{told}{told}</Event><VideoAnalytics/></MetadataStream>"
    found = metadata.events(document.encode(), _READER, _NOW_US)
    assert [(event.kind, event.active) for event in found] == [(_K.INPUT, True)] * 2
    assert metadata.events(b"rubbish", _READER, _NOW_US) == []


@given(st.text(max_size=30))
def test_stamps_of_any_form_never_fail(text: str) -> None:
    assert stamp_us(text) is None or isinstance(stamp_us(text), int)


@given(st.binary(max_size=200))
def test_fuzz_garbage_is_no_event(data: bytes) -> None:
    assert metadata.events(b"<MetadataStream>" + data, _READER, _NOW_US) == []
