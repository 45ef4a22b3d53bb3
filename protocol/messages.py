"""The catalogue of messages of wire version 1.

A request names its reply class in `REPLY`.  Who may send it: `RIGHT` (None = any log-in; for the
two messages before log-in, see `states`).  Handlers in the server and callers in the client are
written against these classes; nothing else crosses the wire.  `NAME` is what stands on the wire.
"""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from protocol.types import (
    AlarmRecord,
    AlarmState,
    ArchiveState,
    AudioFormat,
    Box,
    CameraLine,
    CameraStatus,
    CoverageDay,
    EventRecord,
    ExportMask,
    ExportRecord,
    FailureKind,
    KindSchema,
    ObjectRecord,
    Phase,
    PictureAt,
    ProtectionRecord,
    Right,
    Severity,
    Span,
    StreamRole,
    VideoFormat,
)

PROTOCOL_VERSION = 1


class Message:
    """Base of all bodies."""

    __slots__ = ()
    NAME: ClassVar[str]


class Request(Message):
    __slots__ = ()
    REPLY: ClassVar[type[Message]]
    RIGHT: ClassVar[Right | None] = None


# --- greeting and log-in -------------------------------------------------------------------


@frozen
class Hello(Message):
    """First frame of either side."""

    NAME = "hello"
    versions: list[int]
    software: str
    node: str = ""  # the server's id; "" from a client
    node_name: str = ""
    capabilities: list[str] = field(factory=list)


@frozen
class Done(Message):
    NAME = "done"


@frozen
class LoginReply(Message):
    NAME = "login.reply"
    user: str
    role: str
    rights: list[Right]
    node: str
    node_name: str
    server_time_us: int


@frozen
class Login(Request):
    NAME = "login"
    REPLY = LoginReply
    user: str
    password: str = field(repr=False)


@frozen
class Ping(Request):
    """Keep-alive, either way; answered by `Done`."""

    NAME = "ping"
    REPLY = Done


# --- object tree ---------------------------------------------------------------------------


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


# --- subscriptions -------------------------------------------------------------------------


@frozen
class Subscribe(Request):
    """Replaces the session's set of topics: any of "tree", "events", "alarms", "status",
    "exports".

    On subscribing, "status" sends the whole present state and "alarms" the pending ones.
    """

    NAME = "subscribe"
    REPLY = Done
    topics: list[str]


@frozen
class TreeChanged(Message):
    NAME = "tree.changed"
    revision: int
    changed: list[ObjectRecord]
    removed: list[str]
    author: str


@frozen
class EventNotice(Message):
    NAME = "event"
    event: EventRecord


@frozen
class AlarmNotice(Message):
    """New or changed; its picture is `GetPicture` at the alarm's beginning."""

    NAME = "alarm"
    alarm: AlarmRecord


@frozen
class StatusNotice(Message):
    NAME = "status"
    cameras: list[CameraStatus]


@frozen
class SystemNotice(Message):
    """Once a second with topic "status": the server's own load."""

    NAME = "status.system"
    time_us: int
    cpu_percent: float
    memory_bytes: int
    archive_bytes: int
    archive_quota_bytes: int
    clients: int


# --- media channels ------------------------------------------------------------------------


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
    boxes: list[Box]


# --- archive -------------------------------------------------------------------------------


@frozen
class TimeLine(Message):
    NAME = "timeline"
    first_us: int | None  # oldest footage of the camera anywhere
    last_us: int | None
    spans: list[Span]


@frozen
class GetTimeLine(Request):
    """Spans that touch [begin; end), joined where they are less than `detail_us` apart."""

    NAME = "timeline.get"
    REPLY = TimeLine
    RIGHT = Right.ARCHIVE
    camera: str
    begin_us: int
    end_us: int
    detail_us: int = 1_000_000


@frozen
class Picture(Message):
    """The payload is the encoded key frame (decode it with `format`); none: empty payload."""

    NAME = "picture"
    time_us: int
    format: VideoFormat | None


@frozen
class GetPicture(Request):
    """The key frame at or before a time (scrubbing, alarm cards); `time_us` None = newest live."""

    NAME = "picture.get"
    REPLY = Picture
    RIGHT = Right.ARCHIVE
    camera: str
    time_us: int | None = None


@frozen
class TimeLines(Message):
    NAME = "timelines"
    lines: list[CameraLine]  # in the order of the cameras asked for


