"""Notifications of ONVIF devices as our events (ONVIF Core §9.4, Annex A of the event
specifications).  Without I/O."""

from __future__ import annotations

from datetime import UTC, datetime

import ciso8601
from attrs import frozen

from axxond.base.units import SECOND_US
from axxond.devices.control import DeviceEvent
from axxond.devices.discovery.addresses import clean
from axxond.devices.elements import Node, to_flag
from protocol.types import DeviceEventKind

_K = DeviceEventKind
# The beginning of a topic without prefixes, in lower case; the first that fits counts.
_KINDS: tuple[tuple[str, DeviceEventKind], ...] = (
    ("device/trigger/digitalinput", _K.INPUT),
    ("device/io/port", _K.INPUT),
    ("device/trigger/relay", _K.OUTPUT),
    ("videosource/motionalarm", _K.MOTION),
    ("videoanalytics/motion", _K.MOTION),
    ("ruleengine/cellmotiondetector", _K.MOTION),
    ("ruleengine/motionregiondetector", _K.MOTION),
    ("videosource/globalscenechange", _K.TAMPER),
    ("videosource/imagetoo", _K.TAMPER),
    ("ruleengine/tamperdetector", _K.TAMPER),
    ("videosource/signalloss", _K.SIGNAL),
    ("device/triggers/videoloss", _K.SIGNAL),
    ("audioanalytics", _K.SOUND),
    ("ruleengine", _K.ANALYTICS),
    ("videoanalytics", _K.ANALYTICS),
)
# Items that name what the event is about: of an input or output, of a rule, of a channel.
_PORTS = ("InputToken", "RelayToken", "Token", "port", "Index")
_RULES = ("Rule", "RuleName")
_CHANNELS = ("VideoSourceConfigurationToken", "VideoSourceToken", "VideoSource", "Source")
# Data items that tell a state; others only if there is none of these.
_STATES = ("LogicalState", "State", "IsMotion", "IsTamper", "IsInside", "IsSoundDetected", "state")
_MAX_TOKEN = 100
# The device's stamp is believed within that of the arrival; beyond, its clock has jumped.
_CREDIBLE_US = 30 * SECOND_US


@frozen
class Reader:
    """`channels`: the channel of a video source or of its configuration, by token."""

    channels: dict[str, str]

    def event(
        self, notification: Node, now_us: int, clock_offset_us: int | None = None
    ) -> DeviceEvent | None:
        """None for what is no event: a property that ceased, a message without topic.

        `clock_offset_us`: the device's clock minus ours; None: its stamps are of no use.
        """
        topic = clean(notification.text("Topic"))
        message = notification.first("Message/Message")
        if not topic or message is None:
            return None
        operation = message.attribute("PropertyOperation").lower()
        if operation == "deleted":
            return None
        source = _items(message, "Source")
        bare = bare_topic(topic)
        kind = next((kind for begin, kind in _KINDS if bare.startswith(begin)), _K.OTHER)
        channel = next((source[name] for name in _CHANNELS if name in source), "")
        initial = operation == "initialized"
        return DeviceEvent(
            kind,
            _subject(kind, source, channel),
            _state(_items(message, "Data")),
            now_us if initial else _time_us(message.attribute("UtcTime"), now_us, clock_offset_us),
            self.channels.get(channel, channel),
            initial,
            topic,
        )


def _time_us(stamp: str, now_us: int, clock_offset_us: int | None) -> int:
    told_us = stamp_us(stamp)
    if told_us is None or clock_offset_us is None:
        return now_us
    happened_us = min(now_us, told_us - clock_offset_us)
    return happened_us if now_us - happened_us <= _CREDIBLE_US else now_us


def bare_topic(topic: str) -> str:
    """Without namespace prefixes, in lower case."""
    return "/".join(part.rpartition(":")[2] for part in topic.split("/")).lower()


def stamp_us(stamp: str) -> int | None:
    """An xs:dateTime as UTC; one without a zone is UTC, as ONVIF has it."""
    try:
        moment: datetime = ciso8601.parse_datetime(stamp)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND_US)


def _items(message: Node, part: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in message.all(f"{part}/SimpleItem")[:32]:
        name = item.attribute("Name")
        if name:
            found.setdefault(name, clean(item.attribute("Value"))[:_MAX_TOKEN])
    return found


def _subject(kind: DeviceEventKind, source: dict[str, str], channel: str) -> str:
    names = _PORTS if kind in (_K.INPUT, _K.OUTPUT) else _RULES
    for name in names:
        if name in source:
            return source[name]
    return channel or next(iter(source.values()), "")


def _state(data: dict[str, str]) -> bool | None:
    for name in _STATES:
        if name in data and (known := to_flag(data[name])) is not None:
            return known
    flags = [known for value in data.values() if (known := to_flag(value)) is not None]
    return flags[0] if len(flags) == 1 else None
