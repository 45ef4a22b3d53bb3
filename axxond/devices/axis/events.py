"""What an Axis device notices, as our events, and the catalogue of what it can notice.

Events come as ONVIF notifications in the metadata stream (`event=on` of media.amp); the catalogue
is the answer to GetEventInstances of VAPIX's event service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from axxond.devices import elements
from axxond.devices.control import DeviceEvent
from axxond.devices.discovery.addresses import clean
from axxond.devices.elements import Node, to_flag
from protocol.types import DeviceEventKind

_K = DeviceEventKind
# The beginning of a topic without prefixes, in lower case; the first that fits counts.
_KINDS: tuple[tuple[str, DeviceEventKind], ...] = (
    ("device/io/virtual", _K.OTHER),  # set by whoever may log in: no contact
    ("device/io/", _K.INPUT),
    ("device/trigger/digitalinput", _K.INPUT),
    ("device/trigger/relay", _K.OUTPUT),
    ("device/sensor/pir", _K.MOTION),
    ("device/tampering", _K.TAMPER),
    ("device/casing", _K.TAMPER),
    ("videosource/tampering", _K.TAMPER),
    ("videosource/globalscenechange", _K.TAMPER),
    ("videosource/motionalarm", _K.MOTION),
    ("videosource/signalloss", _K.SIGNAL),
    ("videosource/videoloss", _K.SIGNAL),
    ("audiosource/", _K.SOUND),
    ("ruleengine/vmd", _K.MOTION),
    ("ruleengine/motionregiondetector", _K.MOTION),
    ("ruleengine/cellmotiondetector", _K.MOTION),
    ("cameraapplicationplatform/vmd", _K.MOTION),
    ("cameraapplicationplatform/motionguard", _K.MOTION),
    ("cameraapplicationplatform", _K.ANALYTICS),
    ("ruleengine", _K.ANALYTICS),
)
_PORTS = ("port", "RelayToken", "InputToken", "Token")
_RULES = ("RuleName", "Rule")
# Items that number the camera from 1, and from 0.
_CHANNELS = ("channel", "VideoSourceConfigurationToken", "PTZConfigurationToken")
_SOURCES = ("VideoSource", "Source")
_STATES = ("LogicalState", "State", "state", "active", "triggered", "alert")
_ANY_PORT = "-1"  # some port, which is told by an event of its own as well
_IN_TOPIC = re.compile(r"(?:camera|channel_)(\d{1,3})", re.IGNORECASE)
# Of one document, and of the catalogue.
_MAX_EVENTS, _MAX_INSTANCES = 256, 4096
_MAX_ITEMS = 32
_MAX_DEPTH = 12


@frozen
class Instance:
    """An event that the device can tell.  `topic` as in notifications, without prefixes."""

    topic: str
    name: str


def read(document: bytes, now_us: int, outputs: frozenset[str] = frozenset()) -> list[DeviceEvent]:
    """The events of one metadata document that came at `now_us`; [] for any other.

    `outputs`: tokens of ports that are outputs: the device tells both kinds as ports.
    """
    root = _root(document)
    if root is None:
        return []
    told = root.all("Event/NotificationMessage")[:_MAX_EVENTS]
    events = (_event(one, now_us, outputs) for one in told)
    return [event for event in events if event is not None]


def catalogue(document: bytes) -> list[Instance]:
    """The answer to GetEventInstances; [] for anything else."""
    root = _root(document)
    topics = None if root is None else root.first("Body/GetEventInstancesResponse/TopicSet")
    return [] if topics is None else list(_instances(topics, ""))[:_MAX_INSTANCES]


def _root(document: bytes) -> Node | None:
    if b"<!" in document:  # neither SOAP nor ONVIF has a DTD
        return None
    return elements.parse(document)


def _event(told: Node, now_us: int, outputs: frozenset[str]) -> DeviceEvent | None:
    topic, message = clean(told.text("Topic")), told.first("Message/Message")
    operation = "" if message is None else message.attribute("PropertyOperation").lower()
    if not topic or message is None or operation == "deleted":
        return None
    bare = bare_topic(topic)
    source = _items(message, "Source")
    kind = next((kind for begin, kind in _KINDS if bare.startswith(begin)), _K.OTHER)
    subject = _subject(kind, source, topic)
    if kind is _K.INPUT and subject in outputs:
        kind = _K.OUTPUT
    elif kind is _K.INPUT and subject == _ANY_PORT:
        kind = _K.OTHER
    return DeviceEvent(
        kind,
        subject,
        _state(_items(message, "Data")),
        now_us,
        _channel(source, bare),
        operation == "initialized",
        topic,
    )


def bare_topic(topic: str) -> str:
    """Without namespace prefixes, in lower case."""
    return "/".join(part.rpartition(":")[2] for part in topic.split("/")).lower()


def _items(message: Node, part: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in message.all(f"{part}/SimpleItem")[:_MAX_ITEMS]:
        if name := item.attribute("Name"):
            found.setdefault(name, clean(item.attribute("Value")))
    return found


def _subject(kind: DeviceEventKind, source: dict[str, str], topic: str) -> str:
    names = _PORTS if kind in (_K.INPUT, _K.OUTPUT) else _RULES
    for name in names:
        if name in source:
            return source[name]
    others = [value for name, value in source.items() if name not in (*_CHANNELS, *_SOURCES)]
    return others[0] if others else re.split("[/:]", topic)[-1]


def _channel(source: dict[str, str], bare: str) -> str:
    for name in _CHANNELS:
        if source.get(name, "").isdigit():
            return source[name]
    for name in _SOURCES:
        if source.get(name, "").isdigit():
            return str(int(source[name]) + 1)
    found = _IN_TOPIC.search(bare)
    return found[1] if found else ""


def _state(data: dict[str, str]) -> bool | None:
    for name in _STATES:
        if (known := to_flag(data.get(name, ""))) is not None:
            return known
    flags = [known for value in data.values() if (known := to_flag(value)) is not None]
    return flags[0] if len(flags) == 1 else None


def _instances(parent: Node, path: str, depth: int = 0) -> Iterator[Instance]:
    for child in parent.children():
        topic = f"{path}/{child.name}" if path else child.name
        if child.attribute("topic") == "true":
            yield Instance(topic, clean(child.attribute("NiceName")) or child.name)
        elif depth < _MAX_DEPTH:
            yield from _instances(child, topic, depth + 1)
