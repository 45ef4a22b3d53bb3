"""The object tree: reading, changing, trying a device."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from protocol.messages.base import Message, Request
from protocol.types import (
    AudioFormat,
    FailureKind,
    KindSchema,
    ObjectRecord,
    Right,
    StreamRole,
    VideoFormat,
)


@frozen
class Tree(Message):
    NAME = "tree"
    revision: int
    objects: list[ObjectRecord]


@frozen
class GetTree(Request):
    NAME = "tree.get"
    REPLY = Tree


@frozen
class Schema(Message):
    NAME = "schema"
    kinds: list[KindSchema]


@frozen
class GetSchema(Request):
    NAME = "schema.get"
    REPLY = Schema


@frozen
class Change(Message):
    """Create (`revision` None), alter (`revision` = the one seen) or remove (`remove` True).

    `properties` holds only what changes.  A new object takes the id given, or the server's choice
    when it is "".
    """

    NAME = "change"
    id: str
    kind: str = ""
    parent: str = ""
    name: str | None = None
    properties: dict[str, Any] = field(factory=dict)
    revision: int | None = None
    remove: bool = False


@frozen
class Changed(Message):
    NAME = "tree.change.reply"
    revision: int
    ids: list[str]  # of the objects, in the order of the changes


@frozen
class ChangeTree(Request):
    """All changes are made, or none.  Refusals name object and property."""

    NAME = "tree.change"
    REPLY = Changed
    RIGHT = Right.CONFIGURE
    changes: list[Change]


@frozen
class TestedStream(Message):
    NAME = "device.test.stream"
    role: StreamRole
    video: VideoFormat | None
    audio: AudioFormat | None


@frozen
class DeviceTested(Message):
    """`failure` None: it works; the reply's payload is one key frame of the first stream."""

    NAME = "device.test.reply"
    failure: FailureKind | None
    text: str
    streams: list[TestedStream] = field(factory=list)


@frozen
class TestDevice(Request):
    """Try a device's settings (properties of kind `device`) without adding it."""

    NAME = "device.test"
    REPLY = DeviceTested
    RIGHT = Right.CONFIGURE
    properties: dict[str, Any]
    device: str = ""  # an existing device: its stored password stands in for an absent one
