"""Media channels: live and playback."""

from __future__ import annotations

from attrs import field, frozen

from protocol.messages.base import Done, Message, Request
from protocol.types import AudioFormat, Right, SeenObject, StreamRole, VideoFormat


@frozen
class MediaFrame:
    """One packet of a channel.  No message: it has a frame kind of its own, packed once for all.

    `generation` counts the seeks of a playback channel; frames of an older one are to be thrown
    away.  On an export channel `track` is 0, the times are 0, and the payload is a piece of the
    file.
    """

    channel: int
    generation: int
    track: int  # 0 video, 1 audio
    keyframe: bool
    discontinuity: bool
    pts_us: int
    dts_us: int
    duration_us: int
    payload: bytes = field(default=b"", repr=False)


@frozen
class Opened(Message):
    """Packets follow as media frames on `channel`; formats come first, as `FormatNotice`."""

    NAME = "channel.opened"
    channel: int


@frozen
class OpenLive(Request):
    """See and hear a camera.  `role` high or low; the newest GOP is sent at once.

    The channel is the same for all who view the stream.  Opening an open one again counts (each
    opening needs its own `CloseChannel`), sets `audio` anew, and sends no GOP.
    """

    NAME = "live.open"
    REPLY = Opened
    RIGHT = Right.LIVE
    camera: str
    role: StreamRole = StreamRole.HIGH
    audio: bool = False


@frozen
class OpenPlayback(Request):
    """Read a camera's footage from a time on, as fast as `Credit` allows; the client paces.

    Starts with the GOP that holds `from_us` (or the next one after it).  `reverse`: GOPs come
    newest first, each GOP's packets in their own order.  `key_frames_only` for fast speeds.
    """

    NAME = "playback.open"
    REPLY = Opened
    RIGHT = Right.ARCHIVE
    camera: str
    from_us: int
    archive: str = ""  # "" = whichever has footage
    reverse: bool = False
    key_frames_only: bool = False
    audio: bool = False
    credit_bytes: int = 2_000_000


@frozen
class SeekPlayback(Request):
    """Go elsewhere on an open playback channel; `generation` of the media frames rises by one."""

    NAME = "playback.seek"
    REPLY = Done
    RIGHT = Right.ARCHIVE
    channel: int
    from_us: int
    reverse: bool = False
    key_frames_only: bool = False


@frozen
class Credit(Message):
    """Client to server: that many more bytes may be sent on a playback or export channel."""

    NAME = "credit"
    channel: int
    bytes: int


@frozen
class CloseChannel(Request):
    NAME = "channel.close"
    REPLY = Done
    channel: int


@frozen
class FormatNotice(Message):
    """The format of a channel's track from here on."""

    NAME = "channel.format"
    channel: int
    track: int  # 0 video, 1 audio
    format: VideoFormat | AudioFormat


@frozen
class ChannelNotice(Message):
    """Something a viewer should know: "no-footage" (playback jumps to `time_us`), "end",
    "no-signal" (with `text`), "skipped" (`count` packets, to the next key frame), "closed"."""

    NAME = "channel.notice"
    channel: int
    what: str
    time_us: int = 0
    count: int = 0
    text: str = ""
    generation: int = 0  # of a playback channel, as in its media frames


@frozen
class DetectionNotice(Message):
    """What the analytics see on a camera, for drawing on the picture; only on live channels."""

    NAME = "channel.detection"
    channel: int
    time_us: int
    objects: list[SeenObject]