@frozen
class GetTimeLines(Request):
    """As `GetTimeLine`, footage and gaps only, for many cameras at once."""

    NAME = "timelines.get"
    REPLY = TimeLines
    RIGHT = Right.ARCHIVE
    cameras: list[str]  # at most 256
    begin_us: int
    end_us: int
    detail_us: int = 1_000_000


@frozen
class Found(Message):
    """`begin_us` None: there is none."""

    NAME = "archive.found"
    begin_us: int | None
    end_us: int | None = None


@frozen
class FindNext(Request):
    """The next recording or alarm that begins after a time; `reverse`: the last one before it.
    `what`: "recording" (an unbroken stretch of footage) or "alarm"."""

    NAME = "archive.find"
    REPLY = Found
    RIGHT = Right.ARCHIVE
    camera: str
    time_us: int
    reverse: bool = False
    what: str = "recording"


@frozen
class Pictures(Message):
    """Their key frames follow each other in the payload."""

    NAME = "pictures"
    pictures: list[PictureAt]


@frozen
class GetPictures(Request):
    """`count` key frames spread evenly over the footage (not the holes) of [begin; end); fewer
    when there are fewer.  What fits no frame of the wire is left out."""

    NAME = "pictures.get"
    REPLY = Pictures
    RIGHT = Right.ARCHIVE
    camera: str
    begin_us: int
    end_us: int
    count: int = 12  # at most 64


@frozen
class Coverage(Message):
    NAME = "coverage"
    days: list[CoverageDay]


@frozen
class GetCoverage(Request):
    """Of every camera-second of [begin; end), at most 400 days: recorded, not wanted, or lost and
    why; by days of the server's calendar.  `archive` "": what any archive has is recorded."""

    NAME = "coverage.get"
    REPLY = Coverage
    RIGHT = Right.ARCHIVE
    camera: str
    begin_us: int
    end_us: int
    archive: str = ""


@frozen
class Protections(Message):
    NAME = "protections"
    protections: list[ProtectionRecord]


@frozen
class GetProtections(Request):
    NAME = "protections.get"
    REPLY = Protections
    RIGHT = Right.ARCHIVE


@frozen
class Protect(Request):
    """Keep footage that touches [begin; end) from being deleted, in all archives that have any
    of it ("") or in one.  Answered with the protections made, one an archive."""

    NAME = "protect"
    REPLY = Protections
    RIGHT = Right.CONTROL
    camera: str
    begin_us: int
    end_us: int
    reason: str
    archive: str = ""


@frozen
class Unprotect(Request):
    """Footage may go again: it takes the right to configure, as a smaller quota does."""

    NAME = "unprotect"
    REPLY = Done
    RIGHT = Right.CONFIGURE
    protection: str


@frozen
class Archives(Message):
    NAME = "archives"
    archives: list[ArchiveState]


@frozen
class GetArchives(Request):
    """All archives: volumes, whose footage they hold, how long it will stay."""

    NAME = "archives.get"
    REPLY = Archives
    RIGHT = Right.ARCHIVE


@frozen
class Export(Request):
    """Make a file of a camera's footage; its bytes follow on the channel, then notice "end".

    The quick way for one camera: an export job (`StartExport`) that belongs to the channel and
    ends with it.  `form` and `every_us` as there; `credit_bytes` as in playback.
    """

    NAME = "export"
    REPLY = Opened
    RIGHT = Right.EXPORT
    camera: str
    begin_us: int
    end_us: int
    form: str = "mkv"
    audio: bool = True
    every_us: int = 0
    credit_bytes: int = 4_000_000


@frozen
class ExportProgress(Message):
    NAME = "export.progress"
    channel: int
    share: float  # [0; 1]
    file_bytes: int  # 0 until known


@frozen
class ExportStarted(Message):
    NAME = "export.start.reply"
    job: ExportRecord


@frozen
class StartExport(Request):
    """Make one file of the footage of several cameras in [begin; end), on the server.

    The job goes on when its client leaves or the server restarts; the file stays until it is
    deleted or too old.  `form`: "mkv" (video as the camera encoded it; begins with the key frame
    at or before `begin_us`, a chapter marks the period), "mp4" (exactly the period by its edit
    list; what MP4 cannot hold is encoded anew), "jpeg", "png" (pictures, one every `every_us`, 0 =
    each; zipped), "pdf" (a contact sheet, one picture every `every_us`, 0 = 24 in all).  Several
    files, a password (AES-256) or `evidence` (with ledger, journal and a signed manifest of
    hashes) make it a zip.  `stamp` burns time and camera name into the picture; it and `masks`
    encode the video anew.
    """

    NAME = "export.start"
    REPLY = ExportStarted
    RIGHT = Right.EXPORT
    cameras: list[str]
    begin_us: int
    end_us: int
    form: str = "mkv"
    audio: bool = True
    every_us: int = 0
    stamp: bool = False
    masks: list[ExportMask] = field(factory=list)
    evidence: bool = False
    password: str = field(default="", repr=False)
    comment: str = ""


