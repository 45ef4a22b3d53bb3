"""Trying a detector's settings on the live picture before they are stored."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from protocol.messages.base import Done, Message, Request
from protocol.messages.channels import Opened
from protocol.types import PreviewMark, Right, SeenObject


@frozen
class OpenPreview(Request):
    """What a detector with these properties (of kind `detector`, defaults filled in) would see
    and report from now on; nothing is stored, recorded or told to others.  `PreviewNotice`s
    follow on the channel; `closed` as a `ChannelNotice` when the camera goes."""

    NAME = "preview.open"
    REPLY = Opened
    RIGHT = Right.CONFIGURE
    camera: str
    properties: dict[str, Any]


@frozen
class ChangePreview(Request):
    """Other properties from the next picture on; what was learnt of the scene stays.  Another
    `stream` needs another preview."""

    NAME = "preview.change"
    REPLY = Done
    RIGHT = Right.CONFIGURE
    channel: int
    properties: dict[str, Any]


@frozen
class PreviewNotice(Message):
    """One analysed picture; some are left out for a client that is behind, marks never.

    `cells`: rows x columns bits over the whole picture, row by row from the top left, the most
    significant bit of a byte first: 1 where something is that is not background; b"" and 0 x 0
    while the scene is being learnt.  `marks`: what the detector would have reported since the
    last notice."""

    NAME = "preview"
    channel: int
    time_us: int
    objects: list[SeenObject]
    rows: int
    columns: int
    cells: bytes
    marks: list[PreviewMark]
