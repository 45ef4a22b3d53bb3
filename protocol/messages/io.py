"""Sensors, relays, and talking to a camera's loudspeaker."""

from __future__ import annotations

from attrs import frozen

from protocol.devicetypes import IoState
from protocol.messages.base import Done, Message, Request
from protocol.types import AudioFormat, Right


@frozen
class IoNotice(Message):
    """With topic "io": what has changed; on subscribing, all sensors and relays."""

    NAME = "io"
    states: list[IoState]


@frozen
class SwitchRelay(Request):
    """`seconds`: back after so long (0: the relay's own pulse time, which may be for ever);
    [0; 86400]."""

    NAME = "relay.switch"
    REPLY = Done
    RIGHT = Right.CONTROL
    relay: str
    on: bool
    seconds: float = 0.0


@frozen
class TalkOpened(Message):
    """`format` is always signed 16-bit big-endian PCM (`Codec.L16`), one channel, at a rate that
    suits the loudspeaker; the server encodes it as the camera wants."""

    NAME = "talk.opened"
    channel: int
    format: AudioFormat


@frozen
class OpenTalk(Request):
    """Speak to a camera's loudspeaker until the channel is closed.  One speaker at a time:
    "conflict" names who speaks.  `ChannelNotice` "closed" with a text: the camera has gone."""

    NAME = "talk.open"
    REPLY = TalkOpened
    RIGHT = Right.TALK
    camera: str


@frozen
class TalkSamples(Message):
    """Client to server: the payload is sound in the channel's format, at most 32 KiB, about as
    fast as it is spoken.  The server keeps 2 s; what comes beyond pushes out the oldest, and
    `ChannelNotice` "skipped" says how many milliseconds."""

    NAME = "talk.samples"
    channel: int