@frozen
class ExportJobs(Message):
    NAME = "exports"
    jobs: list[ExportRecord]  # newest first
    used_bytes: int
    limit_bytes: int


@frozen
class ListExports(Request):
    NAME = "exports.list"
    REPLY = ExportJobs
    RIGHT = Right.EXPORT


@frozen
class CancelExport(Request):
    """Stop a job that waits or runs; nothing of it is left but its entry in the list."""

    NAME = "export.cancel"
    REPLY = Done
    RIGHT = Right.EXPORT
    job: str


@frozen
class DeleteExport(Request):
    """Remove a job that has ended, and its file."""

    NAME = "export.delete"
    REPLY = Done
    RIGHT = Right.EXPORT
    job: str


@frozen
class FetchExport(Request):
    """The file of a job that is done: `ExportProgress` says its size, its bytes from
    `offset_bytes` on follow as of `Export`, then notice "end".  May be repeated."""

    NAME = "export.fetch"
    REPLY = Opened
    RIGHT = Right.EXPORT
    job: str
    offset_bytes: int = 0
    credit_bytes: int = 4_000_000


@frozen
class ExportNotice(Message):
    """With topic "exports" (needs the right `export`): a job is new, has gone on (at most twice a
    second), has changed its state, or is gone."""

    NAME = "export.job"
    job: ExportRecord


# --- journal and alarms --------------------------------------------------------------------


@frozen
class JournalPage(Message):
    NAME = "journal"
    events: list[EventRecord]  # newest first
    more: bool


@frozen
class QueryJournal(Request):
    """Search by period, types (prefixes: "camera." finds all of it), objects, severity, phrase."""

    NAME = "journal.query"
    REPLY = JournalPage
    RIGHT = Right.JOURNAL
    begin_us: int | None = None
    end_us: int | None = None
    types: list[str] = field(factory=list)
    objects: list[str] = field(factory=list)
    severities: list[Severity] = field(factory=list)
    phases: list[Phase] = field(factory=list)
    phrase: str = ""
    before_id: int | None = None  # the next page: the last id of this one
    limit: int = 200  # at most 1000


@frozen
class AlarmPage(Message):
    NAME = "alarms"
    alarms: list[AlarmRecord]  # newest first
    more: bool


@frozen
class QueryAlarms(Request):
    NAME = "alarms.query"
    REPLY = AlarmPage
    begin_us: int | None = None
    end_us: int | None = None
    cameras: list[str] = field(factory=list)
    states: list[AlarmState] = field(factory=list)
    limit: int = 200  # at most 1000


@frozen
class TakeAlarm(Request):
    """Take an alarm for evaluation (exclusive), or give it back with `release`."""

    NAME = "alarm.take"
    REPLY = Done
    RIGHT = Right.ALARMS
    alarm: str
    release: bool = False


@frozen
class EvaluateAlarm(Request):
    NAME = "alarm.evaluate"
    REPLY = Done
    RIGHT = Right.ALARMS
    alarm: str
    verdict: AlarmState
    comment: str = ""


@frozen
class ControlCamera(Request):
    """`action`: "arm", "disarm", "record" (operator recording on), "stop-record", "alarm"."""

    NAME = "camera.control"
    REPLY = Done
    RIGHT = Right.CONTROL
    camera: str
    action: str


# --- server --------------------------------------------------------------------------------


@frozen
class ServerStatus(Message):
    NAME = "server.status"
    node: str
    name: str
    software: str
    started_us: int
    time_us: int
    cameras: list[CameraStatus]
    cpu_percent: float
    memory_bytes: int
    archive_bytes: int
    archive_quota_bytes: int
    clients: int
    evidence_key: str = ""  # fingerprint of the key that signs evidence


@frozen
class GetStatus(Request):
    NAME = "server.status.get"
    REPLY = ServerStatus


@frozen
class ChangePassword(Request):
    """One's own (with `old`), or another user's with the right USERS (`old` ignored)."""

    NAME = "user.password"
    REPLY = Done
    new: str = field(repr=False)
    old: str = field(default="", repr=False)
    user: str = ""  # "" = one's own
